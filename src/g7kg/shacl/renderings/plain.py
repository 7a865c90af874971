"""A report as plain JSON, for programs that know no RDF."""

import json
from typing import Any

from g7kg.rdf.paths import write_path
from g7kg.rdf.solutions import to_binding
from g7kg.rdf.terms import to_term
from g7kg.shacl.report import Finding, Report, Severity, Shape


def to_json(report: Report) -> str:
    """Return ``report`` as one JSON object; keys stand in this order and are always there.

    - ``conforms``: true only if there is no finding of any severity, as sh:conforms has it
    - ``counts``: ``violation``, ``warning``, ``info``: the number of findings of each severity
    - ``triples``, ``shapes``: how many triples were validated, against how many shapes; ``engine``: by what, or null
    - ``focusNodes``, ``checkingShapes``: how many nodes were checked, by how many shapes with targets, or null
    - ``warnings``: what was not read or not checked, as text
    - ``findings``: the gravest first, each with

      - ``severity``: one of the words above; ``requirement``: its number, or the shape's local name (``Shape.id``)
      - ``grade``: the IRI of a severity that SHACL does not define (which counts as a violation), or null
      - ``name``: the shape's, or null; ``message``; ``language``: the message's, or null
      - ``otherMessages``: further messages, each with ``message`` and ``language``
      - ``focusNode``, ``value``: terms as in SPARQL 1.1 results (https://www.w3.org/TR/sparql11-results-json/#select-encode-terms),
        ``value`` may be null; ``path``: as SPARQL writes it, or null
      - ``sourceShape``, ``component``: IRIs (a shape without one is ``_:`` and a label)
      - ``sourceConstraint``: the constraint by SPARQL, named as shapes are, or null
      - ``file``, ``line``, ``column``: where it comes from, lines and columns from 1; each may be null
    """
    document = {
        "conforms": report.conforms(Severity.INFO),
        "counts": {severity.word: count for severity, count in report.counts().items()},
        "triples": report.quads,
        "shapes": len(report.shapes),
        "engine": report.engine or None,
        "focusNodes": report.checked and report.checked[0],
        "checkingShapes": report.checked and report.checked[1],
        "warnings": list(report.notices),
        "findings": [_describe(finding, shape) for finding, shape in report.with_shapes()],
    }
    return dump_json(document)


def dump_json(document: dict[str, Any]) -> str:
    """Return ``document`` as indented JSON that any encoder of UTF-8 takes: half a surrogate pair is escaped."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "backslashreplace").decode()


def _describe(finding: Finding, shape: Shape) -> dict[str, Any]:
    location = finding.location
    return {
        "severity": finding.severity.word,
        "grade": finding.grade,
        "requirement": shape.id,
        "name": shape.name,
        "message": finding.message,
        "language": finding.language,
        "otherMessages": [{"message": text, "language": language} for text, language in finding.others],
        "focusNode": to_binding(to_term(finding.focus_node)),
        "path": None if finding.path is None else write_path(finding.path),
        "value": None if finding.value is None else to_binding(to_term(finding.value)),
        "sourceShape": finding.source_shape,
        "component": finding.component,
        "sourceConstraint": finding.constraint,
        "file": location.path if location else None,
        "line": location.line if location else None,
        "column": location.column if location else None,
    }
