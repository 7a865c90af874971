"""The value of a validation: findings, each with the place in a mapping that it comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from pyoxigraph import Triple

from g7kg.errors import Location
from g7kg.rdf.paths import PropertyPath, write_path
from g7kg.rdf.vocab import SH

_NUMBER: Final = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z][A-Z0-9]*)*-[0-9]+(?=:|\s\(|$)", re.ASCII)
_TAIL: Final = re.compile(r"[0-9]+$", re.ASCII)
_DIGITS: Final = 12


class Severity(IntEnum):
    """SHACL's severities (https://www.w3.org/TR/shacl/#severity), the graver the greater."""

    INFO = 1
    WARNING = 2
    VIOLATION = 3

    @property
    def word(self) -> str:
        """The severity in lower case."""
        return self.name.lower()

    @property
    def iri(self) -> str:
        """What SHACL calls it."""
        return SH(self.name.title()).value


SEVERITIES: Final = {severity.iri: severity for severity in Severity}
"""SHACL's severities by their IRIs."""


@dataclass(frozen=True)
class Shape:
    """A shape that constrains something by itself: its IRI, and what it says of itself (sh:name, sh:message).

    A shape without an IRI has ``_:`` and what it constrains instead, ``_:MinCount-title``: labels of blank nodes do
    not last from one validation to the next.
    """

    iri: str
    name: str | None = None
    message: str | None = None
    severity: Severity = Severity.VIOLATION

    @property
    def local_name(self) -> str:
        """What follows the last ``#`` or ``/`` of the IRI, or the ``_:``."""
        return self.iri[2:] if self.iri.startswith("_:") else _local_name(self.iri)

    @property
    def id(self) -> str:
        """The requirement's number, with which the message begins (``ST-04 (statement): …``), or the local name."""
        number = _NUMBER.match(self.message or "")
        return number[0] if number else self.local_name

    @property
    def title(self) -> str:
        """The id and the name, in one line."""
        return f"{self.id} {self.name}" if self.name else self.id

    @property
    def repair(self) -> str | None:
        """What the message says after ``Repair:``."""
        return (self.message or "").partition("Repair:")[2].strip() or None

    @property
    def requirement(self) -> str:
        """What the message says before ``Repair:``; without a message, the title."""
        return (self.message or "").partition("Repair:")[0].strip() or self.title


@dataclass(frozen=True)
class Finding:
    """One validation result (https://www.w3.org/TR/shacl/#results-validation-result).

    Terms are in N-Triples form, IRIs without brackets (``terms.to_term`` reads them); ``language`` is the message's.
    ``others`` are the result's further messages with their languages, in order. ``grade`` is the IRI of a severity that
    SHACL does not define, which ``severity`` counts as a violation. ``constraint`` is the sh:sourceConstraint.
    """

    severity: Severity
    focus_node: str
    path: PropertyPath | None
    value: str | None
    source_shape: str
    component: str
    message: str
    location: Location | None = None
    language: str | None = None
    others: tuple[tuple[str, str | None], ...] = ()
    grade: str | None = None
    constraint: str | None = None

    @property
    def messages(self) -> tuple[tuple[str, str | None], ...]:
        """All messages with their languages, the one that people are shown first."""
        return ((self.message, self.language), *self.others)

    @property
    def sort_key(self) -> tuple[int, str, str, str, str, str, str, str]:
        """What findings are ordered by: the gravest first, then shape, focus node, component, value, path, message."""
        path = "" if self.path is None else write_path(self.path)
        return (
            -self.severity,
            _order_label(self.source_shape),
            _order_label(self.focus_node),
            self.component,
            _order_label(self.value or ""),
            path,
            self.message,
            self.constraint or "",
        )


Engine = Callable[[Collection[Triple]], tuple[Finding, ...]]
"""Gives the findings on triples, in a stable order, under the shapes that it was loaded with."""


