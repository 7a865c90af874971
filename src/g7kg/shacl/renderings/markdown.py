"""A report as Markdown, for the summary of a CI job or a comment."""

import re
from collections.abc import Iterator
from typing import Final

from g7kg.shacl.renderings.wording import count_data, count_findings, describe_finding, one_line, shorten_text
from g7kg.shacl.report import Report, Severity

_SPECIAL: Final = re.compile(r"[&<>\"'\\`*_\[\]|~$]|[:@#](?=\S)|(?<=www)\.", re.IGNORECASE)
_LISTED: Final = 100
_LONGEST: Final = 200


def to_markdown(report: Report) -> str:
    """Return ``report`` in GitHub Flavored Markdown (https://github.github.com/gfm/): verdict, shapes, findings.

    The verdict is one line. A table counts the findings of each severity and shape, a second lists them; each has at
    most a hundred rows of cells of at most 200 characters, for GitHub refuses a summary of more than one MiB. Signs
    that mean something in Markdown or HTML are written as character references, which cannot (section 6.2).
    """
    parts = [_write_verdict(report), *(f"**Warning**: {_escape(notice)}." for notice in report.notices)]
    if report.findings:
        parts += _write_table("| Severity | Shape | Findings | Requirement |", list(_count_shapes(report)), "rows")
        parts += _write_table("| Severity | Shape | Place | Finding |", list(_list_findings(report)), "findings")
    return "\n\n".join(parts)


def _write_table(head: str, rows: list[tuple[str, ...]], noun: str) -> Iterator[str]:
    lines = [f"| {' | '.join(_escape(cell) for cell in row)} |" for row in rows[:_LISTED]]
    yield "\n".join([head, "| --- | --- | --- | --- |", *lines])
    if len(rows) > _LISTED:
        yield f"These are the first {_LISTED} of {len(rows):,} {noun}."


def _write_verdict(report: Report) -> str:
    data = count_data(report)
    if not report.findings:
        return f"**Conforms**: no findings ({data})."
    verdict = "No violation" if report.conforms() else "Does not conform"
    return f"**{verdict}**: {count_findings(report.counts())} ({data})."


def _count_shapes(report: Report) -> Iterator[tuple[str, ...]]:
    for severity in sorted(Severity, reverse=True):
        for shape, findings in report.by_shape():
            found = [finding for finding in findings if finding.severity is severity]
            if found:
                yield severity.word, shape.title, f"{len(found):,}", found[0].message


def _list_findings(report: Report) -> Iterator[tuple[str, ...]]:
    for finding, shape in report.with_shapes():
        yield finding.severity.word, shape.id, str(finding.location or "") or "–", describe_finding(finding)


def _escape(text: str) -> str:
    """Return ``text`` as one line of Markdown that shows just its characters."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", shorten_text(one_line(text), _LONGEST))
