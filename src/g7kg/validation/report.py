"""The value of a validation: findings, each with the place in a mapping that it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from g7kg.errors import Location


class Severity(IntEnum):
    """SHACL's severities (https://www.w3.org/TR/shacl/#severity), the graver the greater."""

    INFO = 1
    WARNING = 2
    VIOLATION = 3


@dataclass(frozen=True)
class Finding:
    """One validation result. Terms are in N-Triples form, IRIs without brackets; ``path`` is a SHACL path as text."""

    severity: Severity
    focus_node: str
    path: str | None
    value: str | None
    source_shape: str
    component: str
    message: str
    location: Location | None = None


@dataclass(frozen=True)
class Report:
    """What a validation found, in a stable order; ``quads`` is how many it read."""

    findings: tuple[Finding, ...]
    quads: int

    def conforms(self, least: Severity = Severity.VIOLATION) -> bool:
        """Whether there is no finding of severity ``least`` or graver."""
        return all(finding.severity < least for finding in self.findings)

    def locate(self, locations: Mapping[str, Location]) -> Report:
        """Return the report with each finding located where its focus node is defined, or the entry that it lies below.

        A span ``…/p23/s1/span`` without a place of its own is located at ``…/p23/s1``, and so on upwards.
        """
        located = (replace(finding, location=_nearest(finding.focus_node, locations)) for finding in self.findings)
        return replace(self, findings=tuple(located))


def _nearest(iri: str, locations: Mapping[str, Location]) -> Location | None:
    while iri:
        if iri in locations:
            return locations[iri]
        iri = iri.rpartition("/")[0]
    return None
