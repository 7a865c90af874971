"""Renderings of a report, read back by parsers of others."""

import json
import re
from dataclasses import replace
from typing import Any

import pyoxigraph as ox
import pytest
from junitparser import Failure, JUnitXml, SystemOut
from pyld import jsonld
from pyoxigraph import RdfFormat
from rdflib import RDF, SH, Graph
from tests.helpers.reports import (
    AWKWARD,
    EMPTY,
    EVIL,
    GITHUB_REQUIRED,
    LONG_NAME,
    NO_ACT,
    NUMBER,
    RDFLIB_WARNS,
    REPORT,
    write,
)

from g7kg.errors import Location
from g7kg.shacl import Finding, Report
from g7kg.shacl.results import read_findings


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
        graph.parse(data=as_nquads(write("jsonld", AWKWARD)), format="nt")
    elif form == "turtle by Oxigraph":
        triples = {quad.triple for quad in ox.parse(write("ttl", AWKWARD), format=RdfFormat.TURTLE)}
        graph.parse(data=ox.serialize(triples, format=RdfFormat.N_TRIPLES) or b"", format="nt")
    else:
        graph.parse(data=write("ttl", AWKWARD) if form == "turtle" else write("jsonld", AWKWARD), format=form)
    assert in_order(read_findings(graph)) == in_order(AWKWARD.findings)
    (head,) = graph.subjects(RDF.type, SH.ValidationReport)
    assert graph.value(head, SH.conforms).toPython() is False  # type: ignore[union-attr]


def test_turtle_and_jsonld_say_the_same() -> None:
    datasets = [ox.Dataset(ox.parse(write("ttl", REPORT), format=RdfFormat.TURTLE))]
    datasets.append(ox.Dataset(ox.parse(as_nquads(write("jsonld", REPORT)), format=RdfFormat.N_QUADS)))
    for dataset in datasets:
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert datasets[0] == datasets[1]


def test_blank_nodes_of_the_data_are_none_of_the_reports_own() -> None:
    findings = tuple(replace(LONG_NAME, focus_node=f"_:{label}") for label in ("r0", "rr1", "r2", "rrr"))
    graph = Graph().parse(data=write("ttl", Report(findings, 1)), format="turtle")
    assert len(set(graph.objects(None, SH.focusNode)) | set(graph.objects(None, SH.result))) == 8


def test_a_warning_alone_is_no_conformance_in_shacl() -> None:
    report = replace(REPORT, findings=(LONG_NAME,))
    assert report.conforms()
    assert "sh:conforms false" in write("ttl", report)
    assert json.loads(write("jsonld", report))["conforms"] is json.loads(write("json", report))["conforms"] is False


def test_junit_is_read_by_another_parser() -> None:
    (suite,) = JUnitXml.fromstring(write("junit", REPORT).encode())
    assert (suite.name, suite.tests, suite.failures, suite.errors) == ("shapes", 4, 1, 0)
    results = {case.name: [type(result) for result in case] for case in suite}
    assert results == {
        "PE-02 name": [SystemOut],
        "SP-01 start": [],
        "ST-04 speech act": [Failure],
        "MinCount-speechAct": [SystemOut],
    }


SARIF = {
    "sarifLog": ("version runs", "$schema"),
    "run": ("tool", "automationDetails columnKind invocations results properties"),
    "runAutomationDetails": ("", "id"),
    "invocation": ("executionSuccessful", "toolExecutionNotifications"),
    "notification": ("message", "level"),
    "tool": ("driver", ""),
    "toolComponent": ("name", "version informationUri rules"),
    "reportingDescriptor": ("id", "name shortDescription fullDescription help defaultConfiguration properties"),
    "reportingConfiguration": ("", "level"),
    "multiformatMessageString": ("text", ""),
    "result": ("message", "ruleId ruleIndex level locations partialFingerprints"),
    "message": ("text", ""),
    "location": ("", "physicalLocation logicalLocations"),
    "physicalLocation": ("artifactLocation", "region"),
    "artifactLocation": ("", "uri"),
    "region": ("startLine", "startColumn"),
    "logicalLocation": ("", "fullyQualifiedName"),
    "fingerprints": ("primaryLocationLineHash", ""),
    "propertyBag": ("", "engine triples shape focusNodes checkingShapes"),
}
"""The types of objects that are written here, each with the properties that the schema of SARIF 2.1.0 requires, and
others that it allows and that are used. Of alternatives (a message has text or an id, a physical location an artifact
or an address, a region a line or an offset) the one that is used is required. GitHub names the fingerprint."""

