"""A report as workflow commands, which GitHub Actions shows as annotations on the changed files."""

from itertools import takewhile
from typing import Final

from g7kg.errors import Location
from g7kg.shacl.renderings.wording import count_checked, describe_finding, one_line
from g7kg.shacl.report import Finding, Report, Severity, Shape

_COMMANDS: Final = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def to_github(report: Report) -> str:
    """Return one workflow command a finding, the gravest first; then what was checked, which the log shows.

    The form is that of https://docs.github.com/actions/reference/workflow-commands-for-github-actions; signs that end
    a command or one of its properties are escaped, so that no text in the data gives a command. GitHub shows no more
    than ten annotations of each kind a step.
    """
    findings = (_write_command(finding, shape) for finding, shape in report.with_shapes())
    notices = (f"::warning title=g7kg::{one_line(notice).translate(_DATA)}" for notice in report.notices)
    return "\n".join([*findings, *notices, *filter(None, [count_checked(report)])])


def _write_command(finding: Finding, shape: Shape) -> str:
    place = finding.location or Location()
    numbers = {"file": place.path, "line": place.line, "col": place.column}
    known = takewhile(lambda one: one[1], numbers.items())  # a column tells nothing without its line
    stated = [*known, ("title", shape.title)]
    properties = [f"{key}={one_line(str(value)).translate(_PROPERTY)}" for key, value in stated]
    message = f"{one_line(finding.message)}\n{describe_finding(finding)}"
    return f"::{_COMMANDS[finding.severity]} {','.join(properties)}::{message.translate(_DATA)}"
