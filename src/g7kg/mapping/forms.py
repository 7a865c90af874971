"""The forms of mapping entries: which keys an entry of a type may have, and what its identifier looks like.

They are data (``ontology/forms.yaml``, which says how they are written), as what a key means is (the JSON-LD context).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from g7kg.errors import Location, MappingError
from g7kg.rdf.vocab import IDENTIFIERS
from g7kg.texts.files import read_text

Bounds = tuple[int, int | None]
"""How often a key is given, at least and at most (``None``: any number)."""

_BOUNDS: Final[Mapping[str, Bounds]] = {"": (1, 1), "?": (0, 1), "+": (1, None), "*": (0, None)}


@dataclass(frozen=True)
class Form:
    """The form of one type of entry, or of two at once.

    ``types`` are the names of the types, ``pattern`` matches an identifier below ``https://w3id.org/g7kg/id/``, and
    ``keys`` gives the bounds of each key. ``beside`` names the type that an entry may have besides, if there is one.
    """

    types: tuple[str, ...]
    pattern: str
    keys: Mapping[str, Bounds]
    beside: str = ""

    @property
    def name(self) -> str:
        """The name that messages use."""
        return self.types[0]

    def is_id(self, iri: str) -> bool:
        """Whether ``iri`` may identify an entry of this form."""
        return iri.startswith(IDENTIFIERS) and bool(re.fullmatch(self.pattern, iri.removeprefix(IDENTIFIERS)))

    def join(self, other: Form) -> Form:
        """Return the form of an entry of both types: the keys of both, in the narrower bounds, and the id of either."""
        shared = {key: _narrow(bounds, other.keys[key]) for key, bounds in self.keys.items() if key in other.keys}
        return Form(
            (*self.types, *other.types), f"({self.pattern})|({other.pattern})", {**self.keys, **other.keys, **shared}
        )


@dataclass(frozen=True)
class Forms:
    """All forms by the name of their type, and the type of what is nested under a key."""

    types: Mapping[str, Form]
    nested: Mapping[str, str]

    @property
    def top_level(self) -> frozenset[str]:
        """The types that an entry of ``@graph`` may have."""
        return frozenset(self.types) - frozenset(self.nested.values())


def read_forms(path: Path) -> Forms:
    """Return the forms in the file ``path``; ``MappingError`` if it cannot be read."""
    try:
        stated: dict[str, Any] = yaml.safe_load(read_text(path))
        patterns = stated["patterns"]
        types = {name: _read_form(name, form, patterns) for name, form in stated["types"].items()}
        return Forms(types, stated["nested"])
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise MappingError(f"the forms of entries cannot be read: {error}", location=Location(str(path))) from error


def _read_form(name: str, stated: Mapping[str, str], patterns: Mapping[str, str]) -> Form:
    pattern = stated["id"]
    for key, meaning in reversed(list(patterns.items())):
        pattern = pattern.replace(key, meaning)
    return Form((name,), pattern, _read_keys(stated["keys"].split()), stated.get("with", ""))


def _read_keys(keys: Iterable[str]) -> dict[str, Bounds]:
    return {key.rstrip("?+*"): _BOUNDS[key[len(key.rstrip("?+*")) :]] for key in keys}


def _narrow(one: Bounds, other: Bounds) -> Bounds:
    most = [bound for bound in (one[1], other[1]) if bound is not None]
    return max(one[0], other[0]), min(most, default=None)
