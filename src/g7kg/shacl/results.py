"""SHACL results in an rdflib graph to findings: what engines return, and what ``to_turtle`` and ``to_jsonld`` write."""

import re
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

    A severity that SHACL does not define counts as a violation. Of several messages the English one comes first.
    """
    findings = [_read_result(results, node) for node in results.objects(None, SH.result)]
    return tuple(sorted(findings, key=lambda finding: finding.sort_key))


def keep_own_messages(results: Graph, shapes: Graph) -> None:
    """Have results of constraints by SPARQL say what SHACL says (https://www.w3.org/TR/shacl/#sparql-constraints).

    Where the constraint has messages, those of its shape give way; a message that was made of one keeps its language.
    pySHACL gives both, and loses the languages.
    """
    for result, constraint in list(results.subject_objects(SH.sourceConstraint)):
        shape = results.value(result, SH.sourceShape)
        stated = list(shapes.objects(constraint, SH.message)) or list(shapes.objects(shape, SH.message))
        templates = sorted((str(one), one.language) for one in stated if isinstance(one, Literal))
        messages = list(results.objects(result, SH.resultMessage)) if templates else []
        for message in messages:
            results.remove((result, SH.resultMessage, message))
            for template, language in templates:
                if _is_made_of(str(message), template):
                    results.add((result, SH.resultMessage, Literal(str(message), lang=language)))
                    break


def _is_made_of(message: str, template: str) -> bool:
    """Whether ``message`` is ``template`` with values in place of its variables, ``{?name}`` or ``{$name}``."""
    parts = re.split(r"\{[?$]\w+\}", template)
    return re.fullmatch(".*".join(map(re.escape, parts)), message, re.DOTALL) is not None


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
    (message, language), *others = _read_messages(results, node) or [("", None)]
    grade = results.value(node, SH.resultSeverity)
    return Finding(
        _SEVERITIES.get(grade, Severity.VIOLATION),
        text(SH.focusNode) or "",
        None if path is None else read_path(results, path),
        text(SH.value),
        text(SH.sourceShape) or "",
        text(SH.sourceConstraintComponent) or "",
        message,
        language=language,
        others=tuple(others),
        grade=None if grade in _SEVERITIES else text(SH.resultSeverity),
        constraint=text(SH.sourceConstraint),
    )


def _read_messages(results: Graph, node: Node) -> list[tuple[str, str | None]]:
    """Return the messages of a result and their languages: English before others, and always in the same order."""
    values = (value for value in results.objects(node, SH.resultMessage) if isinstance(value, Literal))
    messages = sorted((value.language != "en", value.language or "", str(value)) for value in values)
    return [(text, language or None) for _, language, text in messages]


def _write_node(node: Node) -> str:
    if isinstance(node, Literal):
        return from_term(to_literal(node))
    return f"_:{node}" if isinstance(node, BNode) else str(node)


def to_literal(literal: Literal) -> ox.Literal:
    """Return ``literal`` of rdflib as pyoxigraph has it."""
    if literal.language:
        return ox.Literal(str(literal), language=literal.language)
    return ox.Literal(str(literal), datatype=ox.NamedNode(literal.datatype) if literal.datatype else None)
