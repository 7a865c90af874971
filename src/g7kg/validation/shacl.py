"""Validation by pySHACL, the reference engine."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox
import pyshacl
from pyoxigraph import Quad, Triple
from rdflib import RDF, SH, BNode, Graph, URIRef
from rdflib.term import Node

from g7kg.validation.report import Finding, Report, Severity

_SEVERITIES = {SH.Info: Severity.INFO, SH.Warning: Severity.WARNING, SH.Violation: Severity.VIOLATION}


def validate_quads(quads: Iterable[Quad], shapes: Iterable[Quad]) -> Report:
    """Return the report on the union of the graphs of ``quads`` under ``shapes``; nothing is inferred.

    SPARQL targets (SHACL Advanced Features, section 3.1) are evaluated, each once for the whole graph.
    """
    data = _to_graph(quads)
    _, results, _ = pyshacl.validate(
        data, shacl_graph=_to_graph(shapes), advanced=True, inplace=True, do_owl_imports=False, allow_infos=True
    )
    if not isinstance(results, Graph):
        raise TypeError("pySHACL returned no graph of results")
    findings = [_read_result(results, node) for node in results.subjects(RDF.type, SH.ValidationResult)]
    return Report(tuple(sorted(findings, key=_sort_key)), len(data))


def _to_graph(quads: Iterable[Quad]) -> Graph:
    """Return the union of the quads' graphs as an rdflib graph."""
    triples = {Triple(quad.subject, quad.predicate, quad.object) for quad in quads}
    graph = Graph(bind_namespaces="none")
    graph.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="nt11")
    return graph


def _read_result(results: Graph, node: Node) -> Finding:
    def text(predicate: URIRef) -> str | None:
        value = results.value(node, predicate)
        return None if value is None else str(value)

    path = results.value(node, SH.resultPath)
    severity = results.value(node, SH.resultSeverity)
    return Finding(
        _SEVERITIES.get(severity, Severity.VIOLATION) if isinstance(severity, URIRef) else Severity.VIOLATION,
        text(SH.focusNode) or "",
        None if path is None else _path_text(results, path),
        text(SH.value),
        text(SH.sourceShape) or "",
        text(SH.sourceConstraintComponent) or "",
        text(SH.resultMessage) or "",
    )


def _path_text(results: Graph, path: Node) -> str:
    """Return a property path as SPARQL writes it; a form that the shapes do not use is shown as its node."""
    if not isinstance(path, BNode):
        return str(path)
    inverse = results.value(path, SH.inversePath)
    if inverse is not None:
        return "^" + _path_text(results, inverse)
    return "/".join(_path_text(results, item) for item in results.items(path)) or str(path)


def _sort_key(finding: Finding) -> tuple[int, str, str, str, str]:
    shape, focus, component = finding.source_shape, finding.focus_node, finding.component
    return (-finding.severity, shape, focus, component, finding.value or "")
