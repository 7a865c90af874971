"""What is wrong with mappings, told by the entry that it stands in."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Final

from g7kg.errors import G7kgError, Location, Problems
from g7kg.shacl import Finding, Severity

_ID: Final = re.compile(r" *- id: (?P<id>\S+)")
_NESTED: Final = re.compile(r".*/([lfn]\d+|span)")
"""What has no heading of its own: links, follow-ups, short forms, spans."""


@dataclass(frozen=True)
class Complaint:
    """Something that is wrong, where, and what to do."""

    location: Location
    text: str
    hint: str = ""


def list_complaints(error: G7kgError) -> list[Complaint]:
    """Return what ``error`` tells, the most fundamental first: a reader does not go on behind what it cannot read."""
    problems = error.problems if isinstance(error, Problems) else (error,)
    return [Complaint(one.location, f"error: {one.message}", one.hint or "") for one in problems]


def list_findings(findings: Iterable[Finding], least: Severity) -> list[Complaint]:
    """Return what ``findings`` of the severity ``least`` or graver tell, the gravest first."""
    grave = sorted((one for one in findings if one.severity >= least), key=lambda one: -one.severity)
    return [Complaint(one.location or Location(), f"{one.severity.word}: {one.message}") for one in grave]


def group_complaints(
    complaints: Iterable[Complaint], root: Path, first: Iterable[str] = ()
) -> Mapping[str, list[Complaint]]:
    """Return ``complaints`` in their order by entry: by statement, or else the entry of the list that they stand in.

    Files are named relative to ``root``. Entries come in the order of their files and lines, the files of ``first``
    before others. A file may be no YAML at all.
    """
    changed, groups = list(first), dict[tuple[bool, str, int, str], list[Complaint]]()
    for one in complaints:
        path = one.location.path or ""
        line, name = _find_entry(root / path, one.location.line or 0)
        groups.setdefault((path not in changed, path, line, name), []).append(one)
    return {
        " ".join((f"{path}:{line}" if line else path, name)).strip(): found
        for (_, path, line, name), found in sorted(groups.items(), key=itemgetter(0))
    }


def _find_entry(path: Path, line: int) -> tuple[int, str]:
    lines = path.read_text("utf-8", "replace").splitlines()[:line] if path.is_file() else []
    for number, text in reversed(list(enumerate(lines, 1))):
        found = _ID.match(text)
        if found and not _NESTED.fullmatch(found["id"]):
            return number, found["id"]
    return 0, ""
