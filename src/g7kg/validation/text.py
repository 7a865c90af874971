"""A report as text for people: grouped by shape, each finding with its place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from g7kg.validation.report import Finding, Report
from g7kg.vocab import shorten_iri


def to_text(report: Report) -> str:
    """Return ``report`` as lines of text; the last line counts what was found."""
    return "\n".join([*_lines(report), _summary(report)])


def _lines(report: Report) -> Iterator[str]:
    for message, group in groupby(report.findings, key=lambda finding: finding.message):
        findings = list(group)
        yield f"{findings[0].severity.name.lower()}: {message}"
        for finding in findings:
            yield f"  {_describe(finding)}"
        yield ""


def _describe(finding: Finding) -> str:
    where = f"{finding.location}: " if finding.location else ""
    value = f" has {shorten_iri(finding.value)}" if finding.value and finding.value != finding.focus_node else ""
    path = f" at {finding.path}" if finding.path else ""
    shortened = " ".join(shorten_iri(part) for part in path.split())
    return f"{where}{shorten_iri(finding.focus_node)}{value}" + (f" {shortened}" if shortened else "")


def _summary(report: Report) -> str:
    if not report.findings:
        return f"conforms: {report.quads:,} triples, no findings"
    count = len(report.findings)
    return f"{count} finding{'s' if count > 1 else ''} on {report.quads:,} triples"
