"""The shapes of a shapes graph that constrain something by themselves."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from g7kg.rdf.paths import path_from_triples, values_of
from g7kg.rdf.terms import Term, from_term
from g7kg.rdf.vocab import OWL, RDFS, SH
from g7kg.shacl.report import SEVERITIES, Severity, Shape, name_anonymous

_CONSTRAINTS: Final = (
    "class datatype nodeKind minCount maxCount minExclusive minInclusive maxExclusive maxInclusive minLength maxLength"
    " pattern languageIn uniqueLang equals disjoint lessThan lessThanOrEquals not and or xone node qualifiedMinCount"
    " qualifiedMaxCount closed hasValue in sparql expression"
)
"""The parameters of constraints that give results of their own, and by which the components are called."""

_COMPONENTS: Final = {"sparql": "SPARQL"}


def read_shapes(shapes: Iterable[Quad]) -> tuple[Shape, ...]:
    """Return the shapes that have a path or a message, or constrain focus nodes, by their IRIs; then anonymous ones.

    A shape without an IRI is one for each of its constraints, as ``Shape`` calls it. Deactivated shapes are left out.
    Of several names or messages the English one is taken.
    """
    graph = ox.Dataset(shapes)
    reporting = _find_reporting(graph)
    found: set[Term | Triple]
    found = {quad.subject for name in ("path", "message") for quad in graph.quads_for_predicate(SH(name))}
    found |= {node for node in reporting if any(values_of(graph, node, name) for name in _CONSTRAINTS.split())}
    found -= {quad.object for quad in graph.quads_for_predicate(SH("sparql"))}
    named = [node for node in found if isinstance(node, NamedNode) and not is_deactivated(graph, node)]
    nodes = [node for node in reporting if isinstance(node, BlankNode)]
    anonymous = sorted((shape for node in nodes for shape in _read_anonymous(graph, node)), key=_order)
    distinct = {shape.iri: shape for shape in reversed(anonymous)}
    return (*(_read_shape(graph, node) for node in sorted(named, key=from_term)), *reversed(distinct.values()))


def _order(shape: Shape) -> tuple[str, str]:
    return shape.iri, shape.message or ""


def _find_reporting(graph: ox.Dataset) -> set[Term | Triple]:
    names = ("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf", "target")
    targeted: list[Term | Triple] = [quad.subject for name in names for quad in graph.quads_for_predicate(SH(name))]
    classes = [quad.subject for kind in (RDFS("Class"), OWL("Class")) for quad in graph.quads_for_object(kind)]
    found: set[Term | Triple] = set()
    waiting: list[Term | Triple] = [*targeted, *classes]
    while waiting:
        node = waiting.pop()
        if node not in found and not is_deactivated(graph, node):
            found.add(node)
            waiting += values_of(graph, node, "property")
    return found


def _read_anonymous(graph: ox.Dataset, node: BlankNode) -> Iterator[Shape]:
    paths = [path_from_triples(graph, value) for value in values_of(graph, node, "path")]
    stated = _read_shape(graph, node)
    for name in _CONSTRAINTS.split():
        if values_of(graph, node, name):
            kind = _COMPONENTS.get(name, name[0].upper() + name[1:])
            yield replace(stated, iri=name_anonymous(kind, paths[0] if paths else None))


def _read_shape(graph: ox.Dataset, node: NamedNode | BlankNode) -> Shape:
    def text(name: str) -> str | None:
        return next((text for text, _ in read_texts(graph, node, name)), None)

    severities = (SEVERITIES.get(from_term(value)) for value in values_of(graph, node, "severity"))
    severity = next(filter(None, severities), Severity.VIOLATION)
    return Shape(from_term(node), text("name"), text("message"), severity)


def read_texts(graph: ox.Dataset, node: Term | Triple, name: str) -> list[tuple[str, str | None]]:
    """Return the texts of ``sh:name`` at ``node`` with their languages: English first, always in the same order."""
    literals = (value for value in values_of(graph, node, name) if isinstance(value, Literal))
    texts = sorted((one.language != "en", one.language or "", one.value) for one in literals)
    return [(text, language or None) for _, language, text in texts]


def is_deactivated(graph: ox.Dataset, node: Term | Triple) -> bool:
    """Whether the shape ``node`` of ``graph`` is deactivated (https://www.w3.org/TR/shacl/#deactivated)."""
    values = values_of(graph, node, "deactivated")
    return any(isinstance(value, Literal) and value.value in {"true", "1"} for value in values)
