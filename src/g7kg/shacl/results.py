"""SHACL results in an rdflib graph to findings: what engines return, and what ``to_turtle`` and ``to_jsonld`` write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox
from rdflib import SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from g7kg.rdf.paths import PathExpression, PathOperator, PropertyPath
from g7kg.rdf.terms import from_term
from g7kg.shacl.report import Finding, Severity

_SEVERITIES: Final[dict[Node | None, Severity]] = {
    SH.Info: Severity.INFO,
    SH.Warning: Severity.WARNING,
    SH.Violation: Severity.VIOLATION,
}


def read_findings(results: Graph) -> tuple[Finding, ...]:
    """Return the values of sh:result in ``results``, in a stable order; details of results (sh:detail) are none.

    A severity that SHACL does not define counts as a violation. Of several messages the English one is taken.
    """
    findings = [_read_result(results, node) for node in results.objects(None, SH.result)]
    return tuple(sorted(findings, key=lambda finding: finding.sort_key))


def read_path(graph: Graph, node: Node) -> PropertyPath:
    """Return the property path that ``node`` of ``graph`` stands for."""
    if not isinstance(node, BNode):
        return str(node)
    for operator in PathOperator:
        part = graph.value(node, SH[operator.value]) if operator is not PathOperator.SEQUENCE else None
        if part is not None:
            nodes = graph.items(part) if operator is PathOperator.ALTERNATIVE else [part]
            return PathExpression(operator, _read_parts(graph, nodes))
    return PathExpression(PathOperator.SEQUENCE, _read_parts(graph, graph.items(node)))


def _read_parts(graph: Graph, nodes: Iterable[Node]) -> tuple[PropertyPath, ...]:
    return tuple(read_path(graph, node) for node in nodes)


def _read_result(results: Graph, node: Node) -> Finding:
    def text(predicate: URIRef) -> str | None:
        value = results.value(node, predicate)
        return None if value is None else _write_node(value)

    path = results.value(node, SH.resultPath)
    message, language = _read_message(results, node)
    return Finding(
        _SEVERITIES.get(results.value(node, SH.resultSeverity), Severity.VIOLATION),
        text(SH.focusNode) or "",
        None if path is None else read_path(results, path),
        text(SH.value),
        text(SH.sourceShape) or "",
        text(SH.sourceConstraintComponent) or "",
        message,
        language=language,
    )


def _read_message(results: Graph, node: Node) -> tuple[str, str | None]:
    """Return one message of a result and its language: English before others, and always the same."""
    values = (value for value in results.objects(node, SH.resultMessage) if isinstance(value, Literal))
    messages = sorted((value.language != "en", value.language or "", str(value)) for value in values)
    return (messages[0][2], messages[0][1] or None) if messages else ("", None)


def _write_node(node: Node) -> str:
    if not isinstance(node, Literal):
        return f"_:{node}" if isinstance(node, BNode) else str(node)
    if node.language:
        return from_term(ox.Literal(str(node), language=node.language))
    return from_term(ox.Literal(str(node), datatype=ox.NamedNode(node.datatype) if node.datatype else None))
