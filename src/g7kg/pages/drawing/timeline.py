"""Timelines: moments on one axis of days, so that the lives of many things can be compared."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

STEP: Final = 13.0
"""How far apart marks of the same day are drawn, in the units of the picture."""


@dataclass(frozen=True)
class Tick:
    """A day that the axis names; ``label`` is empty where it would run into the one before."""

    day: date
    x: float
    label: str
    anchor: str


@dataclass(frozen=True)
class Axis:
    """Days from ``start`` to ``end`` along ``width`` units, of which ``margin`` are free on either side."""

    start: date
    end: date
    width: float
    margin: float
    ticks: tuple[Tick, ...]

    def locate(self, day: date) -> float:
        """Return where ``day`` is; days outside the axis are at its ends."""
        return _locate(day, self.start, self.end, self.width, self.margin)


@dataclass(frozen=True)
class Moment:
    """What happened on a day: ``kind`` chooses the mark, ``text`` says it. ``around`` goes round another mark."""

    day: date
    kind: str
    text: str
    hollow: bool = False
    around: bool = False


@dataclass(frozen=True)
class Mark:
    """A moment in its place."""

    moment: Moment
    x: float


@dataclass(frozen=True)
class Timeline:
    """Marks on ``axis``, in the order of days; ``line`` goes from the first to the last, if there are two days."""

    axis: Axis
    marks: tuple[Mark, ...]
    deadlines: tuple[Mark, ...]
    line: tuple[float, float] | None


def make_axis(
    named: Mapping[date, str], others: Iterable[date], width: float, margin: float, gap: float
) -> Axis | None:
    """Return the axis over all days, with a tick for those ``named``; ``None`` if there is no day at all.

    A label that would begin less than ``gap`` after the one before is left out.
    """
    days = [*named, *others]
    if not days:
        return None
    start, end = min(days), max(days)
    ticks: list[Tick] = []
    last = -gap
    for day, label in sorted(named.items()):
        x = _locate(day, start, end, width, margin)
        shown = x - last >= gap
        last = x if shown else last
        ticks.append(Tick(day, x, label if shown else "", _find_anchor(x, width, gap / 2)))
    return Axis(start, end, width, margin, tuple(ticks))


def draw_timeline(axis: Axis, moments: Iterable[Moment], deadlines: Iterable[Moment] = ()) -> Timeline:
    """Return the timeline of ``moments`` on ``axis``; those of one day stand side by side, unless they go around."""
    marks: list[Mark] = []
    taken: dict[float, int] = {}
    for moment in sorted(moments, key=lambda moment: moment.day):
        x = axis.locate(moment.day)
        shift = 0 if moment.around else taken.get(x, 0)
        taken[x] = shift + 1 if not moment.around else taken.get(x, 0)
        marks.append(Mark(moment, round(x + shift * STEP, 1)))
    ends = (marks[0].x, marks[-1].x) if marks and marks[0].x < marks[-1].x else None
    due = (Mark(moment, axis.locate(moment.day)) for moment in sorted(deadlines, key=lambda moment: moment.day))
    return Timeline(axis, tuple(marks), tuple(due), ends)


def _locate(day: date, start: date, end: date, width: float, margin: float) -> float:
    if start == end:
        return round(width / 2, 1)
    share = (min(max(day, start), end) - start).days / (end - start).days
    return round(margin + share * (width - 2 * margin), 1)


def _find_anchor(x: float, width: float, half: float) -> str:
    """Return how a label at ``x`` has to be aligned to stay inside."""
    if x < half:
        return "start"
    return "end" if x > width - half else "middle"
