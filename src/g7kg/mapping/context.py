"""The JSON-LD context, read as what it is to the mappings: the table from keys to properties and kinds of values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from g7kg.errors import MappingError
from g7kg.rdf.jsonld import Terms
from g7kg.rdf.vocab import BASE, IDENTIFIERS
from g7kg.texts.files import read_json, read_text

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
        pattern = f"({self.pattern})|({other.pattern})"
        return Form((*self.types, *other.types), pattern, {**self.keys, **other.keys, **shared})


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
        raise MappingError(f"the forms of entries cannot be read: {error}", location=path) from error


def _read_form(name: str, stated: Mapping[str, str], patterns: Mapping[str, str]) -> Form:
    pattern = stated["id"]
    for key, meaning in reversed(list(patterns.items())):
        pattern = pattern.replace(key, meaning)
    keys = {key.rstrip("?+*"): _BOUNDS[key[len(key.rstrip("?+*")) :]] for key in stated["keys"].split()}
    return Form((name,), pattern, keys, stated.get("with", ""))


def _narrow(one: Bounds, other: Bounds) -> Bounds:
    most = [bound for bound in (one[1], other[1]) if bound is not None]
    return max(one[0], other[0]), min(most, default=None)


Kind = Literal["iri", "concept", "text", "data"]

CONTEXT_IRI = BASE + "context.jsonld"


@dataclass(frozen=True)
class Term:
    """What a key means: a property, whether it points backwards, and the kind of its values.

    ``space`` is the namespace of a concept's bare name, ``datatype`` the IRI of a literal's datatype.
    """

    key: str
    property: str
    kind: Kind
    reverse: bool = False
    space: str = ""
    datatype: str = ""


@dataclass(frozen=True)
class Context:
    """Prefixes, property terms by key, class IRIs by name, and the forms of entries.

    What no entry may say is left out: the context has more, for what is served.
    """

    prefixes: Mapping[str, str]
    terms: Mapping[str, Term]
    classes: Mapping[str, str]
    forms: Forms

    def expand(self, name: str) -> str | None:
        """Return the IRI of a prefixed name, or ``None`` if its prefix is not known or it has none."""
        prefix, colon, local = name.partition(":")
        return self.prefixes[prefix] + local if colon and prefix in self.prefixes else None


def read_context(path: Path) -> Context:
    """Return the context in the JSON-LD file ``path``, with the forms in ``forms.yaml`` beside it.

    Raises ``MappingError`` if one of them is not of the form used here.
    """
    try:
        entries: dict[str, Any] = read_json(path, MappingError)["@context"]
    except (KeyError, TypeError) as error:
        raise MappingError(f"the JSON-LD context cannot be read: {error}", location=path) from error
    forms = read_forms(path.with_name("forms.yaml"))
    written = {key for form in forms.types.values() for key in form.keys}
    prefixes = {key: value for key, value in entries.items() if isinstance(value, str) and value.endswith(("/", "#"))}
    known = Terms(entries)
    terms = {key: _read_term(key, entries[key], known) for key in entries if key in written}
    classes = {key: known.expand(value) for key, value in entries.items() if key in forms.types}
    return Context(prefixes, terms, classes, forms)


def _read_term(key: str, entry: Mapping[str, Any], known: Terms) -> Term:
    property_ = known.expand(entry.get("@reverse") or entry["@id"])
    if "@reverse" in entry:
        return Term(key, property_, "iri", reverse=True)
    if "@language" in entry:
        return Term(key, property_, "text")
    match entry["@type"]:
        case "@id":
            return Term(key, property_, "iri")
        case "@vocab":
            return Term(key, property_, "concept", space=entry["@context"]["@vocab"])
        case datatype:
            return Term(key, property_, "data", datatype=known.expand(datatype))
