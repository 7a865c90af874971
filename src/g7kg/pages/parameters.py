"""The parameters of a question as a form: what was typed, what can be chosen."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.parameters import find_choices
from g7kg.queries.catalogue import CatalogueQuery, Parameter
from g7kg.rdf.vocab import expand_name


@dataclass(frozen=True)
class Field:
    """A parameter in a form: what was typed or stands for nothing typed, an example, and what can be chosen.

    ``options`` has the other names of each choice by its label.
    """

    parameter: Parameter
    value: str
    example: str
    options: Mapping[str, str]


async def list_fields(dataset: Dataset, query: CatalogueQuery, values: Mapping[str, str]) -> tuple[Field, ...]:
    """Return the fields of the form of ``query``, filled with ``values`` just as they were typed."""
    return tuple(await asyncio.gather(*(_make_field(dataset, one, values) for one in query.parameters)))


async def _make_field(dataset: Dataset, parameter: Parameter, values: Mapping[str, str]) -> Field:
    labels: dict[str, str] = {}
    others: dict[str, list[str]] = {}
    for row in await find_choices(dataset, parameter):
        label = labels.setdefault(row["thing"], row["label"])
        others.setdefault(label, []).extend([row["other"]] if "other" in row else [])
    example = labels.get(expand_name(parameter.example), parameter.example)
    default = labels.get(expand_name(parameter.default), parameter.default) if parameter.default else ""
    options = {label: ", ".join(dict.fromkeys(names)) for label, names in others.items()}
    return Field(parameter, values.get(parameter.name, default), example, options)
