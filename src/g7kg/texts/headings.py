"""Headings between paragraphs: which lines form one, and how they rank."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from g7kg.texts.lines import Line


@dataclass(frozen=True)
class Heading:
    """A heading of one or more lines; ``rank`` 0 is the highest."""

    lines: tuple[Line, ...]
    rank: int = 0

    @property
    def gap(self) -> int:
        """The number of blank lines above the heading."""
        return self.lines[0].gap


def read_headings(lines: Sequence[Line], is_wrapped: Callable[[Line, Line], bool]) -> tuple[Heading, ...]:
    """Return the headings in a run of heading lines; a line that only continues a full one belongs to its heading."""
    groups: list[list[Line]] = []
    for line in lines:
        if groups and is_wrapped(groups[-1][-1], line):
            groups[-1].append(line)
        else:
            groups.append([line])
    return tuple(Heading(tuple(group)) for group in groups)


def rank_headings(runs: Sequence[Sequence[Heading]]) -> list[tuple[Heading, ...]]:
    """Return the runs of headings with their ranks.

    Headings that stand together rank in order. One that stands alone ranks highest if more white space is above it than
    above the least spaced one, or if no two stand together anywhere; otherwise it ranks just below the highest.
    """
    least = min((run[0].gap for run in runs), default=0)
    nested = any(len(run) > 1 for run in runs)
    ranked: list[tuple[Heading, ...]] = []
    for run in runs:
        base = 1 if nested and len(run) == 1 and run[0].gap == least else 0
        ranked.append(tuple(Heading(heading.lines, base + index) for index, heading in enumerate(run)))
    return ranked
