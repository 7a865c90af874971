"""Descriptions to bytes, in every format but HTML."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any, Final

import pyoxigraph as ox
from pyoxigraph import DefaultGraph, Literal, NamedNode, RdfFormat

from g7kg.dataset.description import Description, Values
from g7kg.rdf.formats import DATASET_FORMATS, GRAPH_FORMATS, name_syntaxes
from g7kg.rdf.jsonld import Terms, compact
from g7kg.rdf.solutions import write_csv
from g7kg.rdf.vocab import Term, shorten_iri, used_prefixes
from g7kg.rdf.xml import make_sound, require_names

_TRIPLES: Final = name_syntaxes(GRAPH_FORMATS, RdfFormat)
_QUADS: Final = name_syntaxes(DATASET_FORMATS, RdfFormat)
_COLUMNS: Final = ("subject", "property", "value", "type", "datatype", "language", "graph")


def serialize(description: Description, format_: str, terms: Terms) -> bytes:
    """Return ``description`` in the format of that name: one of triples (ttl, nt, rdf, jsonld), of quads (trig, nq),
    or plain data (json, csv). ``terms`` are those of the JSON-LD context. Raises ``NotAcceptable`` for what XML cannot
    hold.
    """  # noqa: D205 - one sentence
    if format_ == "json":
        return _to_json(_arrange(description))
    if format_ == "jsonld":
        return _to_json(compact(description.iri, (quad.triple for quad in description.quads), terms))
    if format_ == "csv":
        return _to_csv(description)
    output = io.BytesIO()
    prefixes = used_prefixes(map(str, description.quads))
    quads = sorted(description.quads, key=lambda quad: (quad.subject != description.iri, str(quad)))
    if format_ in _QUADS:
        ox.serialize(quads, output, _QUADS[format_], prefixes=prefixes)
    else:
        triples = list(dict.fromkeys(quad.triple for quad in quads))
        named = require_names(triples) if format_ == "rdf" else triples
        ox.serialize(named, output, _TRIPLES[format_], prefixes=prefixes)
    return make_sound(output.getvalue()) if format_ == "rdf" else output.getvalue()


def _to_json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _arrange(description: Description) -> dict[str, Any]:
    """Return the description as plain data: properties by prefixed name, resources with their labels."""
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
