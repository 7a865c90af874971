"""Bars: rows of numbers by series, stacked along one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SCALE: Final = 1000
"""The length of the longest bar. A picture may stretch it to any width, because no text stands in it."""

Part = tuple[str, int, str | None]
"""The label of a series, a number that is not negative, and the address of what was counted, or ``None``."""

Row = tuple[str, Sequence[Part]]
"""The label of a row and its parts, in any order; a series may be missing."""


@dataclass(frozen=True)
class Segment:
    """A part of a bar: its series, counted from 1 as in the legend, and where it lies on the scale."""

    label: str
    number: int
    href: str | None
    series: int
    start: float
    length: float


@dataclass(frozen=True)
class Bar:
    """A row: its label, the sum of its numbers, its segments in the order of the legend, those of length 0 too."""

    label: str
    total: int
    segments: tuple[Segment, ...]

    @property
    def words(self) -> str:
        """The parts in words: “assertive 50, commissive 40”; nothing if there is one series only."""
        parts = [f"{part.label} {part.number}" for part in self.segments if part.number]
        return ", ".join(parts) if len(self.segments) > 1 else ""


@dataclass(frozen=True)
class BarChart:
    """Bars on one scale. ``legend`` has the labels of the series in their order."""

    legend: tuple[str, ...]
    bars: tuple[Bar, ...]


def stack_bars(rows: Sequence[Row], legend: Sequence[str] = (), whole: int | None = None) -> BarChart:
    """Return the chart of ``rows``, the parts of each one after the other.

    ``legend`` orders the series; those that it does not name follow as they come. ``whole`` is what the full length of
    the scale stands for, if that is not the greatest sum of a row.
    """
    named = dict.fromkeys([*legend, *(label for _, parts in rows for label, _, _ in parts)])
    series = {label: number for number, label in enumerate(named, 1)}
    totals = [sum(number for _, number, _ in parts) for _, parts in rows]
    greatest = whole if whole is not None else max(totals, default=0)
    unit = SCALE / greatest if greatest else 0.0
    bars = (_stack(row, series, total, unit) for row, total in zip(rows, totals, strict=True))
    return BarChart(tuple(named), tuple(bars))


def _stack(row: Row, series: dict[str, int], total: int, unit: float) -> Bar:
    label, parts = row
    segments: list[Segment] = []
    start = 0.0
    for name, number, href in sorted(parts, key=lambda part: series[part[0]]):
        length = round(number * unit, 2)
        segments.append(Segment(name, number, href, series[name], round(start, 2), length))
        start += length
    return Bar(label, total, tuple(segments))
