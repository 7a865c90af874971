"""The catalogue as an API: each query answers at an address of its own, with its parameters, as a page and as data."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlencode

from pyoxigraph import Literal, NamedNode

from g7kg.dataset.dataset import Dataset, Selection
from g7kg.dataset.parameters import bind_names, find_choices
from g7kg.dataset.warnings import warn_of_terms
from g7kg.errors import G7kgError, NotFound
from g7kg.pages.naming import name_resources
from g7kg.pages.rendering import Page, is_web
from g7kg.queries.catalogue import CatalogueQuery, Parameter, describe_kind
from g7kg.rdf.formats import HTML, TABLE_FORMATS, Format
from g7kg.rdf.solutions import (
    SEPARATOR,
    Table,
    to_arrow_stream,
    to_csv,
    to_json,
    to_parquet,
    to_rows,
    to_sparql_json,
    write_excel_csv,
    write_workbook,
)
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


FORMATS: Final = TABLE_FORMATS
"""What an answer comes in besides HTML; the last two where pyarrow is installed."""

DOWNLOADS: Final = ("csv", "excel.csv", "xlsx", "json")
"""What the page has buttons for; the rest stands in a line."""

SIZE: Final = 1000
"""How many rows an answer has, unless the client asks for fewer or more."""

MOST: Final = 100_000
"""How many rows an answer has at most."""

_COLUMNAR: Final = frozenset({"parquet", "arrow"})
_WRITERS: Final[Mapping[str, Callable[[Table], bytes]]] = {
    "csv": to_csv,
    "tsv": partial(to_csv, delimiter="\t"),
    "srj": to_sparql_json,
    "xlsx": lambda table: write_workbook(table.columns, to_rows(table)),
    "excel.csv": lambda table: write_excel_csv(table.columns, to_rows(table)),
    "parquet": to_parquet,
    "arrow": to_arrow_stream,
}


@dataclass(frozen=True)
class Call:
    """What a request asks: the query, the values of its parameters, and which page of rows, of which size."""

    query: CatalogueQuery
    values: Mapping[str, str]
    page: int
    size: int

    @property
    def complete(self) -> bool:
        """Whether every parameter has a value or a default."""
        return all(one.default is not None or one.name in self.values for one in self.query.parameters)

    def locate(self, name: str, page: int | None = None) -> str:
        """Return the path of this answer in the format ``name``, or of another page of it."""
        shown = {"page": str(page)} if page and page > 1 else {}
        size = {"size": str(self.size)} if self.size != SIZE else {}
        parameters = urlencode({**self.values, **shown, **size})
        return f"/queries/{self.query.name}.{name}" + (f"?{parameters}" if parameters else "")


@dataclass(frozen=True)
class Answered:
    """A page of the rows that a call has, how many there are in all, the selection that they come from, and what is
    told beside them.
    """  # noqa: D205 - one sentence

    call: Call
    table: Table
    total: int
    selection: Selection
    warnings: Sequence[str]


async def answer_call(dataset: Dataset, call: Call) -> Answered:
    """Return the answer to ``call``; ``NotFound`` for a page that there is not, and what ``Dataset.ask`` raises."""
    asked, terms = await bind_names(dataset, call.query, call.values)
    table, total = await dataset.solve_page(asked, terms, (call.page - 1) * call.size, call.size)
    if call.page > 1 and not table.rows:
        raise NotFound(f"there is no page {call.page}", hint=f"the answer has {total} rows, {call.size} a page")
    return Answered(call, table, total, Selection(asked, terms, ()), await warn_of_terms(dataset, terms))


def show_catalogue(queries: Sequence[CatalogueQuery]) -> Page:
    """Return the page of all queries of the catalogue."""
    return Page("questions.html", {"queries": queries, "tags": sorted({query.tags[0] for query in queries})})


async def show_question(dataset: Dataset, call: Call, problem: G7kgError | None = None) -> Page:
    """Return the page of a query without an answer: its form, and the ``problem`` with what was typed, if any."""
    fields = await list_fields(dataset, call.query, call.values)
    values: dict[str, Any] = {"call": call, "table": None, "names": {}, "fields": fields, "problem": problem}
    return Page("question.html", {**values, "total": 0, "formats": (), "downloads": ()})


async def show_answer(dataset: Dataset, answered: Answered) -> Page:
    """Return the page of an answer; resources are called by their names."""
    call, table = answered.call, answered.table
    terms = [term for row in table.rows for term in row if isinstance(term, NamedNode | Literal)]
    iris = (one for term in terms for one in term.value.split(SEPARATOR) if isinstance(term, NamedNode) or is_web(one))
    names, fields = await asyncio.gather(name_resources(dataset, iris), list_fields(dataset, call.query, call.values))
    values = {
        "call": call,
        "table": table,
        "total": answered.total,
        "warnings": answered.warnings,
        "formats": list_formats()[1:],
        "downloads": [(one.label, call.locate(one.name)) for name in DOWNLOADS for one in FORMATS if one.name == name],
        "names": names,
        "parted": SEPARATOR,
        "fields": fields,
        "problem": None,
    }
    return Page("question.html", values, (answered.selection,))


def write_answer(answered: Answered, chosen: Format) -> bytes:
    """Return the answer in a format of ``list_formats``, HTML aside."""
    call, table, total = answered.call, answered.table, answered.total
    if chosen.name != "json":
        return _WRITERS[chosen.name](table)
    more = call.page * call.size < total
    following = call.locate("json", call.page + 1) if more else None
    return to_json(table, query=call.query.name, parameters=call.values, total=total, page=call.page, next=following)


def list_formats() -> tuple[Format, ...]:
    """Return what an answer comes in here, HTML first."""
    columnar = find_spec("pyarrow") is not None
    return (HTML, *(format_ for format_ in FORMATS if columnar or format_.name not in _COLUMNAR))


def describe_query(query: CatalogueQuery) -> dict[str, Any]:
    """Return what there is to know of ``query`` as plain data."""
    return {
        "name": query.name,
        "summary": query.summary,
        "description": query.description,
        "tags": query.tags,
        "path": f"/queries/{query.name}",
        "parameters": [
            {
                "name": parameter.name,
                "takes": describe_kind(parameter.kind),
                "default": parameter.default,
                "example": parameter.example,
            }
            for parameter in query.parameters
        ],
        "query": query.text,
    }
