"""A report as JUnit XML, which the dashboards of CI systems read."""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from g7kg.shacl.renderings.wording import locate_finding, one_line
from g7kg.shacl.report import Finding, Report, Severity, Shape


def to_junit(report: Report) -> str:
    """Return ``report`` as JUnit XML in the form that GitLab, Jenkins and their like agree on, which has no standard.

    One suite, one case for each shape: its name lasts, so that dashboards tell what fails since when, and they show
    what was checked and holds. A shape with findings of ``Report.least`` or graver fails with all of them in one
    text, for most readers take but one failure from a case; others, which JUnit does not know, are the output of a
    case. Text that XML 1.0 cannot hold is escaped (``wording.one_line``).
    """
    cases = [_write_case(shape, findings, report.least) for shape, findings in report.by_shape()]
    failed = sum(case.find("failure") is not None for case in cases)
    totals = {"tests": str(len(cases)), "failures": str(failed), "errors": "0"}
    root = Element("testsuites", {"name": "g7kg", **totals})
    suite = SubElement(root, "testsuite", {"name": "shapes", **totals, "skipped": "0"})
    properties = SubElement(suite, "properties")
    SubElement(properties, "property", {"name": "triples", "value": str(report.quads)})
    if report.engine:
        SubElement(properties, "property", {"name": "engine", "value": one_line(report.engine)})
    if report.checked:
        for name, number in zip(("focusNodes", "checkingShapes"), report.checked, strict=True):
            SubElement(properties, "property", {"name": name, "value": str(number)})
    suite.extend(cases)
    if report.notices:
        SubElement(suite, "system-err").text = "\n".join(f"warning: {one_line(notice)}" for notice in report.notices)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def _write_case(shape: Shape, findings: tuple[Finding, ...], least: Severity) -> Element:
    group = shape.local_name.rpartition("-")[0] or shape.local_name
    place = next((finding.location for finding in findings if finding.location and finding.location.path), None)
    attributes = {"classname": one_line(group), "name": one_line(shape.title)}
    if place and place.path:
        attributes["file"] = one_line(place.path)
        attributes |= {"line": str(place.line)} if place.line else {}
    case = Element("testcase", attributes)
    failing = [finding for finding in findings if finding.severity >= least]
    others = [finding for finding in findings if finding.severity < least]
    if failing:
        kind = failing[0].component.rpartition("#")[2]
        failure = SubElement(case, "failure", {"message": one_line(failing[0].message), "type": one_line(kind)})
        failure.text = _write_lines(failing, failing[0].message)
    if others:
        SubElement(case, "system-out").text = _write_lines(others)
    return case


def _write_lines(findings: list[Finding], known: str = "") -> str:
    messages = ("" if finding.message == known else f": {one_line(finding.message)}" for finding in findings)
    lines = (f"{finding.severity.word}: {locate_finding(finding)}" for finding in findings)
    return "\n".join(map(str.__add__, lines, messages))
