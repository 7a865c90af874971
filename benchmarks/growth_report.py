"""Growth for people: a table with a row for what was measured and a column for each number of declarations; a chart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Final

Rows = Mapping[str, float | str]
"""What was measured with so many declarations, by the title of its row; text says why there is no number."""

QUADS: Final = "quads"
WHOLE: Final = "all, s"
PEAK: Final = "peak memory of all processes, MiB"
NOTHING: Final = "–"
GROUPS: Final = {
    "starting, s": ("starting", "waiting for whoever else builds here", "checking the snapshot of the same inputs"),
    "reading, s": ("reading the mappings",),
    "loading, s": ("loading the graph",),
    "rules, s": ("applying the rules",),
    "validating, s": ("selecting focus nodes", "validating"),
    "store and dumps, s": ("writing the graph", "writing the store and the dumps"),
    "index and tables, s": ("writing the index and the tables",),
}
"""Stages of a build that belong together, in order. Publishing is not told; it belongs to the last stage."""

_COLOURS: Final = ("#1f5fa8", "#d9822b", "#3d8f5b", "#a3427c", "#7a6a2f", "#4aa3b5", "#8a8f98")
_BLACK: Final = "#1d232b"
_LEFT: Final = 90
_RIGHT: Final = 880
_TOP: Final = 110
_HEIGHT: Final = 360
_GAP: Final = 96
_STYLE: Final = (
    "text{font:13px system-ui,'Helvetica Neue',Arial,sans-serif;fill:#1d232b}.small{font-size:11px;fill:#5a6370}"
    ".title{font-size:17px;font-weight:600}.size{font-weight:600}.grid{stroke:#e3e6ea}"
    ".line{fill:none;stroke-width:2}.linear{stroke:#5a6370;stroke-dasharray:6 5;fill:none}"
)

Points = Sequence[tuple[float, float]]
"""Declarations and what was measured with them; both more than 0."""


def write_table(measured: Mapping[int, Rows]) -> str:
    """Return the table in Markdown.

    In brackets, for the seconds of a build: by which factor more than the quads they grew from the column before; 1 is
    linear growth.
    """
    columns = sorted(measured)
    lines = [f"| declarations | {' | '.join(f'{column:,}' for column in columns)} |", "|---|" + "---:|" * len(columns)]
    for title in dict.fromkeys(title for column in columns for title in measured[column]):
        cells = [_format(measured[column].get(title, NOTHING)) for column in columns]
        if title in {*GROUPS, WHOLE}:
            cells = [cell + _compare(measured, columns, place, title) for place, cell in enumerate(cells)]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _compare(measured: Mapping[int, Rows], columns: Sequence[int], place: int, title: str) -> str:
    if not place:
        return ""
    (old, old_quads), (new, new_quads) = (
        (measured[column].get(title), measured[column].get(QUADS)) for column in columns[place - 1 : place + 1]
    )
    if not all(isinstance(value, float | int) and value for value in (old, old_quads, new, new_quads)):
        return ""
    return f" ({float(new) / float(old) / (float(new_quads) / float(old_quads)):.2f})"  # type: ignore[arg-type]


def _format(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2g}"  # noqa: PLR2004 - two digits


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


def draw_chart(measured: Mapping[int, Rows]) -> str:
    """Return the chart of the builds from nothing, as an SVG: a panel for seconds, one for memory.

    The dashed line goes through the last point of the whole build, and is what linear growth would look like.
    """
    lines = {title: points for title in (*GROUPS, WHOLE) if (points := find_points(measured, title))}
    colours = dict(zip(GROUPS, _COLOURS, strict=True)) | {WHOLE: _BLACK, PEAK: _BLACK}
    second = _TOP + _HEIGHT + _GAP
    size = f'width="{_RIGHT + 40}" height="{second + _HEIGHT + 60}"'
    pieces = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_RIGHT + 40} {second + _HEIGHT + 60}" {size}>',
        f'<style>{_STYLE}</style><rect width="100%" height="100%" fill="#fff"/>',
        '<text class="title" x="24" y="32">A build from nothing, by number of declarations</text>',
        *_legend({title: colours[title] for title in lines}),
        *_panel("Seconds of each group of stages", lines, colours, _TOP),
        *_panel(PEAK.capitalize(), {PEAK: find_points(measured, PEAK)}, colours, second),
        "</svg>",
    ]
    return "\n".join(pieces) + "\n"


def find_points(measured: Mapping[int, Rows], title: str) -> Points:
    """Return the points of a row."""
    found = ((column, measured[column].get(title)) for column in sorted(measured))
    return [(float(column), float(value)) for column, value in found if isinstance(value, float | int) and value > 0]


def _panel(title: str, lines: Mapping[str, Points], colours: Mapping[str, str], top: float) -> Iterator[str]:
    """Yield the pieces of the panel that begins at ``top``; the last of ``lines`` is compared with linear growth."""
    yield f'<text class="size" x="24" y="{top - 14:.0f}">{escape(title)}</text>'
    points = [point for line in lines.values() for point in line]
    if not points:
        return
    across, up = _fit([x for x, _ in points], _LEFT, _RIGHT), _fit([y for _, y in points], top + _HEIGHT, top)
    yield from _grid(across, up)
    for name, line in lines.items():
        yield from _line(line, across, up, colours[name])
    (declarations, value) = [*lines.values()][-1][-1]
    least = max(10.0**across.low, 10.0**up.low * declarations / value)
    most = min(10.0**across.high, 10.0**up.high * declarations / value)
    (x1, y1), (x2, y2) = ((across.place(x), up.place(value * x / declarations)) for x in (least, most))
    yield f'<line class="linear" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _fit(values: Sequence[float], begin: float, end: float) -> Scale:
    """Return the scale from the power of ten below ``values`` to the one above."""
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return Scale(low, max(high, low + 1), begin, end)


def _grid(across: Scale, up: Scale) -> Iterator[str]:
    for tick in across.ticks:
        x = across.place(tick)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{up.end:.1f}" y2="{up.begin:.1f}"/>'
        yield f'<text class="small" x="{x:.1f}" y="{up.begin + 18:.1f}" text-anchor="middle">{tick:,g}</text>'
    for tick in up.ticks:
        y = up.place(tick)
        yield f'<line class="grid" x1="{across.begin:.1f}" x2="{across.end:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="small" x="{across.begin - 10:.1f}" y="{y + 4:.1f}" text-anchor="end">{tick:,g}</text>'
    middle = (across.begin + across.end) / 2
    yield f'<text class="small" x="{middle:.1f}" y="{up.begin + 36:.1f}" text-anchor="middle">declarations</text>'


def _line(points: Points, across: Scale, up: Scale, colour: str) -> Iterator[str]:
    places = [(across.place(x), up.place(y)) for x, y in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline class="line" stroke="{colour}" points="{path}"/>'
    for (x, y), (declarations, value) in zip(places, points, strict=True):
        title = f"<title>{declarations:,.0f} declarations: {value:,.2f}</title>"
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}">{title}</circle>'


def _legend(colours: Mapping[str, str]) -> Iterator[str]:
    for place, (title, colour) in enumerate(colours.items()):
        x, y = 24 + place % 5 * 160, 46 + place // 5 * 20
        yield f'<rect x="{x}" y="{y}" width="12" height="12" rx="2" fill="{colour}"/>'
        yield f'<text x="{x + 18}" y="{y + 11}">{escape(title.removesuffix(", s"))}</text>'
    yield '<line class="linear" x1="664" x2="694" y1="72" y2="72"/><text x="702" y="77">linear growth</text>'