SARIF_TYPES = {
    "runs": "run",
    "tool": "tool",
    "driver": "toolComponent",
    "rules": "reportingDescriptor",
    "shortDescription": "multiformatMessageString",
    "fullDescription": "multiformatMessageString",
    "help": "multiformatMessageString",
    "defaultConfiguration": "reportingConfiguration",
    "automationDetails": "runAutomationDetails",
    "results": "result",
    "invocations": "invocation",
    "toolExecutionNotifications": "notification",
    "message": "message",
    "locations": "location",
    "physicalLocation": "physicalLocation",
    "artifactLocation": "artifactLocation",
    "region": "region",
    "logicalLocations": "logicalLocation",
    "partialFingerprints": "fingerprints",
    "properties": "propertyBag",
}
"""The types of the objects in a property."""


def check_object(kind: str, value: dict[str, Any]) -> set[str]:
    """Assert that all objects in ``value`` have what their types require and nothing unknown; return the types."""
    required, allowed = (set(names.split()) for names in SARIF[kind])
    assert required <= value.keys() <= required | allowed
    found = {kind}
    for name, part in value.items():
        parts = part if isinstance(part, list) else [part]
        assert name in SARIF_TYPES or not any(isinstance(item, dict | list) for item in parts)
        for item in parts if name in SARIF_TYPES else ():
            found |= check_object(SARIF_TYPES[name], item)
    return found


def check_sarif(log: dict[str, Any]) -> set[str]:
    found = check_object("sarifLog", log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert (log["version"], run["columnKind"]) == ("2.1.0", "unicodeCodePoints")
    assert all(rule.keys() >= set(GITHUB_REQUIRED) for rule in rules)
    assert {rule["defaultConfiguration"]["level"] for rule in rules} <= LEVELS
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        check_result(result, rules)
    return found


def check_result(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in LEVELS
    assert result["message"]["text"]
    (location,) = result["locations"]
    uri = location["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[\w./~%-]+", uri, re.ASCII)
    region = location["physicalLocation"].get("region", {"startLine": 1})
    assert all(number >= 1 for number in region.values())


LEVELS = {"error", "warning", "note"}


@pytest.mark.parametrize("report", [REPORT, EVIL, EMPTY, AWKWARD], ids=["usual", "hostile", "empty", "awkward"])
def test_sarif_has_what_its_schema_and_github_require(report: Report) -> None:
    check_sarif(json.loads(write("sarif", report)))


def test_every_type_of_object_in_sarif_is_checked() -> None:
    assert check_sarif(json.loads(write("sarif", replace(REPORT, notices=("nothing was checked",))))) == SARIF.keys()


def fingerprints(*findings: Finding) -> list[str]:
    results = json.loads(write("sarif", Report(findings, 1)))["runs"][0]["results"]
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]


def test_fingerprints_last_when_lines_move_and_tell_findings_apart() -> None:
    moved = replace(NO_ACT, location=Location("mappings/como.yaml", 99, 1))
    assert fingerprints(NO_ACT) == fingerprints(moved)
    assert fingerprints(LONG_NAME) == fingerprints(replace(LONG_NAME, focus_node="_:other"))
    assert len(set(fingerprints(NO_ACT, moved, NUMBER, LONG_NAME))) == 4


def test_sarif_writes_paths_as_uris() -> None:
    findings = [replace(NO_ACT, location=Location(name, 1)) for name in ("a b/ü.yaml", "/x y", "C:é\\z", "x")]
    results = json.loads(write("sarif", Report(tuple(findings), 1)))["runs"][0]["results"]
    places = [result["locations"][0]["physicalLocation"] for result in results]
    uris = [place["artifactLocation"]["uri"] for place in places]
    assert uris == ["a%20b/%C3%BC.yaml", "file:///x%20y", "C%3A%C3%A9/z", "x"]
    assert places[3]["region"] == {"startLine": 1}


def test_findings_without_places_are_rendered() -> None:
    report = Report((replace(NO_ACT, location=None), replace(NO_ACT, location=Location())), 1)
    assert write("text", report).splitlines()[1:3] == ["  id:como/p1/s1 at g7:speechAct"] * 2
    assert {line.partition("::ST")[0] for line in write("github", report).splitlines()} == {"::error title=ST-04"}
    assert "| ST-04 | – |" in write("markdown", report)
    assert "line=" not in write("junit", report)
    results = json.loads(write("sarif", report))["runs"][0]["results"]
    assert [result["locations"][0]["physicalLocation"] for result in results] == [
        {"artifactLocation": {"uri": "unknown"}}
    ] * 2
