"""Each rendering of a report, to the letter."""

import json
import re
from dataclasses import replace

import pytest
from junitparser import JUnitXml
from tests.helpers.reports import ACT, EMPTY, EVIL, LONG_NAME, NAME, NO_ACT, OR, REPORT, SHAPES, g7, write

from g7kg.errors import Location
from g7kg.rdf.vocab import IDENTIFIERS, XSD
from g7kg.shacl import RENDERINGS, Report


def test_text() -> None:
    assert write("text", REPORT).splitlines() == [
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
    assert [line.strip() for line in write("ttl", replace(REPORT, findings=(NO_ACT, LONG_NAME))).splitlines()] == [
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
    document = json.loads(write("jsonld", REPORT))
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
    document = json.loads(write("json", REPORT))
    findings = document.pop("findings")
    assert list(document.items()) == [
        ("conforms", False),
        ("counts", {"violation": 1, "warning": 1, "info": 1}),
        ("triples", 1200),
        ("shapes", 3),
        ("engine", "an engine 1.0"),
        ("focusNodes", None),
        ("checkingShapes", None),
        ("warnings", []),
    ]
    assert list(findings[1].items()) == [
        ("severity", "warning"),
        ("grade", None),
        ("requirement", "PE-02"),
        ("name", "name"),
        ("message", "PE-02 (person): a short name. Repair: shorten it."),
        ("language", "en"),
        ("otherMessages", []),
        ("focusNode", {"type": "bnode", "value": "b0"}),
        ("path", f"^<{g7('adopted')}>/<{g7('latest')}>"),
        ("value", {"type": "literal", "value": "Ann | `Bee`\n<b>", "xml:lang": "en"}),
        ("sourceShape", NAME.iri),
        ("component", OR),
        ("sourceConstraint", None),
        ("file", None),
        ("line", None),
        ("column", None),
    ]
    assert [findings[0][key] for key in ("file", "line", "column", "value")] == ["mappings/como.yaml", 7, 13, None]
    assert findings[0]["focusNode"] == {"type": "uri", "value": f"{IDENTIFIERS}como/p1/s1"}
    assert findings[2]["value"] == {"type": "literal", "value": "7", "datatype": XSD("integer").value}
    assert (findings[2]["requirement"], findings[2]["name"]) == ("MinCount-speechAct", None)


def test_junit() -> None:
    assert write("junit", REPORT).splitlines() == [
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
    run = json.loads(write("sarif", REPORT))["runs"][0]
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
    assert write("github", REPORT).splitlines() == [
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
    assert write("github", Report((placed,), 1)).startswith("::error file=a%2Cb%3Ac%25.yaml,title=ST-04::")


def test_markdown() -> None:
    assert write("markdown", REPORT).splitlines() == [
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
    lines = write("markdown", replace(REPORT, findings=(LONG_NAME,) * 101)).splitlines()
    assert lines[0] == "**No violation**: 101 warnings (1,200 triples, 3 shapes)."
    assert lines[-1] == "These are the first 100 of 101 findings."
    assert len([line for line in lines if line.startswith("| warning | PE-02 |")]) == 100


def test_markdown_stays_below_the_size_that_github_takes() -> None:
    long = "\x1b|\n" * 1000
    findings = [
        replace(NO_ACT, source_shape=f"{SHAPES}{n}{long}", message=long, value=long, location=Location(long))
        for n in range(200)
    ]
    text = write("markdown", Report(tuple(findings), 1))
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
    assert write(name, EMPTY) == EMPTY_TEXTS[name]


def test_empty_report_in_json() -> None:
    context = {"@vocab": "http://www.w3.org/ns/shacl#"}
    empty = {"@context": context, "@type": "ValidationReport", "conforms": True, "result": []}
    assert json.loads(write("jsonld", EMPTY)) == empty
    plain = json.loads(write("json", EMPTY))
    assert (plain["conforms"], plain["findings"], plain["engine"]) == (True, [], None)
    run = json.loads(write("sarif", EMPTY))["runs"][0]
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])
    assert [suite.tests for suite in JUnitXml.fromstring(write("junit", EMPTY).encode())] == [0]


@pytest.mark.parametrize("name", RENDERINGS)
def test_renderings_end_without_a_line_end_and_are_always_the_same(name: str) -> None:
    for report in (REPORT, EMPTY, EVIL):
        text = write(name, report)
        assert text == write(name, report)
        assert not text.endswith("\n")
