"""The JSON-LD context, read as what it is to the mappings: the table from keys to properties and kinds of values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from g7kg.errors import Location, MappingError
from g7kg.mapping.forms import Forms, read_forms
from g7kg.rdf.vocab import BASE, XSD
from g7kg.texts.files import read_json

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
        return _expand(name, self.prefixes)


def read_context(path: Path) -> Context:
    """Return the context in the JSON-LD file ``path``, with the forms in ``forms.yaml`` beside it.

    Raises ``MappingError`` if one of them is not of the form used here.
    """
    try:
        entries: dict[str, Any] = read_json(path, MappingError)["@context"]
    except (KeyError, TypeError) as error:
        raise MappingError(f"the JSON-LD context cannot be read: {error}", location=Location(str(path))) from error
    forms = read_forms(path.with_name("forms.yaml"))
    written = {key for form in forms.types.values() for key in form.keys}
    prefixes = {key: value for key, value in entries.items() if isinstance(value, str) and value.endswith(("/", "#"))}
    terms = {key: _read_term(key, entries[key], prefixes) for key in entries if key in written}
    classes = {
        key: _expand(value, prefixes) or value
        for key, value in entries.items()
        if isinstance(value, str) and key in forms.types
    }
    return Context(prefixes, terms, classes, forms)


def _expand(name: str, prefixes: Mapping[str, str]) -> str | None:
    prefix, colon, local = name.partition(":")
    return prefixes[prefix] + local if colon and prefix in prefixes else None


def _read_term(key: str, entry: Mapping[str, Any], prefixes: Mapping[str, str]) -> Term:
    name = entry.get("@reverse") or entry["@id"]
    property_ = _expand(name, prefixes) or name
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
            return Term(key, property_, "data", datatype=_expand(datatype, prefixes) or XSD(datatype).value)
