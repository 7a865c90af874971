"""The shapes of a shapes graph that constrain something by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from g7kg.rdf.paths import SH
from g7kg.rdf.terms import Term, from_term
from g7kg.shacl.report import Severity, Shape

_SEVERITIES: Final[dict[Term, Severity]] = {SH(severity.word.title()): severity for severity in Severity}


def read_shapes(shapes: Iterable[Quad]) -> tuple[Shape, ...]:
    """Return the shapes that have a path (https://www.w3.org/TR/shacl/#property-shapes) or a message, by their IRIs.

    Anonymous and deactivated shapes are left out. Of several names or messages the English one is taken.
    """
    graph = ox.Dataset(shapes)
    found = {quad.subject for name in ("path", "message") for quad in graph.quads_for_predicate(SH(name))}
    named = [node for node in found if isinstance(node, NamedNode) and not is_deactivated(graph, node)]
    return tuple(_read_shape(graph, node) for node in sorted(named, key=from_term))


def _read_shape(graph: ox.Dataset, node: NamedNode) -> Shape:
    severities = [_SEVERITIES.get(value) for value in _values(graph, node, "severity")]
    severity = next(filter(None, severities), Severity.VIOLATION)
    return Shape(node.value, _read_text(graph, node, "name"), _read_text(graph, node, "message"), severity)


def _read_text(graph: ox.Dataset, node: NamedNode, name: str) -> str | None:
    literals = [value for value in _values(graph, node, name) if isinstance(value, Literal)]
    texts = sorted((value.language != "en", value.language or "", value.value) for value in literals)
    return texts[0][2] if texts else None


def is_deactivated(graph: ox.Dataset, node: Term | Triple) -> bool:
    """Whether the shape ``node`` of ``graph`` is deactivated (https://www.w3.org/TR/shacl/#deactivated)."""
    values = _values(graph, node, "deactivated")
    return any(isinstance(value, Literal) and value.value in {"true", "1"} for value in values)


def _values(graph: ox.Dataset, node: Term | Triple, name: str) -> list[Term]:
    if not isinstance(node, NamedNode | BlankNode):
        return []
    predicate = SH(name)
    quads = (quad for quad in graph.quads_for_subject(node) if quad.predicate == predicate)
    return [quad.object for quad in quads if isinstance(quad.object, NamedNode | BlankNode | Literal)]
