"""Hostile text in a report, the shapes that it tells, and long values."""

import json
import re
import unicodedata
from dataclasses import replace
from html import unescape

import pyoxigraph as ox
import pytest
from junitparser import Failure, JUnitXml
from markdown_it import MarkdownIt
from pyoxigraph import Literal, Quad, RdfFormat
from rdflib import SH, Graph
from tests.helpers.reports import EVIL, GITHUB_REQUIRED, HOSTILE, NO_ACT, RDFLIB_WARNS, SHAPES, g7, path, write

from g7kg.build.assembly import Assembly
from g7kg.errors import Location
from g7kg.rdf.paths import PropertyPath
from g7kg.rdf.terms import from_term
from g7kg.rdf.vocab import graph_iri
from g7kg.shacl import RENDERINGS, Report, Severity, Shape, validate_quads
from g7kg.shacl.constraints import read_shapes


def control_characters(text: str) -> set[str]:
    return {character for character in text if unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}}


@pytest.mark.parametrize("name", ["text", "junit", "github", "markdown"])
def test_hostile_text_breaks_no_line_and_controls_no_terminal(name: str) -> None:
    text = write(name, EVIL)
    assert control_characters(text) == {"\n"}
    assert not set("\u202e\ufffe\uffff") & set(text)


@pytest.mark.parametrize("name", ["text", "junit", "markdown"])
def test_hostile_text_gives_no_workflow_command(name: str) -> None:
    text = write(name, EVIL)
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert "##[" not in text


def test_hostile_text_gives_no_further_annotation() -> None:
    lines = write("github", EVIL).splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::warning"]
    command = r"::\w+ (\w+=[^,:]*)(,\w+=[^,:]*)*::.*"
    assert all(re.fullmatch(command, line) for line in lines)
    assert not [line for line in lines if re.search(r"%(?!25|0A|0D|3A|2C)", line)]


def test_hostile_text_does_not_start_a_line_of_text_with_a_command() -> None:
    findings = [replace(NO_ACT, focus_node=node, location=None, path=None) for node in ("::error::x", " ::error::x")]
    placed = replace(NO_ACT, location=Location("::error::x.yaml", 1))
    lines = write("text", Report((*findings, placed), 1)).splitlines()
    assert not [line for line in lines if line.lstrip().startswith("::")]


def test_hostile_text_stays_in_its_element() -> None:
    (suite,) = JUnitXml.fromstring(write("junit", EVIL).encode())
    assert [len(list(case)) for case in suite] == [1, 1]
    assert suite.failures == 1
    (failure,) = (result for case in suite for result in case if isinstance(result, Failure))
    assert "</failure><script>alert(1)</script>" in failure.message
    assert "]]>" in failure.text


def test_hostile_text_stays_in_its_cell() -> None:
    lines = [line for line in write("markdown", EVIL).splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {5}
    cells = [cell for line in lines if "---" not in line for cell in line.strip("| ").split(" | ")]
    assert not [cell for cell in cells if re.search(r"[<>`*\[\]\\$]|&(?!#\d+;)|https?:|@\w|:ok:", cell)]
    assert any("<script>alert(1)</script> | a `b`" in unescape(cell) for cell in cells)


def test_hostile_text_is_nothing_but_text_to_a_parser_of_markdown() -> None:
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    cells = [token for token in reader.parse(write("markdown", EVIL)) if token.type == "inline" and token.level > 1]
    assert len(cells) == 4 + 2 * 4 + 4 + 2 * 4
    assert {part.type for cell in cells for part in cell.children or []} == {"text"}


def test_hostile_text_gives_no_link_or_placeholder_in_sarif() -> None:
    run = json.loads(write("sarif", EVIL))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    texts = [result["message"] for result in run["results"]] + [rule[key] for rule in rules for key in GITHUB_REQUIRED]
    assert all(r"\[l\](" in text["text"] for text in texts)
    left = "".join(re.sub(r"\\[\\\[\]]|\{\{|\}\}", "", text["text"]) for text in texts)
    assert not set("[]{}\\") & set(left)


@RDFLIB_WARNS
@pytest.mark.parametrize("name", ["ttl", "jsonld"])
def test_hostile_text_stays_in_its_literal(name: str) -> None:
    form = {"ttl": "turtle", "jsonld": "json-ld"}[name]
    graph = Graph().parse(data=write(name, EVIL), format=form)
    assert len(list(graph.subjects(SH.resultMessage))) == 2
    assert {str(value) for value in graph.objects(None, SH.resultMessage)} == {HOSTILE}
    assert {str(value) for value in graph.objects(None, SH.focusNode)} == {HOSTILE}


def test_hostile_text_is_itself_in_json() -> None:
    finding = json.loads(write("json", EVIL))["findings"][0]
    assert (finding["message"], finding["focusNode"]["value"], finding["value"]["value"]) == (HOSTILE,) * 3


@pytest.mark.parametrize("name", RENDERINGS)
def test_half_a_surrogate_pair_can_be_encoded(name: str) -> None:
    odd = replace(NO_ACT, focus_node="\ud800", value='"\udfff"', message="\ud83d", location=Location("\ud800", 1))
    assert write(name, Report((odd,), 1)).encode()


def test_long_values_are_cut_where_people_read() -> None:
    report = Report((replace(NO_ACT, value=from_term(Literal("x" * 1000))),), 1)
    for name in ("text", "junit", "github", "markdown"):
        assert "x" * 301 not in write(name, report)
    for name in ("ttl", "jsonld", "json"):
        assert "x" * 1000 in write(name, report)


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("ST-04 (statement): it …", "ST-04"),
        ("R-ST-104: it …", "R-ST-104"),
        ("ST-04", "ST-04"),
        ("UTF-8 is meant", "Shape-1"),
        ("It has R-04: inside", "Shape-1"),
        ("st-04 (statement)", "Shape-1"),
        (None, "Shape-1"),
    ],
)
def test_the_id_of_a_shape_is_its_number_or_its_local_name(message: str | None, number: str) -> None:
    assert Shape(f"{SHAPES}Shape-1", None, message).id == number


