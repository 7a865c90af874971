"""The W3C's tests of SHACL (https://w3c.github.io/data-shapes/data-shapes-test-suite/), through the check of files."""

from pathlib import Path
from typing import Final

import pytest
from rdflib import RDF, SH, BNode, Graph, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.term import Node
from tests.helpers.project import SHARED, needs_engine
from tests.helpers.w3c import MF

from g7kg.errors import G7kgError
from g7kg.sandbox.checking import check
from g7kg.sandbox.exchange import CheckRequest, Source

SUITE: Final = SHARED / "w3c/shacl/tests"
SHT: Final = Namespace("http://www.w3.org/ns/shacl-test#")
KINDS: Final = {"core": 97, "sparql": 22}
"""How many tests of each kind pass at least."""

TOLD: Final = (
    *(SH.focusNode, SH.resultPath, SH.resultSeverity, SH.sourceConstraint, SH.sourceConstraintComponent),
    *(SH.sourceShape, SH.value),
)


def list_tests(kind: str) -> list[Path]:
    found = sorted(SUITE.joinpath(kind).rglob("*.ttl"))
    return [path for path in found if b"sht:Validate" in path.read_bytes()]


def extract(graph: Graph, report: Node, *, messages: bool) -> Graph:
    """Return what ``graph`` says of a report in the terms that the suite compares."""
    told = Graph()
    for conforms in graph.objects(report, SH.conforms):
        told.add((report, SH.conforms, conforms))
    for result in graph.objects(report, SH.result):
        told.add((report, SH.result, result))
        for predicate in (*TOLD, *([SH.resultMessage] if messages else [])):
            for value in graph.objects(result, predicate):
                told.add((result, predicate, value))
                if predicate == SH.resultPath:
                    copy_path(graph, value, told)
    return told


def copy_path(graph: Graph, node: Node, told: Graph) -> None:
    if isinstance(node, BNode) and (node, None, None) not in told:
        for predicate, value in graph.predicate_objects(node):
            told.add((node, predicate, value))
            copy_path(graph, value, told)


def source(path: Path) -> Source:
    return Source(str(path), "ttl", path.read_bytes())


def run(path: Path, engine: str) -> str:
    """Return ``passed``, ``failed``, or ``refused`` with the reason."""
    graph = Graph().parse(path, publicID=path.as_uri())
    entry = graph.value(None, RDF.type, SHT.Validate)
    action, expected = graph.value(entry, MF.action), graph.value(entry, MF.result)
    files = [Path(str(graph.value(action, name)).removeprefix("file://")) for name in (SHT.dataGraph, SHT.shapesGraph)]
    data, shapes = (source(file) for file in files)
    try:
        outcome = check(CheckRequest((data,), (shapes,), "ttl", 1 << 30, engine), (), (), {})
    except G7kgError as error:
        return "passed" if expected == SHT.Failure else f"refused: {error}"
    if not isinstance(expected, BNode):
        return "failed: it should have been refused"
    got = Graph().parse(data=outcome.text, format="turtle")
    head = got.value(None, RDF.type, SH.ValidationReport)
    assert isinstance(head, BNode | URIRef)
    messages = any(graph.value(result, SH.resultMessage) for result in graph.objects(expected, SH.result))
    wanted, given = extract(graph, expected, messages=messages), extract(got, head, messages=messages)
    return "passed" if isomorphic(wanted, given) else "failed"


@pytest.mark.skipif(not SUITE.is_dir(), reason="needs ../shared/w3c/shacl beside the clone")
@pytest.mark.parametrize("kind", KINDS)
def test_the_default_engine_passes_the_suite(kind: str) -> None:
    answers = {path.relative_to(SUITE): run(path, "pyshacl") for path in list_tests(kind)}
    others = {str(path): answer for path, answer in answers.items() if answer != "passed"}
    assert len(answers) - len(others) >= KINDS[kind], others


@pytest.mark.skipif(not SUITE.is_dir(), reason="needs ../shared/w3c/shacl beside the clone")
def test_what_the_fast_engine_does_not_refuse_is_right() -> None:
    needs_engine()
    answers = {str(path.relative_to(SUITE)): run(path, "shacl") for kind in KINDS for path in list_tests(kind)}
    assert [path for path, answer in answers.items() if answer.startswith("failed")] == []
    assert list(answers.values()).count("passed") >= 80