@dataclass(frozen=True)
class Report:
    """What a validation found, in a stable order; ``quads`` is how many it read.

    ``shapes`` are those that were validated against, those without findings too; ``engine`` names what validated.
    ``focus`` has the nodes that each shape with targets checked, or is ``None`` where that is not known. ``notices``
    are about the validation itself: what was not read, or not checked. ``least`` is the least severity that fails.
    """

    findings: tuple[Finding, ...]
    quads: int
    shapes: tuple[Shape, ...] = ()
    engine: str = ""
    focus: Mapping[str, frozenset[str]] | None = None
    notices: tuple[str, ...] = ()
    least: Severity = Severity.VIOLATION

    @property
    def checked(self) -> tuple[int, int] | None:
        """How many focus nodes were checked, and by how many shapes with targets; ``None`` where it is not known."""
        if self.focus is None:
            return None
        return len(frozenset().union(*self.focus.values())), sum(bool(nodes) for nodes in self.focus.values())

    @property
    def gravest(self) -> str | None:
        """The name of the gravest severity found, ``None`` without findings."""
        return max(self.findings, key=lambda finding: finding.severity).severity.name if self.findings else None

    def conforms(self, least: Severity = Severity.VIOLATION) -> bool:
        """Whether there is no finding of severity ``least`` or graver; ``Severity.INFO`` asks for SHACL's conformance.

        SHACL's own sh:conforms is true only if there is no result at all (https://www.w3.org/TR/shacl/#conforms).
        """
        return all(finding.severity < least for finding in self.findings)

    def counts(self) -> dict[Severity, int]:
        """Return the number of findings of each severity, the gravest first; zeros are there."""
        return {
            severity: sum(finding.severity is severity for finding in self.findings)
            for severity in sorted(Severity, reverse=True)
        }

    def by_shape(self) -> tuple[tuple[Shape, tuple[Finding, ...]], ...]:
        """Return each shape with its findings: ``shapes`` in their order, then those known from findings alone.

        Shapes without an IRI are one if they constrain the same path in the same way.
        """
        shapes = {shape.iri: shape for shape in self.shapes}
        grouped: dict[str, list[Finding]] = {iri: [] for iri in shapes}
        for finding in self.findings:
            iri = _name_shape(finding)
            shapes.setdefault(iri, Shape(iri, None, finding.message, finding.severity))
            grouped.setdefault(iri, []).append(finding)
        return tuple((shapes[iri], tuple(findings)) for iri, findings in grouped.items())

    def with_shapes(self) -> tuple[tuple[Finding, Shape], ...]:
        """Return each finding, in the report's order, with the shape that it comes from."""
        shapes = {shape.iri: shape for shape, _ in self.by_shape()}
        return tuple((finding, shapes[_name_shape(finding)]) for finding in self.findings)

    def locate(self, locations: Mapping[str, Location]) -> Report:
        """Return the report with each finding located where its focus node is defined, or the entry that it lies below.

        A span ``…/p23/s1/span`` without a place of its own is located at ``…/p23/s1``, and so on upwards.
        """
        located = (replace(finding, location=_nearest(finding.focus_node, locations)) for finding in self.findings)
        return replace(self, findings=tuple(located))


def _name_shape(finding: Finding) -> str:
    if not finding.source_shape.startswith("_:"):
        return finding.source_shape
    return name_anonymous(_local_name(finding.component).removesuffix("ConstraintComponent"), finding.path)


def name_anonymous(kind: str, path: PropertyPath | None) -> str:
    """Return what a shape without an IRI is called in place of one: ``_:``, its constraint and its path."""
    return f"_:{kind}" if path is None else f"_:{kind}-{write_path(path, _local_name)}"


def _order_label(term: str) -> str:
    """Return what a term is ordered by: blank nodes that are numbered stand in the order of their numbers."""
    return _TAIL.sub(lambda match: match[0].zfill(_DIGITS), term) if term.startswith("_:") else term


def _local_name(iri: str) -> str:
    return re.split(r"[#/]", iri)[-1] or iri


def _nearest(iri: str, locations: Mapping[str, Location]) -> Location | None:
    while iri:
        if iri in locations:
            return locations[iri]
        iri = iri.rpartition("/")[0]
    return None