def test_shapes_without_an_iri_are_told_apart_by_what_they_constrain() -> None:
    ways: list[PropertyPath | None] = [g7("act"), g7("act"), path("INVERSE", g7("act")), None]
    report = Report(
        tuple(replace(NO_ACT, source_shape=f"_:{n}", path=way, message="") for n, way in enumerate(ways)), 1
    )
    assert {shape.id: len(findings) for shape, findings in report.by_shape()} == {
        "MinCount-act": 2,
        "MinCount-^act": 1,
        "MinCount": 1,
    }


SHAPES_GRAPH = """
    @prefix sh: <http://www.w3.org/ns/shacl#> .
    @prefix : <x:> .
    :A sh:property :A1 , [ sh:path :q ; sh:minCount 1 ] ; sh:targetClass :A .
    :A1 sh:path :p ; sh:name "nom"@fr , "name"@en ; sh:severity sh:Warning ; sh:minCount 2 .
    :B sh:message "B-01: it is a literal." ; sh:nodeKind sh:Literal ; sh:targetClass :A .
    :C sh:path :p ; sh:deactivated true .
"""


DATA = "@prefix : <x:> . [] a :A ; :p 7 . _:n a :A ; :p 1 , 2 ; :q 3 ."


def quads(text: str) -> list[Quad]:
    graph = graph_iri("registry")
    return [Quad(quad.subject, quad.predicate, quad.object, graph) for quad in ox.parse(text, format=RdfFormat.TURTLE)]


def test_shapes_are_read_that_constrain_by_themselves() -> None:
    assert read_shapes(quads(SHAPES_GRAPH)) == (
        Shape("x:A1", "name", None, Severity.WARNING),
        Shape("x:B", None, "B-01: it is a literal."),
        Shape("_:MinCount-x:q"),
    )


def test_the_report_tells_shapes_and_engine_and_keeps_the_labels_of_blank_nodes() -> None:
    report = validate_quads(quads(DATA), quads(SHAPES_GRAPH))
    assert [shape.iri for shape in report.shapes] == ["x:A1", "x:B", "_:MinCount-x:q"]
    assert re.fullmatch(r"pySHACL \d+\.\d+\.\d+", report.engine)
    assert "_:n" in {finding.focus_node for finding in report.findings}
    assert [len(findings) for _, findings in report.by_shape()] == [1, 2, 1]
    assert [shape.iri for shape, _ in report.by_shape()][:2] == ["x:A1", "x:B"]


def test_every_shape_of_the_project_is_a_case_and_a_rule(assembly: Assembly) -> None:
    report = Report((), len(assembly.quads), read_shapes(assembly.shapes))
    (suite,) = JUnitXml.fromstring(write("junit", report).encode())
    rules = json.loads(write("sarif", report))["runs"][0]["tool"]["driver"]["rules"]
    assert len({(case.classname, case.name) for case in suite}) == len(rules) == len(report.shapes) > 100
    assert all(shape.name and shape.repair and shape.id != shape.local_name for shape in report.shapes)
