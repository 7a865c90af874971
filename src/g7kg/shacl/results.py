"""SHACL results in an rdflib graph to findings: what engines return, and what ``to_turtle`` and ``to_jsonld`` write."""

import re
from typing import Any

import pyoxigraph as ox
from rdflib import SH as SHACL
from rdflib import BNode, Graph, Literal
from rdflib.term import Node

from g7kg.rdf.paths import path_from_triples, values_of
from g7kg.rdf.terms import Term, from_term
from g7kg.rdf.vocab import SH
from g7kg.shacl.constraints import read_texts
from g7kg.shacl.report import SEVERITIES, Finding, Severity


def read_findings(results: Graph) -> tuple[Finding, ...]:
    """Return the values of sh:result in ``results``, in a stable order; details of results (sh:detail) are none.

    A severity that SHACL does not define counts as a violation. Of several messages the English one comes first.
    """
    graph = ox.Dataset(ox.Quad(*map(_to_term, triple)) for triple in results)
    findings = [_read_result(graph, quad.object) for quad in graph.quads_for_predicate(SH("result"))]
    return tuple(sorted(findings, key=lambda finding: finding.sort_key))


def keep_own_messages(results: Graph, shapes: Graph) -> None:
    """Have results of constraints by SPARQL say what SHACL says (https://www.w3.org/TR/shacl/#sparql-constraints).

    Where the constraint has messages, those of its shape give way; a message that was made of one keeps its language.
    pySHACL gives both, and loses the languages.
    """
    for result, constraint in list(results.subject_objects(SHACL.sourceConstraint)):
        shape = results.value(result, SHACL.sourceShape)
        stated = list(shapes.objects(constraint, SHACL.message)) or list(shapes.objects(shape, SHACL.message))
        templates = sorted((str(one), one.language) for one in stated if isinstance(one, Literal))
        messages = list(results.objects(result, SHACL.resultMessage)) if templates else []
        for message in messages:
            results.remove((result, SHACL.resultMessage, message))
            for template, language in templates:
                if _is_made_of(str(message), template):
                    results.add((result, SHACL.resultMessage, Literal(str(message), lang=language)))
                    break


def _is_made_of(message: str, template: str) -> bool:
    """Whether ``message`` is ``template`` with values in place of its variables, ``{?name}`` or ``{$name}``."""
    parts = re.split(r"\{[?$]\w+\}", template)
    return re.fullmatch(".*".join(map(re.escape, parts)), message, re.DOTALL) is not None


def _read_result(graph: ox.Dataset, node: Term | ox.Triple) -> Finding:
    def text(name: str) -> str | None:
        return next(map(from_term, values_of(graph, node, name)), None)

    paths, grade = values_of(graph, node, "resultPath"), text("resultSeverity")
    (message, language), *others = read_texts(graph, node, "resultMessage") or [("", None)]
    return Finding(
        SEVERITIES.get(grade or "", Severity.VIOLATION),
        text("focusNode") or "",
        path_from_triples(graph, paths[0]) if paths else None,
        text("value"),
        text("sourceShape") or "",
        text("sourceConstraintComponent") or "",
        message,
        language=language,
        others=tuple(others),
        grade=None if grade in SEVERITIES else grade,
        constraint=text("sourceConstraint"),
    )


def _to_term(node: Node) -> Any:  # noqa: ANN401 - a term of the kind that it is given
    if isinstance(node, Literal):
        return to_literal(node)
    return ox.BlankNode(str(node)) if isinstance(node, BNode) else ox.NamedNode(str(node))


def to_literal(literal: Literal) -> ox.Literal:
    """Return ``literal`` of rdflib as pyoxigraph has it."""
    if literal.language:
        return ox.Literal(str(literal), language=literal.language)
    return ox.Literal(str(literal), datatype=ox.NamedNode(literal.datatype) if literal.datatype else None)
