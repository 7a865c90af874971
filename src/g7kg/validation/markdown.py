"""A report as Markdown, for the summary of a CI job or a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from g7kg.validation.report import Finding, Report, Severity
from g7kg.validation.wording import count_data, count_findings, describe_finding, one_line, shorten_text

_SPECIAL: Final = re.compile(r"[&<>\"'\\`*_\[\]|~$]|[:@#](?=\S)|(?<=www)\.", re.IGNORECASE)
_LISTED: Final = 100


def to_markdown(report: Report) -> str:
    """Return ``report`` in GitHub Flavored Markdown (https://github.github.com/gfm/): verdict, shapes, findings.

    The verdict is one line. A table counts the findings of each severity and shape; a second lists the first hundred,
    and long texts are cut, since GitHub refuses a summary of more than one MiB. Signs that mean something in Markdown
    or HTML are written as character references, which cannot (section 6.2).
    """
    parts = [_write_verdict(report)]
    if report.findings:
        parts += ["\n".join(_count_shapes(report)), "\n".join(_list_findings(report))]
    if len(report.findings) > _LISTED:
        parts.append(f"The first {_LISTED} of {len(report.findings):,} findings are listed.")
    return "\n\n".join(parts)


def _write_verdict(report: Report) -> str:
    data = count_data(report)
    if not report.findings:
        return f"**Conforms**: no findings ({data})."
    verdict = "No violation" if report.conforms() else "Does not conform"
    return f"**{verdict}**: {count_findings(report.counts())} ({data})."


def _count_shapes(report: Report) -> Iterator[str]:
    yield "| Severity | Shape | Findings | Requirement |"
    yield "| --- | --- | ---: | --- |"
    for severity in sorted(Severity, reverse=True):
        for shape, findings in report.by_shape():
            found = [finding for finding in findings if finding.severity is severity]
            if found:
                yield _write_row(severity.word, shape.title, f"{len(found):,}", found[0].message)


def _list_findings(report: Report) -> Iterator[str]:
    yield "| Severity | Shape | Place | Finding |"
    yield "| --- | --- | --- | --- |"
    for finding, shape in report.with_shapes()[:_LISTED]:
        yield _write_row(finding.severity.word, shape.id, _write_place(finding), describe_finding(finding))


def _write_place(finding: Finding) -> str:
    return str(finding.location or "") or "–"


def _write_row(*cells: str) -> str:
    return f"| {' | '.join(_escape(cell) for cell in cells)} |"


def _escape(text: str) -> str:
    """Return ``text`` as one line of Markdown that shows just its characters."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", one_line(shorten_text(text)))
