"""Timelines: the lives of undertakings on one axis of days, so that they can be compared."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from g7kg.pages.named import show_day
from g7kg.pages.register import Deadline, Event
from g7kg.pages.sources import Source

STEP: Final = 13.0
"""How far apart marks of the same day are drawn, in the units of the picture."""


@dataclass(frozen=True)
class Tick:
    """A day that the axis names; ``label`` is empty where it would run into the one before."""

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
    ticks: tuple[Tick, ...] = ()

    def locate(self, day: date) -> float:
        """Return where ``day`` is; days outside the axis are at its ends."""
        if self.start == self.end:
            return round(self.width / 2, 1)
        share = (min(max(day, self.start), self.end) - self.start).days / (self.end - self.start).days
        return round(self.margin + share * (self.width - 2 * self.margin), 1)


@dataclass(frozen=True)
class Mark:
    """An event or a deadline in its place: ``kind`` chooses the mark, ``text`` says it."""

    kind: str
    text: str
    x: float
    hollow: bool = False


@dataclass(frozen=True)
class Timeline:
    """Marks on ``axis``, in the order of days; ``line`` goes from the first to the last, if there are two days."""

    axis: Axis
    marks: tuple[Mark, ...]
    deadlines: tuple[Mark, ...]
    line: tuple[float, float] | None


def make_axis(
    sources: Iterable[Source], deadlines: Iterable[Deadline], *, width: float, margin: float, gap: float
) -> Axis | None:
    """Return the axis on which all lives are drawn, with a tick for the day of each source; ``None`` without any day.

    A label that would begin less than ``gap`` after the one before is left out.
    """
    named = sorted({source.day for source in sources if source.day})
    days = [*named, *(deadline.day for deadline in deadlines if deadline.day)]
    if not days:
        return None
    axis = Axis(min(days), max(days), width, margin)
    ticks: list[Tick] = []
    last = -gap
    for day in named:
        x = axis.locate(day)
        shown = x - last >= gap
        last = x if shown else last
        anchor = "start" if x < gap / 2 else "end" if x > width - gap / 2 else "middle"  # so that it stays inside
        ticks.append(Tick(x, f"{day:%b %Y}" if shown else "", anchor))
    return replace(axis, ticks=tuple(ticks))


def describe_life(events: Iterable[Event], deadlines: Iterable[Deadline]) -> str:
    """Return in words what ``draw_life`` draws: “stated on 15 March 2024; due by 31 December 2024”."""
    return "; ".join([*(event.text for event in events), *(text for _, text in _list_due(deadlines))])


def draw_life(axis: Axis | None, events: Iterable[Event], deadlines: Iterable[Deadline]) -> Timeline | None:
    """Return the timeline of one undertaking, whose events and deadlines are in order of time; ``None`` without axis.

    Events of one day stand side by side; what is elaborated goes round another mark.
    """
    if axis is None:
        return None
    marks: list[Mark] = []
    taken: Counter[float] = Counter()
    for event in events:
        if event.source.day:
            x = axis.locate(event.source.day)
            around = event.kind == "elaborated"
            shift = 0 if around else taken[x] * STEP
            taken[x] += 0 if around else 1
            marks.append(Mark(event.kind, event.text, round(x + shift, 1), event.inferred))
    ends = (marks[0].x, marks[-1].x) if marks and marks[0].x < marks[-1].x else None
    due = tuple(Mark("due", text, axis.locate(day)) for day, text in _list_due(deadlines))
    return Timeline(axis, tuple(marks), due, ends)


def _list_due(deadlines: Iterable[Deadline]) -> list[tuple[date, str]]:
    return [(one.day, f"due by {show_day(one.day)}") for one in deadlines if one.day]
