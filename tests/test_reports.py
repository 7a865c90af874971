"""The renderings of a report: exact text, what other parsers read back, and data that tries to break out of them."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from html import unescape
from typing import Any

import pyoxigraph as ox
import pytest
from junitparser import Failure, JUnitXml, SystemOut, TestSuite
from markdown_it import MarkdownIt
from pyld import jsonld
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat
from rdflib import RDF, SH, Graph

from g7kg.assembly import Assembly
from g7kg.errors import Location
from g7kg.validation import (
    RENDERINGS,
    Finding,
    PathExpression,
    PathOperator,
    PropertyPath,
    Report,
    Severity,
    Shape,
    to_github,
    to_json,
    to_jsonld,
    to_junit,
    to_markdown,
    to_sarif,
    to_text,
    to_turtle,
    validate_quads,
)
from g7kg.validation.constraints import read_shapes
from g7kg.validation.paths import write_path
from g7kg.validation.results import read_findings
from g7kg.validation.terms import from_term, to_term
from g7kg.vocab import G7, IDENTIFIERS, XSD, graph_iri

SHAPES = "https://w3id.org/g7kg/shapes#"
MIN_COUNT, OR = f"{SH}MinCountConstraintComponent", f"{SH}OrConstraintComponent"
TestSuite.__test__ = False
RDFLIB_WARNS = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
"""Its own reader of JSON-LD uses what it deprecates."""


def g7(name: str) -> str:
    return G7(name).value


def path(operator: str, *parts: PropertyPath) -> PathExpression:
    return PathExpression(PathOperator[operator], parts)


ACT = Shape(f"{SHAPES}StatementShape-04", "speech act", "ST-04 (statement): it performs one act. Repair: add act.")
NAME = Shape(f"{SHAPES}PersonShape-02", "name", "PE-02 (person): a short name. Repair: shorten it.", Severity.WARNING)
UNUSED = Shape(f"{SHAPES}SpanShape-01", "start", "SP-01 (span): it has one start.")

NO_ACT = Finding(
    Severity.VIOLATION,
    f"{IDENTIFIERS}como/p1/s1",
    g7("speechAct"),
    None,
    ACT.iri,
    MIN_COUNT,
    ACT.message or "",
    Location("mappings/como.yaml", 7, 13),
    "en",
)
LONG_NAME = Finding(
    Severity.WARNING,
    "_:b0",
    path("SEQUENCE", path("INVERSE", g7("adopted")), g7("latest")),
    from_term(Literal("Ann | `Bee`\n<b>", language="en")),
    NAME.iri,
    OR,
    NAME.message or "",
    None,
    "en",
)
NUMBER = replace(NO_ACT, severity=Severity.INFO, value=from_term(Literal(7)), source_shape="_:x", message="7, why?")
REPORT = Report((NO_ACT, LONG_NAME, NUMBER), 1200, (NAME, UNUSED, ACT), "an engine 1.0")
EMPTY = Report((), 12)

HOSTILE = (
    "x\n::error::evil\r\n\t::warning::evil ]]> --> </failure><script>alert(1)</script> | a `b` ``` [l](http://e.example)"
    " <img src=x> **b** & 100% {0} ##[error]evil \x00\x07\x1b[31m\x9b\u2028\u202e\ufffe\uffff ' \" \\ \\| @team #1 :ok:"
)
EVIL = Report(
    (
        Finding(Severity.VIOLATION, from_term(Literal(HOSTILE)), HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        Finding(
            Severity.WARNING,
            HOSTILE,
            path("INVERSE", HOSTILE),
            from_term(Literal(HOSTILE, language="en")),
            f"{SHAPES}A",
            OR,
            HOSTILE,
            Location(HOSTILE, 3),
        ),
    ),
    1,
    (Shape(f"{SHAPES}A", HOSTILE, HOSTILE), Shape(HOSTILE, HOSTILE, HOSTILE)),
    HOSTILE,
)


def test_text() -> None:
    assert to_text(REPORT).splitlines() == [
        "violation: ST-04 (statement): it performs one act. Repair: add act.",
        "  mappings/como.yaml:7:13: id:como/p1/s1 at g7:speechAct",
        "",
        "warning: PE-02 (person): a short name. Repair: shorten it.",
        '  _:b0 has "Ann | `Bee`\\n<b>"@en at ^g7:adopted/g7:latest',
        "",
        "info: 7, why?",
        '  mappings/como.yaml:7:13: id:como/p1/s1 has "7"^^xsd:integer at g7:speechAct',
        "",
        "3 findings on 1,200 triples: 1 violation, 1 warning, 1 info",
    ]


def test_turtle() -> None:
    assert [line.strip() for line in to_turtle(replace(REPORT, findings=(NO_ACT, LONG_NAME))).splitlines()] == [
        "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .",
        "@prefix g7: <https://w3id.org/g7kg/ontology#> .",
        "@prefix sh: <http://www.w3.org/ns/shacl#> .",
        "_:r0 a sh:ValidationReport ;",
        "sh:conforms false ;",
        "sh:result _:r1 , _:r2 .",
        "_:r1 a sh:ValidationResult ;",
        "sh:resultSeverity sh:Violation ;",
        "sh:focusNode <https://w3id.org/g7kg/id/como/p1/s1> ;",
        "sh:resultPath g7:speechAct ;",
        "sh:sourceShape <https://w3id.org/g7kg/shapes#StatementShape-04> ;",
        "sh:sourceConstraintComponent sh:MinCountConstraintComponent ;",
        'sh:resultMessage "ST-04 (statement): it performs one act. Repair: add act."@en .',
        "_:r2 a sh:ValidationResult ;",
        "sh:resultSeverity sh:Warning ;",
        "sh:focusNode _:b0 ;",
        "sh:resultPath _:r4 ;",
        'sh:value "Ann | `Bee`\\n<b>"@en ;',
        "sh:sourceShape <https://w3id.org/g7kg/shapes#PersonShape-02> ;",
        "sh:sourceConstraintComponent sh:OrConstraintComponent ;",
        'sh:resultMessage "PE-02 (person): a short name. Repair: shorten it."@en .',
        "_:r4 rdf:first _:r3 ;",
        "rdf:rest _:r5 .",
        "_:r5 rdf:first g7:latest ;",
        "rdf:rest rdf:nil .",
        "_:r3 sh:inversePath g7:adopted .",
    ]


def test_jsonld() -> None:
    document = json.loads(to_jsonld(REPORT))
    assert (document["@context"], document["@type"], document["conforms"]) == (
        {"@vocab": "http://www.w3.org/ns/shacl#"},
        "ValidationReport",
        False,
    )
    assert document["result"][1] == {
        "@type": "ValidationResult",
        "resultSeverity": {"@id": "http://www.w3.org/ns/shacl#Warning"},
        "focusNode": {"@id": "_:b0"},
        "resultPath": {"@list": [{"inversePath": {"@id": g7("adopted")}}, {"@id": g7("latest")}]},
        "value": {"@value": "Ann | `Bee`\n<b>", "@language": "en"},
        "sourceShape": {"@id": NAME.iri},
        "sourceConstraintComponent": {"@id": OR},
        "resultMessage": {"@value": "PE-02 (person): a short name. Repair: shorten it.", "@language": "en"},
    }


def test_json() -> None:
    document = json.loads(to_json(REPORT))
    findings = document.pop("findings")
    assert list(document.items()) == [
        ("conforms", False),
        ("counts", {"violation": 1, "warning": 1, "info": 1}),
        ("triples", 1200),
        ("shapes", 3),
        ("engine", "an engine 1.0"),
    ]
    assert list(findings[1].items()) == [
        ("severity", "warning"),
        ("requirement", "PE-02"),
        ("name", "name"),
        ("message", "PE-02 (person): a short name. Repair: shorten it."),
        ("language", "en"),
        ("focusNode", {"type": "bnode", "value": "b0"}),
        ("path", f"^<{g7('adopted')}>/<{g7('latest')}>"),
        ("value", {"type": "literal", "value": "Ann | `Bee`\n<b>", "xml:lang": "en"}),
        ("sourceShape", NAME.iri),
        ("component", OR),
        ("file", None),
        ("line", None),
        ("column", None),
    ]
    assert [findings[0][key] for key in ("file", "line", "column", "value")] == ["mappings/como.yaml", 7, 13, None]
    assert findings[0]["focusNode"] == {"type": "uri", "value": f"{IDENTIFIERS}como/p1/s1"}
    assert findings[2]["value"] == {"type": "literal", "value": "7", "datatype": XSD("integer").value}
    assert (findings[2]["requirement"], findings[2]["name"]) == ("MinCount-speechAct", None)


def test_junit() -> None:
    assert to_junit(REPORT).splitlines() == [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<testsuites name="g7kg" tests="4" failures="1" errors="0">',
        '  <testsuite name="shapes" tests="4" failures="1" errors="0" skipped="0">',
        "    <properties>",
        '      <property name="triples" value="1200" />',
        '      <property name="engine" value="an engine 1.0" />',
        "    </properties>",
        '    <testcase classname="PersonShape" name="PE-02 name">',
        (
            '      <system-out>warning: _:b0 has "Ann | `Bee`\\n&lt;b&gt;"@en at ^g7:adopted/g7:latest: '
            "PE-02 (person): a short name. Repair: shorten it.</system-out>"
        ),
        "    </testcase>",
        '    <testcase classname="SpanShape" name="SP-01 start" />',
        '    <testcase classname="StatementShape" name="ST-04 speech act" file="mappings/como.yaml" line="7">',
        (
            '      <failure message="ST-04 (statement): it performs one act. Repair: add act." '
            'type="MinCountConstraintComponent">'
            "violation: mappings/como.yaml:7:13: id:como/p1/s1 at g7:speechAct</failure>"
        ),
        "    </testcase>",
        '    <testcase classname="MinCount" name="MinCount-speechAct" file="mappings/como.yaml" line="7">',
        (
            '      <system-out>info: mappings/como.yaml:7:13: id:como/p1/s1 has "7"^^xsd:integer at g7:speechAct: '
            "7, why?</system-out>"
        ),
        "    </testcase>",
        "  </testsuite>",
        "</testsuites>",
    ]


def test_sarif() -> None:
    run = json.loads(to_sarif(REPORT))["runs"][0]
    assert run["tool"]["driver"]["rules"][2] == {
        "id": "ST-04",
        "name": "speech act",
        "shortDescription": {"text": "ST-04 (statement): it performs one act."},
        "fullDescription": {"text": "ST-04 (statement): it performs one act. Repair: add act."},
        "help": {"text": "add act."},
        "defaultConfiguration": {"level": "error"},
        "properties": {"shape": ACT.iri},
    }
    fingerprint = run["results"][0].pop("partialFingerprints")["primaryLocationLineHash"]
    assert re.fullmatch(r"[0-9a-f]{16}:1", fingerprint)
    assert run["results"][0] == {
        "ruleId": "ST-04",
        "ruleIndex": 2,
        "level": "error",
        "message": {"text": "ST-04 (statement): it performs one act. Repair: add act. (id:como/p1/s1 at g7:speechAct)"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "mappings/como.yaml"},
                    "region": {"startLine": 7, "startColumn": 13},
                },
                "logicalLocations": [{"fullyQualifiedName": f"{IDENTIFIERS}como/p1/s1"}],
            }
        ],
    }
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]


def test_github() -> None:
    assert to_github(REPORT).splitlines() == [
        (
            "::error file=mappings/como.yaml,line=7,col=13,title=ST-04 speech act"
            "::ST-04 (statement): it performs one act. Repair: add act.%0Aid:como/p1/s1 at g7:speechAct"
        ),
        (
            "::warning title=PE-02 name::PE-02 (person): a short name. Repair: shorten it."
            '%0A_:b0 has "Ann | `Bee`\\n<b>"@en at ^g7:adopted/g7:latest'
        ),
        (
            "::notice file=mappings/como.yaml,line=7,col=13,title=MinCount-speechAct"
            '::7, why?%0Aid:como/p1/s1 has "7"^^xsd:integer at g7:speechAct'
        ),
    ]


def test_github_escapes_what_ends_a_property() -> None:
    placed = replace(NO_ACT, location=Location("a,b:c%.yaml"))
    assert to_github(Report((placed,), 1)).startswith("::error file=a%2Cb%3Ac%25.yaml,title=ST-04::")


def test_markdown() -> None:
    assert to_markdown(REPORT).splitlines() == [
        "**Does not conform**: 1 violation, 1 warning, 1 info (1,200 triples, 3 shapes).",
        "",
        "| Severity | Shape | Findings | Requirement |",
        "| --- | --- | --- | --- |",
        "| violation | ST-04 speech act | 1 | ST-04 (statement): it performs one act. Repair: add act. |",
        "| warning | PE-02 name | 1 | PE-02 (person): a short name. Repair: shorten it. |",
        "| info | MinCount-speechAct | 1 | 7, why? |",
        "",
        "| Severity | Shape | Place | Finding |",
        "| --- | --- | --- | --- |",
        "| violation | ST-04 | mappings/como.yaml&#58;7&#58;13 | id&#58;como/p1/s1 at g7&#58;speechAct |",
        (
            "| warning | PE-02 | – | &#95;&#58;b0 has &#34;Ann &#124; &#96;Bee&#96;&#92;n&#60;b&#62;&#34;&#64;en "
            "at ^g7&#58;adopted/g7&#58;latest |"
        ),
        (
            "| info | MinCount-speechAct | mappings/como.yaml&#58;7&#58;13 | id&#58;como/p1/s1 has "
            "&#34;7&#34;^^xsd&#58;integer at g7&#58;speechAct |"
        ),
    ]


def test_markdown_with_warnings_alone_tells_of_no_violation_and_lists_a_hundred() -> None:
    lines = to_markdown(replace(REPORT, findings=(LONG_NAME,) * 101)).splitlines()
    assert lines[0] == "**No violation**: 101 warnings (1,200 triples, 3 shapes)."
    assert lines[-1] == "These are the first 100 of 101 findings."
    assert len([line for line in lines if line.startswith("| warning | PE-02 |")]) == 100


def test_markdown_stays_below_the_size_that_github_takes() -> None:
    long = "\x1b|\n" * 1000
    findings = [
        replace(NO_ACT, source_shape=f"{SHAPES}{n}{long}", message=long, value=long, location=Location(long))
        for n in range(200)
    ]
    text = to_markdown(Report(tuple(findings), 1))
    assert len(text.encode()) < 1 << 20
    assert "These are the first 100 of 200 rows." in text


EMPTY_TEXTS = {
    "text": "conforms: 12 triples, no findings",
    "ttl": "@prefix sh: <http://www.w3.org/ns/shacl#> .\n_:r0 a sh:ValidationReport ;\n\tsh:conforms true .",
    "github": "",
    "markdown": "**Conforms**: no findings (12 triples).",
}


@pytest.mark.parametrize("name", EMPTY_TEXTS)
def test_empty_report(name: str) -> None:
    assert RENDERINGS[name].write(EMPTY) == EMPTY_TEXTS[name]


def test_empty_report_in_json() -> None:
    context = {"@vocab": "http://www.w3.org/ns/shacl#"}
    empty = {"@context": context, "@type": "ValidationReport", "conforms": True, "result": []}
    assert json.loads(to_jsonld(EMPTY)) == empty
    plain = json.loads(to_json(EMPTY))
    assert (plain["conforms"], plain["findings"], plain["engine"]) == (True, [], None)
    run = json.loads(to_sarif(EMPTY))["runs"][0]
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])
    assert [suite.tests for suite in JUnitXml.fromstring(to_junit(EMPTY).encode())] == [0]


@pytest.mark.parametrize("name", RENDERINGS)
def test_renderings_end_without_a_line_end_and_are_always_the_same(name: str) -> None:
    for report in (REPORT, EMPTY, EVIL):
        text = RENDERINGS[name].write(report)
        assert text == RENDERINGS[name].write(report)
        assert not text.endswith("\n")


PATHS: dict[str, PropertyPath] = {
    "<x:a>": "x:a",
    "^<x:a>": path("INVERSE", "x:a"),
    "^<x:a>/<x:b>": path("SEQUENCE", path("INVERSE", "x:a"), "x:b"),
    "^(<x:a>/<x:b>)": path("INVERSE", path("SEQUENCE", "x:a", "x:b")),
    "<x:a>/(<x:b>|<x:c>*)": path("SEQUENCE", "x:a", path("ALTERNATIVE", "x:b", path("ZERO_OR_MORE", "x:c"))),
    "<x:a>/<x:b>|^<x:c>+": path(
        "ALTERNATIVE", path("SEQUENCE", "x:a", "x:b"), path("INVERSE", path("ONE_OR_MORE", "x:c"))
    ),
    "(^<x:a>)?": path("ZERO_OR_ONE", path("INVERSE", "x:a")),
    "(<x:a>/<x:b>)/<x:c>": path("SEQUENCE", path("SEQUENCE", "x:a", "x:b"), "x:c"),
    "(<x:a>*)+": path("ONE_OR_MORE", path("ZERO_OR_MORE", "x:a")),
}


@pytest.mark.parametrize("text", PATHS)
def test_paths_are_written_as_sparql_reads_them(text: str) -> None:
    assert write_path(PATHS[text]) == text
    ox.Store().query(f"ASK {{ ?s {text} ?o }}")


TERMS: list[NamedNode | BlankNode | Literal] = [
    Literal(""),
    Literal('"quoted" \\ \n\r\t]]>'),
    Literal("words", language="en"),
    Literal("words", language="it-it"),
    Literal("2024-10-14", datatype=XSD("date")),
    Literal("9999", datatype=XSD("nonNegativeInteger")),
    Literal("true", datatype=XSD("boolean")),
    Literal("_:b0"),
    Literal("https://example.org/"),
    NamedNode("sh:Violation"),
    NamedNode("https://example.org/a(b)'é*&,;:d#::x"),
    NamedNode("https://w3id.org/g7kg/id/como/p1"),
]


@pytest.mark.parametrize("term", [*TERMS, BlankNode("b0")], ids=str)
def test_terms_of_a_report_are_read_as_they_were_written(term: NamedNode | BlankNode | Literal) -> None:
    assert to_term(from_term(term)) == term


@pytest.mark.parametrize("text", ["", "no IRI", '"open', '"a" . <x:s> <x:p> "b"', "_:not a label", "\ud800"])
def test_text_that_is_no_term_is_taken_for_words(text: str) -> None:
    assert to_term(text) == Literal(text.replace("\ud800", "?"))


VALUES = [from_term(term) for term in TERMS]
AWKWARD = Report(
    tuple(
        Finding(severity, "https://example.org/x", way, value, ACT.iri, OR, message, None, language)
        for severity in sorted(Severity, reverse=True)
        for way in (None, *(PATHS[text] for text in PATHS))
        for value in VALUES
        for message, language in [("Words: “é” \n ]]> \\", "en"), ("", None)]
    ),
    1,
)


def in_order(findings: tuple[Finding, ...]) -> list[str]:
    return sorted(map(repr, findings))


def as_nquads(text: str) -> str:
    """Return JSON-LD as the N-Quads that PyLD makes of it."""
    nquads = jsonld.to_rdf(json.loads(text), {"format": "application/n-quads"})
    assert isinstance(nquads, str)
    return nquads


@RDFLIB_WARNS
@pytest.mark.parametrize("form", ["turtle", "json-ld", "json-ld by PyLD", "turtle by Oxigraph"])
def test_the_same_findings_are_read_back(form: str) -> None:
    graph = Graph()
    if form == "json-ld by PyLD":
        graph.parse(data=as_nquads(to_jsonld(AWKWARD)), format="nt")
    elif form == "turtle by Oxigraph":
        triples = {quad.triple for quad in ox.parse(to_turtle(AWKWARD), format=RdfFormat.TURTLE)}
        graph.parse(data=ox.serialize(triples, format=RdfFormat.N_TRIPLES) or b"", format="nt")
    else:
        graph.parse(data=to_turtle(AWKWARD) if form == "turtle" else to_jsonld(AWKWARD), format=form)
    assert in_order(read_findings(graph)) == in_order(AWKWARD.findings)
    (head,) = graph.subjects(RDF.type, SH.ValidationReport)
    assert graph.value(head, SH.conforms).toPython() is False  # type: ignore[union-attr]


def test_turtle_and_jsonld_say_the_same() -> None:
    datasets = [ox.Dataset(ox.parse(to_turtle(REPORT), format=RdfFormat.TURTLE))]
    datasets.append(ox.Dataset(ox.parse(as_nquads(to_jsonld(REPORT)), format=RdfFormat.N_QUADS)))
    for dataset in datasets:
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert datasets[0] == datasets[1]


def test_blank_nodes_of_the_data_are_none_of_the_reports_own() -> None:
    findings = tuple(replace(LONG_NAME, focus_node=f"_:{label}") for label in ("r0", "rr1", "r2", "rrr"))
    graph = Graph().parse(data=to_turtle(Report(findings, 1)), format="turtle")
    assert len(set(graph.objects(None, SH.focusNode)) | set(graph.objects(None, SH.result))) == 8


def test_a_warning_alone_is_no_conformance_in_shacl() -> None:
    report = replace(REPORT, findings=(LONG_NAME,))
    assert report.conforms()
    assert "sh:conforms false" in to_turtle(report)
    assert json.loads(to_jsonld(report))["conforms"] is json.loads(to_json(report))["conforms"] is False


def test_junit_is_read_by_another_parser() -> None:
    (suite,) = JUnitXml.fromstring(to_junit(REPORT).encode())
    assert (suite.name, suite.tests, suite.failures, suite.errors) == ("shapes", 4, 1, 0)
    results = {case.name: [type(result) for result in case] for case in suite}
    assert results == {
        "PE-02 name": [SystemOut],
        "SP-01 start": [],
        "ST-04 speech act": [Failure],
        "MinCount-speechAct": [SystemOut],
    }


SARIF_REQUIRED = {
    "sarifLog": ("version", "runs"),
    "run": ("tool",),
    "tool": ("driver",),
    "toolComponent": ("name",),
    "reportingDescriptor": ("id",),
    "multiformatMessageString": ("text",),
    "result": ("message",),
}
"""The properties that the schema of SARIF 2.1.0 requires of the objects that are written here."""

GITHUB_REQUIRED = ("shortDescription", "fullDescription", "help")
"""What GitHub requires of a rule besides."""


def check_sarif(log: dict[str, Any]) -> None:
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    rules = driver["rules"]
    texts = [rule[key] for rule in rules for key in GITHUB_REQUIRED]
    objects = [("sarifLog", log), ("run", run), ("tool", run["tool"]), ("toolComponent", driver)]
    objects += [("reportingDescriptor", rule) for rule in rules]
    objects += [("multiformatMessageString", text) for text in texts]
    objects += [("result", result) for result in run["results"]]
    assert all(name in value for kind, value in objects for name in SARIF_REQUIRED[kind])
    assert log["version"] == "2.1.0"
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        check_result(result, rules)


def check_result(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in {"error", "warning", "note"}
    assert result["message"]["text"]
    (location,) = result["locations"]
    uri = location["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[\w./~%-]+", uri, re.ASCII)
    assert location["physicalLocation"].get("region", {"startLine": 1})["startLine"] >= 1
    assert list(result["partialFingerprints"]) == ["primaryLocationLineHash"]


@pytest.mark.parametrize("report", [REPORT, EVIL, EMPTY, AWKWARD], ids=["usual", "hostile", "empty", "awkward"])
def test_sarif_has_what_its_schema_and_github_require(report: Report) -> None:
    check_sarif(json.loads(to_sarif(report)))


def fingerprints(*findings: Finding) -> list[str]:
    results = json.loads(to_sarif(Report(findings, 1)))["runs"][0]["results"]
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]


def test_fingerprints_last_when_lines_move_and_tell_findings_apart() -> None:
    moved = replace(NO_ACT, location=Location("mappings/como.yaml", 99, 1))
    assert fingerprints(NO_ACT) == fingerprints(moved)
    assert fingerprints(LONG_NAME) == fingerprints(replace(LONG_NAME, focus_node="_:other"))
    assert len(set(fingerprints(NO_ACT, moved, NUMBER, LONG_NAME))) == 4


def test_sarif_writes_paths_as_uris() -> None:
    findings = [replace(NO_ACT, location=Location(name, 1)) for name in ("a b/ü.yaml", "/x y", "C:é\\z", "x")]
    results = json.loads(to_sarif(Report(tuple(findings), 1)))["runs"][0]["results"]
    places = [result["locations"][0]["physicalLocation"] for result in results]
    uris = [place["artifactLocation"]["uri"] for place in places]
    assert uris == ["a%20b/%C3%BC.yaml", "file:///x%20y", "C%3A%C3%A9/z", "x"]
    assert places[3]["region"] == {"startLine": 1}


def test_findings_without_places_are_rendered() -> None:
    report = Report((replace(NO_ACT, location=None), replace(NO_ACT, location=Location())), 1)
    assert to_text(report).splitlines()[1:3] == ["  id:como/p1/s1 at g7:speechAct"] * 2
    assert {line.partition("::ST")[0] for line in to_github(report).splitlines()} == {"::error title=ST-04"}
    assert "| ST-04 | – |" in to_markdown(report)
    assert "line=" not in to_junit(report)
    results = json.loads(to_sarif(report))["runs"][0]["results"]
    assert [result["locations"][0]["physicalLocation"] for result in results] == [
        {"artifactLocation": {"uri": "unknown"}}
    ] * 2


def control_characters(text: str) -> set[str]:
    return {character for character in text if unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}}


@pytest.mark.parametrize("name", ["text", "junit", "github", "markdown"])
def test_hostile_text_breaks_no_line_and_controls_no_terminal(name: str) -> None:
    text = RENDERINGS[name].write(EVIL)
    assert control_characters(text) == {"\n"}
    assert not set("\u202e\ufffe\uffff") & set(text)


@pytest.mark.parametrize("name", ["text", "junit", "markdown"])
def test_hostile_text_gives_no_workflow_command(name: str) -> None:
    text = RENDERINGS[name].write(EVIL)
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert "##[" not in text


def test_hostile_text_gives_no_further_annotation() -> None:
    lines = to_github(EVIL).splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::warning"]
    command = r"::\w+ (\w+=[^,:]*)(,\w+=[^,:]*)*::.*"
    assert all(re.fullmatch(command, line) for line in lines)
    assert not [line for line in lines if re.search(r"%(?!25|0A|0D|3A|2C)", line)]


def test_hostile_text_does_not_start_a_line_of_text_with_a_command() -> None:
    findings = [replace(NO_ACT, focus_node=node, location=None, path=None) for node in ("::error::x", " ::error::x")]
    placed = replace(NO_ACT, location=Location("::error::x.yaml", 1))
    lines = to_text(Report((*findings, placed), 1)).splitlines()
    assert not [line for line in lines if line.lstrip().startswith("::")]


def test_hostile_text_stays_in_its_element() -> None:
    (suite,) = JUnitXml.fromstring(to_junit(EVIL).encode())
    assert [len(list(case)) for case in suite] == [1, 1]
    assert suite.failures == 1
    (failure,) = (result for case in suite for result in case if isinstance(result, Failure))
    assert "</failure><script>alert(1)</script>" in failure.message
    assert "]]>" in failure.text


def test_hostile_text_stays_in_its_cell() -> None:
    lines = [line for line in to_markdown(EVIL).splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {5}
    cells = [cell for line in lines if "---" not in line for cell in line.strip("| ").split(" | ")]
    assert not [cell for cell in cells if re.search(r"[<>`*\[\]\\$]|&(?!#\d+;)|https?:|@\w|:ok:", cell)]
    assert any("<script>alert(1)</script> | a `b`" in unescape(cell) for cell in cells)


def test_hostile_text_is_nothing_but_text_to_a_parser_of_markdown() -> None:
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    cells = [token for token in reader.parse(to_markdown(EVIL)) if token.type == "inline" and token.level > 1]
    assert len(cells) == 4 + 2 * 4 + 4 + 2 * 4
    assert {part.type for cell in cells for part in cell.children or []} == {"text"}


def test_hostile_text_gives_no_link_or_placeholder_in_sarif() -> None:
    run = json.loads(to_sarif(EVIL))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    texts = [result["message"] for result in run["results"]] + [rule[key] for rule in rules for key in GITHUB_REQUIRED]
    assert all(r"\[l\](" in text["text"] for text in texts)
    left = "".join(re.sub(r"\\[\\\[\]]|\{\{|\}\}", "", text["text"]) for text in texts)
    assert not set("[]{}\\") & set(left)


@RDFLIB_WARNS
@pytest.mark.parametrize("name", ["ttl", "jsonld"])
def test_hostile_text_stays_in_its_literal(name: str) -> None:
    form = {"ttl": "turtle", "jsonld": "json-ld"}[name]
    graph = Graph().parse(data=RENDERINGS[name].write(EVIL), format=form)
    assert len(list(graph.subjects(SH.resultMessage))) == 2
    assert {str(value) for value in graph.objects(None, SH.resultMessage)} == {HOSTILE}
    assert {str(value) for value in graph.objects(None, SH.focusNode)} == {HOSTILE}


def test_hostile_text_is_itself_in_json() -> None:
    finding = json.loads(to_json(EVIL))["findings"][0]
    assert (finding["message"], finding["focusNode"]["value"], finding["value"]["value"]) == (HOSTILE,) * 3


@pytest.mark.parametrize("name", RENDERINGS)
def test_half_a_surrogate_pair_can_be_encoded(name: str) -> None:
    odd = replace(NO_ACT, focus_node="\ud800", value='"\udfff"', message="\ud83d", location=Location("\ud800", 1))
    assert RENDERINGS[name].write(Report((odd,), 1)).encode()


def test_long_values_are_cut_where_people_read() -> None:
    report = Report((replace(NO_ACT, value=from_term(Literal("x" * 1000))),), 1)
    for name in ("text", "junit", "github", "markdown"):
        assert "x" * 301 not in RENDERINGS[name].write(report)
    for name in ("ttl", "jsonld", "json"):
        assert "x" * 1000 in RENDERINGS[name].write(report)


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
    )


def test_the_report_tells_shapes_and_engine_and_keeps_the_labels_of_blank_nodes() -> None:
    report = validate_quads(quads(DATA), quads(SHAPES_GRAPH))
    assert [shape.iri for shape in report.shapes] == ["x:A1", "x:B"]
    assert re.fullmatch(r"pySHACL \d+\.\d+\.\d+", report.engine)
    assert "_:n" in {finding.focus_node for finding in report.findings}
    assert [len(findings) for _, findings in report.by_shape()] == [1, 2, 1]
    assert [shape.iri for shape, _ in report.by_shape()][:2] == ["x:A1", "x:B"]


def test_every_shape_of_the_project_is_a_case_and_a_rule(assembly: Assembly) -> None:
    report = Report((), len(assembly.quads), read_shapes(assembly.shapes))
    (suite,) = JUnitXml.fromstring(to_junit(report).encode())
    rules = json.loads(to_sarif(report))["runs"][0]["tool"]["driver"]["rules"]
    assert len({(case.classname, case.name) for case in suite}) == len(rules) == len(report.shapes) > 100
    assert all(shape.name and shape.repair and shape.id != shape.local_name for shape in report.shapes)
