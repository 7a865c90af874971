"""Triples to JSON-LD in the terms of the project's context (JSON-LD 1.1 API, section 5.6, of flat nodes).

The part of the context that is used stands in the document itself: whoever reads it fetches nothing.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Triple

from g7kg.rdf.terms import from_term
from g7kg.rdf.vocab import PREFIXES, RDF, XSD, Term

_TYPE: Final = RDF("type")
_STRING: Final = XSD("string")
_WHOLE: Final = re.compile("0|-?[1-9][0-9]{0,14}")
"""A whole number that JSON has in the same form (JSON-LD 1.1 API, section 8.6)."""


@dataclass(frozen=True)
class Terms:
    """The terms of a JSON-LD context: ``definitions`` by name, as the context's file has them."""

    definitions: Mapping[str, Any]

    def expand(self, name: str) -> str:
        """Return the IRI that ``name``, a prefixed name or an IRI, stands for."""
        prefix, colon, local = name.partition(":")
        space = self.definitions.get(prefix)
        return f"{space}{local}" if colon and isinstance(space, str) and not local.startswith("//") else name

    @cached_property
    def properties(self) -> Mapping[str, list[str]]:
        """The terms with a kind of values, by the IRI of the property."""
        found: dict[str, list[str]] = {}
        for name, definition in self.definitions.items():
            if isinstance(definition, dict) and "@id" in definition:
                found.setdefault(self.expand(definition["@id"]), []).append(name)
        return found

    @cached_property
    def classes(self) -> Mapping[str, str]:
        """The terms that stand for an IRI and nothing else, by that IRI."""
        names = (name for name, value in self.definitions.items() if isinstance(value, str) and name[0].isupper())
        return {self.expand(self.definitions[name]): name for name in names}


def read_terms(path: Path) -> Terms:
    """Return the terms of the context in the file ``path``."""
    return Terms(json.loads(path.read_text("utf-8"))["@context"])


def compact(first: NamedNode, triples: Iterable[Triple], terms: Terms) -> dict[str, Any]:
    """Return the JSON-LD document of ``triples``: one object a node, ``first`` before the others.

    Its expansion by any JSON-LD processor is ``triples`` again.
    """
    used: set[str] = {"id", "type"}
    nodes: dict[str, dict[str, Any]] = {}
    for triple in sorted(set(triples), key=lambda triple: (triple.subject != first, str(triple))):
        subject = from_term(triple.subject)
        node = nodes.setdefault(subject, {"id": subject})
        key, value = _compact_pair(triple.predicate, triple.object, terms, used)
        node.setdefault(key, []).append(value)
    graph = [
        {key: value if key == "id" else _join(value, terms.definitions.get(key)) for key, value in node.items()}
        for node in nodes.values()
    ]
    return {"@context": _select(terms, used), "@graph": graph}


def _compact_pair(property_: NamedNode, value: Term, terms: Terms, used: set[str]) -> tuple[str, Any]:
    """Return the key and the value for a triple; ``used`` takes the terms that they need."""
    if property_ == _TYPE and isinstance(value, NamedNode):
        name = terms.classes.get(value.value)
        used.update([name] if name else [])
        return "type", name or value.value
    for name in terms.properties.get(property_.value, ()):
        short = _shorten(value, terms.definitions[name], terms)
        if short is not None:
            used.add(name)
            return name, short
    return _prefix(property_.value, terms, used), _expand_value(value)


def _join(values: list[Any], definition: object) -> Any:  # noqa: ANN401 - JSON
    """Return ``values`` as the value of a key: one by itself, texts in several languages as one map of these."""
    if not isinstance(definition, dict) or definition.get("@container") != "@language":
        return values[0] if len(values) == 1 else values
    texts: dict[str, list[str]] = {}
    for value in values:
        for language, text in value.items():
            texts.setdefault(language, []).append(text)
    return {language: _join(found, None) for language, found in texts.items()}


def _shorten(value: Term, definition: Mapping[str, Any], terms: Terms) -> str | int | dict[str, str] | None:
    """Return ``value`` as a term of that ``definition`` writes it; ``None`` if it cannot."""
    kind = definition.get("@type")
    if isinstance(value, Literal):
        if value.language:
            if definition.get("@container") == "@language":
                return {value.language: value.value}
            return value.value if definition.get("@language") == value.language else None
        fits = kind and terms.expand(kind) == value.datatype.value
        whole = value.datatype == XSD("integer") and _WHOLE.fullmatch(value.value)
        return (int(value.value) if whole else value.value) if fits else None
    if kind == "@id":
        return from_term(value)
    space = definition.get("@context", {}).get("@vocab")
    if kind == "@vocab" and space and isinstance(value, NamedNode) and value.value.startswith(space):
        local = value.value.removeprefix(space)
        return local if local and local not in terms.definitions and ":" not in local else None
    return None


def _expand_value(value: Term) -> dict[str, str]:
    if not isinstance(value, Literal):
        return {"@id": from_term(value)}
    if value.language:
        return {"@value": value.value, "@language": value.language}
    return {"@value": value.value, **({} if value.datatype == _STRING else {"@type": value.datatype.value})}


def _prefix(iri: str, terms: Terms, used: set[str]) -> str:
    """Return ``iri`` as a prefixed name, if a prefix fits that is no term of the context."""
    for prefix, space in PREFIXES.items():
        free, local = terms.definitions.get(prefix, space) == space, iri.removeprefix(space)
        if free and local and local != iri and "/" not in local:
            used.add(prefix)
            return f"{prefix}:{local}"
    return iri


def _select(terms: Terms, used: set[str]) -> dict[str, Any]:
    """Return the context that has the ``used`` terms and the prefixes that their definitions need."""
    chosen: dict[str, Any] = {"@version": 1.1}
    for name in sorted(used):
        definition = terms.definitions.get(name, PREFIXES.get(name))
        if isinstance(definition, str) and not definition.startswith("@"):
            definition = terms.expand(definition)
        elif isinstance(definition, dict):
            expanded = ((key, terms.expand(one) if isinstance(one, str) else one) for key, one in definition.items())
            definition = dict(expanded)
        chosen[name] = definition
    return chosen
