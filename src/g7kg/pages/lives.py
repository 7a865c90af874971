"""The lives of undertakings as pictures: events and deadlines on one axis. Pure."""

from collections.abc import Iterable

from g7kg.pages.drawing.timeline import Axis, Moment, Timeline, draw_timeline, make_axis
from g7kg.pages.named import show_day
from g7kg.pages.register import Deadline, Event
from g7kg.pages.sources import Source


def make_life_axis(
    sources: Iterable[Source], deadlines: Iterable[Deadline], *, width: float, margin: float, gap: float
) -> Axis | None:
    """Return the axis on which all lives are drawn, so that they compare: the days of all documents are named on it."""
    named = {source.day: f"{source.day:%b %Y}" for source in sources if source.day}
    return make_axis(named, (deadline.day for deadline in deadlines if deadline.day), width, margin, gap)


def describe_life(events: Iterable[Event], deadlines: Iterable[Deadline]) -> str:
    """Return in words what ``draw_life`` draws: “stated on 15 March 2024; due by 31 December 2024”."""
    due = (f"due by {show_day(deadline.day)}" for deadline in deadlines if deadline.day)
    return "; ".join([*(event.text for event in events), *due])


def draw_life(axis: Axis | None, events: Iterable[Event], deadlines: Iterable[Deadline]) -> Timeline | None:
    """Return the timeline of one undertaking; ``None`` without an axis, when nothing has a day."""
    if axis is None:
        return None
    moments = (
        Moment(event.source.day, event.kind, event.text, hollow=event.inferred, around=event.kind == "elaborated")
        for event in events
        if event.source.day
    )
    due = (Moment(deadline.day, "due", f"due by {show_day(deadline.day)}") for deadline in deadlines if deadline.day)
    return draw_timeline(axis, moments, due)
