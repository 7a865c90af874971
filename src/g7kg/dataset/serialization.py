"""Descriptions to bytes, in every format but HTML."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import pyoxigraph as ox
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple

from g7kg.dataset.description import Description, Values
from g7kg.rdf.formats import DATASET_FORMATS, GRAPH_FORMATS, name_syntaxes
from g7kg.rdf.jsonld import Terms, compact
from g7kg.rdf.solutions import write_csv
from g7kg.rdf.vocab import Term, shorten_iri, used_prefixes
from g7kg.rdf.xml import make_sound, require_names

_TRIPLES: Final = name_syntaxes(GRAPH_FORMATS, RdfFormat)
_QUADS: Final = name_syntaxes(DATASET_FORMATS, RdfFormat)
_COLUMNS: Final = ("subject", "property", "value", "type", "datatype", "language", "graph")


class Serializer:
    """Writes ``description`` in formats; what they have in common is done once.

    ``terms`` are those of the JSON-LD context.
    """

    def __init__(self, description: Description, terms: Terms) -> None:
        self.description = description
        self.terms = terms

    def write(self, format_: str) -> bytes:
        """Return the description in the format of that name: one of triples (ttl, nt, rdf, jsonld), of quads (trig,
        nq), or plain data (json, csv). Raises ``NotAcceptable`` for what XML cannot hold.
        """  # noqa: D205 - one sentence
        if format_ == "json":
            return _to_json(_arrange(self.description))
        if format_ == "jsonld":
            return _to_json(compact(self.description.iri, self._triples, self.terms))
        if format_ == "csv":
            return _to_csv(self.description)
        if format_ in _QUADS:
            return ox.serialize([*self._texts], None, _QUADS[format_], prefixes=self._prefixes) or b""
        triples = require_names(self._triples) if format_ == "rdf" else self._triples
        written = ox.serialize(triples, None, _TRIPLES[format_], prefixes=self._prefixes) or b""
        return make_sound(written) if format_ == "rdf" else written

    @cached_property
    def _texts(self) -> dict[Quad, str]:
        """Each quad as N-Quads has it, those of the resource first, in the order of the letters."""
        iri, texts = self.description.iri, {quad: str(quad) for quad in self.description.quads}
        return dict(sorted(texts.items(), key=lambda pair: (pair[0].subject != iri, pair[1])))

    @cached_property
    def _triples(self) -> list[Triple]:
        return list(dict.fromkeys(quad.triple for quad in self._texts))

    @cached_property
    def _prefixes(self) -> dict[str, str]:
        return used_prefixes(self._texts.values())


def _to_json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _arrange(description: Description) -> dict[str, Any]:
    return {
        "iri": description.iri.value,
        "label": description.title,
        "types": [shorten_iri(class_.value) for class_ in sorted(description.types, key=str)],
        "properties": _arrange_values(description.outgoing, description.labels),
        "inverse": _arrange_values(description.incoming, description.labels),
        "following": description.following,
    }


def _arrange_values(values: Values, labels: Mapping[object, str]) -> dict[str, list[dict[str, str]]]:
    return {
        shorten_iri(property_.value): [_arrange_term(term, labels) for term in terms]
        for property_, terms in values.items()
    }


def _arrange_term(term: Term, labels: Mapping[object, str]) -> dict[str, str]:
    """Return ``term`` as SPARQL's results in JSON have it, a resource with its label."""
    arranged = {name: value for name, value in _describe_term(term).items() if value}
    return {**arranged, "label": labels[term]} if term in labels else arranged


def _describe_term(term: Term) -> dict[str, str]:
    if isinstance(term, NamedNode):
        return {"value": term.value, "type": "uri", "datatype": "", "language": ""}
    if isinstance(term, Literal):
        datatype = "" if term.language else term.datatype.value
        return {"value": term.value, "type": "literal", "datatype": datatype, "language": term.language or ""}
    return {"value": str(term), "type": "bnode", "datatype": "", "language": ""}


def _to_csv(description: Description) -> bytes:
    """Return one row a quad (RFC 4180), a header first."""
    rows = []
    for quad in description.quads:
        graph = "" if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value
        ends = {"subject": _describe_term(quad.subject)["value"], "property": quad.predicate.value, "graph": graph}
        row = {**ends, **_describe_term(quad.object)}
        rows.append([row[name] for name in _COLUMNS])
    return write_csv(_COLUMNS, rows)
