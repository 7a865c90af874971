"""A report as Turtle."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple

from g7kg.rdf.vocab import RDF, XSD, used_prefixes
from g7kg.shacl.renderings.rdf import to_triples
from g7kg.shacl.report import Report


def to_turtle(report: Report) -> str:
    """Return ``report`` as a SHACL validation report (https://www.w3.org/TR/shacl/#validation-report) in Turtle 1.1.

    The same report gives the same bytes, and every finding can be read back from it but for its place.
    """
    triples = to_triples(report)
    output = io.BytesIO()
    ox.serialize(triples, output, RdfFormat.TURTLE, prefixes=used_prefixes(_name_iris(triples)))
    return output.getvalue().decode().rstrip("\n")


def _name_iris(triples: list[Triple]) -> Iterator[str]:
    """Yield the IRIs that Turtle writes out: not those behind ``a`` and ``true``."""
    unwritten = (RDF("type"), XSD("boolean"))
    terms = {term for triple in triples for term in triple}
    for term in terms:
        name = term.datatype if isinstance(term, Literal) else term
        if isinstance(name, NamedNode) and name not in unwritten:
            yield name.value
