"""Findings in words that are safe on one line of a terminal, a log or a document."""

import re
from collections.abc import Mapping
from typing import Final

from pyoxigraph import Literal, NamedNode

from g7kg.rdf.paths import write_path
from g7kg.rdf.terms import to_term
from g7kg.rdf.vocab import RDF, XSD, shorten_iri
from g7kg.shacl.report import Finding, Report, Severity

_ODD: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_COMMAND: Final = re.compile(r"^(?P<space>\s*):(?=:)|#(?=#\w*\[)")
_LONGEST: Final = 300
_UNSPOKEN: Final = (XSD("string"), RDF("langString"))


def one_line(text: str) -> str:
    r"""Return ``text``, with characters that break a line, control terminals or turn directions as ``\n``, ``\u001B``.

    Nor can a log take it for a command: ``::`` at the beginning and ``##[`` anywhere are written with an escape. What
    is left can stand in XML 1.0 (https://www.w3.org/TR/xml/#charsets). This is for reading, not for parsing back.
    """
    plain = _ODD.sub(lambda match: _SHORT.get(match[0], f"\\u{ord(match[0]):04X}"), text)
    return _COMMAND.sub(lambda match: "\\u0023" if match[0] == "#" else f"{match['space']}\\u003A", plain)


def show_term(text: str) -> str:
    """Return a term of a report as people read it: IRIs shortened, strings quoted, long ones cut."""
    term = to_term(text)
    if isinstance(term, NamedNode):
        return one_line(shorten_iri(term.value))
    if not isinstance(term, Literal):
        return one_line(text)
    tail = f"@{term.language}" if term.language else ""
    if not tail and term.datatype not in _UNSPOKEN:
        tail = f"^^{shorten_iri(term.datatype.value)}"
    return one_line(f'"{shorten_text(term.value)}"{tail}')


def shorten_text(text: str, longest: int = _LONGEST) -> str:
    """Return ``text``, cut with an ellipsis after ``longest`` characters."""
    return text if len(text) <= longest else text[:longest] + "…"


def describe_finding(finding: Finding) -> str:
    """Return what was found, without place and message: ``id:x has 9 at g7:y``."""
    words = [show_term(finding.focus_node)]
    if finding.value and finding.value != finding.focus_node:
        words += ["has", show_term(finding.value)]
    if finding.path is not None:
        words += ["at", write_path(finding.path, show_term)]
    return " ".join(words)


def locate_finding(finding: Finding) -> str:
    """Return place and description on one line; a place that is not known is left out."""
    where = f"{finding.location}: " if finding.location and str(finding.location) else ""
    return one_line(where + describe_finding(finding))


def count_findings(counts: Mapping[Severity, int]) -> str:
    """Return ``counts`` in words: ``2 violations, 1 warning``."""
    return ", ".join(count_things(count, severity.word) for severity, count in counts.items() if count)


def count_things(count: int, noun: str) -> str:
    """Return the number with its noun: ``1 info``, ``2,000 triples``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def count_data(report: Report) -> str:
    """Return what was validated: its triples, and what was checked of them, or the shapes where that is not known."""
    shapes = count_things(len(report.shapes), "shape") if report.shapes else ""
    return ", ".join(filter(None, [count_things(report.quads, "triple"), count_checked(report) or shapes]))


def count_checked(report: Report) -> str:
    """Return how many focus nodes were checked by how many shapes, nothing where that is not known."""
    if report.checked is None:
        return ""
    nodes, shapes = report.checked
    return f"{count_things(nodes, 'focus node')} checked by {count_things(shapes, 'shape')}"
