"""A report in SHACL's own vocabulary (https://www.w3.org/TR/shacl/#validation-report), as Turtle."""

import io
from collections.abc import Callable, Iterator
from itertools import count

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple

from g7kg.rdf.paths import path_to_triples
from g7kg.rdf.terms import to_term
from g7kg.rdf.vocab import RDF, RDFS, SH, XSD, used_prefixes
from g7kg.shacl.renderings.wording import count_checked
from g7kg.shacl.report import Finding, Report, Severity

NewNode = Callable[[], BlankNode]


def to_triples(report: Report) -> list[Triple]:
    """Return ``report`` as a sh:ValidationReport: the report first, then each result in its order.

    sh:conforms is true only if there is no result of any severity, as SHACL has it. Terms are those of the data;
    the labels of the report's own blank nodes are none of theirs. Comments tell what was checked and what was not.
    Places are not in the vocabulary and left out.
    """
    new_node = _new_nodes(report)
    head = new_node()
    nodes = [new_node() for _ in report.findings]
    conforms = Literal(report.conforms(Severity.INFO))
    triples = [Triple(head, RDF("type"), SH("ValidationReport")), Triple(head, SH("conforms"), conforms)]
    told = [*filter(None, [count_checked(report)]), *(f"warning: {notice}" for notice in report.notices)]
    triples += [Triple(head, RDFS("comment"), Literal(text)) for text in told]
    triples += [Triple(head, SH("result"), node) for node in nodes]
    for node, finding in zip(nodes, report.findings, strict=True):
        triples += _result_to_triples(node, finding, new_node)
    return triples


def _result_to_triples(node: BlankNode, finding: Finding, new_node: NewNode) -> Iterator[Triple]:
    def link(name: str, text: str) -> Triple:
        return Triple(node, SH(name), to_term(text))

    yield Triple(node, RDF("type"), SH("ValidationResult"))
    yield link("resultSeverity", finding.grade or finding.severity.iri)
    yield link("focusNode", finding.focus_node)
    path, described = (None, []) if finding.path is None else path_to_triples(finding.path, new_node)
    if path is not None:
        yield Triple(node, SH("resultPath"), path)
    if finding.value is not None:
        yield link("value", finding.value)
    yield link("sourceShape", finding.source_shape)
    yield link("sourceConstraintComponent", finding.component)
    if finding.constraint is not None:
        yield link("sourceConstraint", finding.constraint)
    for text, language in finding.messages:
        yield Triple(node, SH("resultMessage"), _message(text, language))
    yield from described


def _message(text: str, language: str | None) -> Literal:
    plain = text.encode("utf-8", "replace").decode()
    return Literal(plain, language=language) if language else Literal(plain)


def _new_nodes(report: Report) -> NewNode:
    """Return a maker of blank nodes whose labels begin as none in the findings does."""
    terms = ((item.focus_node, item.value, item.source_shape, item.constraint) for item in report.findings)
    texts = (text or "" for found in terms for text in found)
    taken = [text for text in texts if text.startswith("_:")]
    prefix = "r"
    while any(text.startswith(f"_:{prefix}") for text in taken):
        prefix += "r"
    numbers = count()
    return lambda: BlankNode(f"{prefix}{next(numbers)}")


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
