"""Reports that the tests of renderings share: a usual one, a hostile one, an empty one, one of every term and path."""

from dataclasses import replace

import pytest
from junitparser import TestSuite
from pyoxigraph import BlankNode, Literal, NamedNode
from rdflib import SH

from g7kg.errors import Location
from g7kg.rdf.paths import PathExpression, PathOperator, PropertyPath
from g7kg.rdf.terms import from_term
from g7kg.rdf.vocab import G7, IDENTIFIERS, XSD
from g7kg.shacl import RENDERINGS, Finding, Report, Severity, Shape

SHAPES = "https://w3id.org/g7kg/shapes#"

MIN_COUNT, OR = f"{SH}MinCountConstraintComponent", f"{SH}OrConstraintComponent"

TestSuite.__test__ = False

RDFLIB_WARNS = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
"""Its own reader of JSON-LD uses what it deprecates."""


def g7(name: str) -> str:
    return G7(name).value


def write(form: str, report: Report) -> str:
    return RENDERINGS[form].write(report)


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

GITHUB_REQUIRED = ("shortDescription", "fullDescription", "help")
"""What GitHub requires of a rule besides."""
