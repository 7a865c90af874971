"""A report as SARIF, which GitHub's code scanning and other viewers of static analysis read."""

import hashlib
import json
import re
from collections import Counter
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from g7kg import __version__
from g7kg.errors import Location
from g7kg.rdf.paths import write_path
from g7kg.rdf.vocab import BASE
from g7kg.shacl.renderings.plain import dump_json
from g7kg.shacl.renderings.wording import describe_finding
from g7kg.shacl.report import Finding, Report, Severity, Shape

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_UNPLACED: Final = "unknown"


def to_sarif(report: Report) -> str:
    """Return ``report`` as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).

    A rule for each shape (section 3.49), a result for each finding (3.27), with the focus node as logical location
    (3.33). Fingerprints (3.27.17) are made of what was found, so that they last while lines move; they are under the
    one key that GitHub reads. GitHub refuses a result without a file: a finding without a place is put on one called
    ``unknown``.
    """
    rules: dict[str, dict[str, Any]] = {}
    for shape, _ in report.by_shape():
        rules.setdefault(shape.id, _write_rule(shape))
    positions = {id_: position for position, id_ in enumerate(rules)}
    seen: Counter[str] = Counter()
    results = [_write_result(finding, shape.id, positions, seen) for finding, shape in report.with_shapes()]
    notices = [{"level": "warning", "message": _write_message(notice)} for notice in report.notices]
    driver = {"name": "g7kg", "version": __version__, "informationUri": BASE, "rules": list(rules.values())}
    checked = dict(zip(("focusNodes", "checkingShapes"), report.checked or (), strict=False))
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "g7kg/shapes/"},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"engine": report.engine or None, "triples": report.quads, **checked},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notices}],
    }
    return dump_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _write_rule(shape: Shape) -> dict[str, Any]:
    rule = {
        "id": shape.id,
        "name": shape.name or shape.local_name,
        "shortDescription": _write_message(shape.requirement),
        "fullDescription": _write_message(shape.message or shape.title),
        "help": _write_message(shape.repair or shape.requirement),
        "defaultConfiguration": {"level": _LEVELS[shape.severity]},
    }
    return rule if shape.iri.startswith("_:") else {**rule, "properties": {"shape": shape.iri}}


def _write_result(finding: Finding, rule: str, positions: dict[str, int], seen: Counter[str]) -> dict[str, Any]:
    fingerprint = _fingerprint(finding)
    seen[fingerprint] += 1
    physical = _write_place(finding.location)
    return {
        "ruleId": rule,
        "ruleIndex": positions[rule],
        "level": _LEVELS[finding.severity],
        "message": _write_message(f"{finding.message} ({describe_finding(finding)})"),
        "locations": [{"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": finding.focus_node}]}],
        "partialFingerprints": {"primaryLocationLineHash": f"{fingerprint}:{seen[fingerprint]}"},
    }


def _write_place(location: Location | None) -> dict[str, Any]:
    if location is None or not location.path:
        return {"artifactLocation": {"uri": _UNPLACED}}
    place = {"artifactLocation": {"uri": _to_uri(location.path)}}
    if not location.line:
        return place
    column = {"startColumn": location.column} if location.column else {}
    return {**place, "region": {"startLine": location.line, **column}}


def _to_uri(path: str) -> str:
    """Return a path as URI: relative paths stay relative (RFC 3986, section 4.2)."""
    if PurePath(path).is_absolute():
        return PurePath(path).as_uri()
    return quote(path.replace("\\", "/").encode("utf-8", "replace"), safe="/")


def _write_message(text: str) -> dict[str, str]:
    """Return a message in which no viewer sees a placeholder (section 3.11.5) or a link (3.11.6)."""
    return {"text": re.sub(r"[\\\[\]]", r"\\\g<0>", text).replace("{", "{{").replace("}", "}}")}


def _fingerprint(finding: Finding) -> str:
    """Return 16 hexadecimal digits of what was found; labels of blank nodes, which do not last, are left out."""
    path = "" if finding.path is None else write_path(finding.path)
    terms = (finding.source_shape, finding.component, finding.focus_node, finding.value or "")
    lasting = [re.sub(r"^_:.*", "_:", term, flags=re.DOTALL) for term in terms]
    return hashlib.sha256(json.dumps([*lasting, path]).encode()).hexdigest()[:16]
