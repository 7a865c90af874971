"""A report as text for people: grouped by shape, each finding with its place."""

from collections.abc import Iterator
from itertools import groupby

from g7kg.shacl.renderings.wording import count_checked, count_findings, count_things, locate_finding, one_line
from g7kg.shacl.report import Report


def to_text(report: Report) -> str:
    """Return ``report`` as lines of text; the last line counts what was found.

    A heading has the severity (beside one that SHACL does not define: what it counts as) and the shape's message, which
    ends with the repair; below it is a line for each finding.
    No text in the data can break a line, colour the terminal or be taken for a command by a CI system's log.
    """
    notices = (f"warning: {one_line(notice)}" for notice in report.notices)
    return "\n".join([*_lines(report), *notices, _summary(report)])


def _lines(report: Report) -> Iterator[str]:
    groups = groupby(report.findings, key=lambda one: (one.severity, one.grade, one.source_shape, one.message))
    for (severity, grade, _, message), findings in groups:
        yield f"{severity.word}{f' ({one_line(grade)})' if grade else ''}: {one_line(message)}"
        for finding in findings:
            yield f"  {locate_finding(finding)}"
        yield ""


def _summary(report: Report) -> str:
    triples = ", ".join(filter(None, [count_things(report.quads, "triple"), count_checked(report)]))
    if not report.findings:
        return f"conforms: {triples}, no findings"
    found = f"{count_things(len(report.findings), 'finding')} on {triples}"
    return found if len(report.findings) == 1 else f"{found}: {count_findings(report.counts())}"
