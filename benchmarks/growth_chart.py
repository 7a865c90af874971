"""The picture of growth: seconds of groups of stages, and peak memory, over declarations, on logarithmic scales."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Final

from benchmarks.growth_results import Growth, group_stages, list_groups

COLOURS: Final = ("#1f5fa8", "#d9822b", "#3d8f5b", "#a3427c", "#7a6a2f", "#4aa3b5", "#8a8f98")
WHOLE: Final = "all"
WIDTH: Final = 920
LEFT: Final = 90
RIGHT: Final = 40
HEIGHT: Final = 360
GAP: Final = 96
_TOP: Final = 110
_COLUMN: Final = 104
_STYLE: Final = (
    "text{font:13px system-ui,'Helvetica Neue',Arial,sans-serif;fill:#1d232b}.small{font-size:11px;fill:#5a6370}"
    ".title{font-size:17px;font-weight:600}.size{font-weight:600}.grid{stroke:#e3e6ea}"
    ".line{fill:none;stroke-width:2}.linear{stroke:#5a6370;stroke-dasharray:6 5;fill:none}"
)

Points = Sequence[tuple[float, float]]
"""Declarations and what was measured with them; both more than 0."""


@dataclass(frozen=True)
class Scale:
    """Where numbers are on a logarithmic scale that goes from 10 to the ``low`` to 10 to the ``high``."""

    low: int
    high: int
    begin: float
    end: float

    def place(self, value: float) -> float:
        """Return where ``value`` is."""
        return self.begin + (log10(value) - self.low) / (self.high - self.low) * (self.end - self.begin)

    @property
    def ticks(self) -> list[float]:
        """The powers of ten."""
        return [10.0**power for power in range(self.low, self.high + 1)]


def draw_chart(growths: Sequence[Growth]) -> str:
    """Return the chart of the first builds of ``growths``: a panel for seconds, one for memory.

    The dashed line goes through the last point of the whole build, and is what linear growth would look like.
    """
    built = [growth for growth in growths if growth.first]
    seconds, memory = find_seconds(built), find_memory(built)
    colours = {
        name: COLOURS[place % len(COLOURS)] for place, name in enumerate(name for name in seconds if name != WHOLE)
    }
    colours[WHOLE] = "#1d232b"
    height = _TOP + 2 * HEIGHT + GAP + 60
    second = _TOP + HEIGHT + GAP
    pieces = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">',
        f"<style>{_STYLE}</style>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        '<text class="title" x="24" y="32">A build from nothing, by number of declarations</text>',
        *_legend(colours),
        *_panel("Seconds of each group of stages", seconds, colours, _TOP),
        *_panel("Peak memory of all processes, MiB", {WHOLE: memory}, colours, second),
        "</svg>",
    ]
    return "\n".join(pieces) + "\n"


def find_seconds(growths: Sequence[Growth]) -> dict[str, Points]:
    """Return the points of each group of stages, and of the whole build."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in (*list_groups(growths), WHOLE)}
    for growth in growths:
        if growth.first:
            for name, stage in {**group_stages(growth.first), WHOLE: growth.first.all}.items():
                found[name] += [(growth.declarations, stage.seconds)] if stage.seconds > 0 else []
    return {name: tuple(points) for name, points in found.items()}


def find_memory(growths: Sequence[Growth]) -> Points:
    """Return the points of the peak memory of whole builds."""
    peaks = [(growth.declarations, growth.first.all.peak_mib) for growth in growths if growth.first]
    return tuple((declarations, peak) for declarations, peak in peaks if peak)


def _panel(title: str, lines: Mapping[str, Points], colours: Mapping[str, str], top: float) -> Iterator[str]:
    """Yield the pieces of the panel that begins at ``top``."""
    points = [point for line in lines.values() for point in line]
    yield f'<text class="size" x="24" y="{top - 14:.0f}">{escape(title)}</text>'
    if not points:
        return
    across = _fit([x for x, _ in points], LEFT, WIDTH - RIGHT)
    up = _fit([y for _, y in points], top + HEIGHT, top)
    yield from _grid(across, up)
    for name, line in lines.items():
        yield from _line(line, across, up, colours[name])
    yield from _linear(lines[WHOLE], across, up)


def _fit(values: Sequence[float], begin: float, end: float) -> Scale:
    """Return the scale from the power of ten below ``values`` to the one above."""
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return Scale(low, max(high, low + 1), begin, end)


def _grid(across: Scale, up: Scale) -> Iterator[str]:
    for tick in across.ticks:
        x = across.place(tick)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{up.end:.1f}" y2="{up.begin:.1f}"/>'
        yield f'<text class="small" x="{x:.1f}" y="{up.begin + 18:.1f}" text-anchor="middle">{_label(tick)}</text>'
    for tick in up.ticks:
        y = up.place(tick)
        yield f'<line class="grid" x1="{across.begin:.1f}" x2="{across.end:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="small" x="{across.begin - 10:.1f}" y="{y + 4:.1f}" text-anchor="end">{_label(tick)}</text>'
    middle = (across.begin + across.end) / 2
    yield f'<text class="small" x="{middle:.1f}" y="{up.begin + 36:.1f}" text-anchor="middle">declarations</text>'


def _line(points: Points, across: Scale, up: Scale, colour: str) -> Iterator[str]:
    places = [(across.place(x), up.place(y)) for x, y in points]
    if len(places) > 1:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline class="line" stroke="{colour}" points="{path}"/>'
    for (x, y), (declarations, value) in zip(places, points, strict=True):
        title = f"<title>{declarations:,.0f} declarations: {value:,.2f}</title>"
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}">{title}</circle>'


def _linear(points: Points, across: Scale, up: Scale) -> Iterator[str]:
    """Yield the line of linear growth through the last of ``points``, as far as the panel goes."""
    if not points:
        return
    declarations, value = points[-1]
    least = max(10.0**across.low, 10.0**up.low * declarations / value)
    most = min(10.0**across.high, 10.0**up.high * declarations / value)
    ends = [(across.place(x), up.place(value * x / declarations)) for x in (least, most)]
    (x1, y1), (x2, y2) = ends
    yield f'<line class="linear" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}"/>'


def _legend(colours: Mapping[str, str]) -> Iterator[str]:
    for place, (name, colour) in enumerate(colours.items()):
        x = 24 + place * _COLUMN
        yield f'<rect x="{x}" y="46" width="12" height="12" rx="2" fill="{colour}"/>'
        yield f'<text x="{x + 18}" y="57">{escape(name)}</text>'
    x = 24 + len(colours) * _COLUMN
    yield f'<line class="linear" x1="{x}" x2="{x + 30}" y1="52" y2="52"/><text x="{x + 38}" y="57">linear growth</text>'


def _label(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
