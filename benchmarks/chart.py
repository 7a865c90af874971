"""The picture of a run: answers a second of each server over those of Oxigraph, by kind, as an SVG."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import log10
from typing import Final

from benchmarks.cells import Results
from benchmarks.report import MANY, light_lines, speed_ratio

REFERENCE: Final = "oxigraph"
COLOURS: Final = {"g7kg": "#1f5fa8", "fuseki": "#d9822b", "rdflib-endpoint": "#8a8f98"}
LEFT: Final = 270
RIGHT: Final = 70
WIDTH: Final = 920
BAR: Final = 11
LEAST: Final = 0.01
TICKS: Final = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)
_STYLE: Final = (
    "text{font:13px system-ui,'Helvetica Neue',Arial,sans-serif;fill:#1d232b}.small{font-size:11px;fill:#5a6370;"
    "paint-order:stroke;stroke:#fff;stroke-width:3px}"
    ".title{font-size:17px;font-weight:600}.size{font-weight:600}.grid{stroke:#e3e6ea}.one{stroke:#1d232b}"
)


def draw_chart(results: Results) -> str:
    """Return the chart: a panel for each graph, a group of bars for each kind; the scale is logarithmic."""
    servers = [server for server in results.servers() if server != REFERENCE]
    pieces: list[str] = []
    y = 76.0
    for size in results.graphs:
        panel, y = _draw_panel(results, size, servers, y)
        pieces += panel
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y:.0f}" width="{WIDTH}" height="{y:.0f}">',
        f"<style>{_STYLE}</style>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text class="title" x="24" y="32">Answers a second, as a multiple of Oxigraph ({MANY} clients)</text>',
        *_legend(servers),
    ]
    return "\n".join([*head, *pieces, "</svg>"]) + "\n"


def _draw_panel(results: Results, size: str, servers: list[str], top: float) -> tuple[list[str], float]:
    """Return the pieces of the panel for ``size`` that begins at ``top``, and where it ends."""
    bars: list[str] = []
    y = top + 30
    for line in light_lines(MANY):
        height = BAR * len(servers)
        bars.append(f'<text x="{LEFT - 12}" y="{y + height / 2 + 4:.1f}" text-anchor="end">{escape(line.title)}</text>')
        for place, server in enumerate(servers):
            ratio = speed_ratio(results, size, line, (server, REFERENCE))
            bars += _draw_bar(ratio, y + place * BAR, COLOURS[server])
        y += height + 10
    quads = f"{results.graphs[size]['quads']:,} quads"
    head = f'<text class="size" x="24" y="{top + 16:.0f}">{escape(size)}: {quads}</text>'
    return [head, *_grid(top + 24, y), *bars], y + 40


def _draw_bar(ratio: float | None, y: float, colour: str) -> Iterator[str]:
    if ratio is None:
        return
    end = _x(ratio)
    yield f'<rect x="{LEFT}" y="{y:.1f}" width="{end - LEFT:.1f}" height="{BAR - 2}" rx="2" fill="{colour}"/>'
    yield f'<text class="small" x="{end + 5:.1f}" y="{y + BAR - 3:.1f}">{ratio:.2g}</text>'


def _grid(top: float, bottom: float) -> Iterator[str]:
    for tick in TICKS:
        x = _x(tick)
        style = "one" if tick == 1 else "grid"
        yield f'<line class="{style}" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>'
        yield f'<text class="small" x="{x:.1f}" y="{bottom + 14:.1f}" text-anchor="middle">{tick:g}</text>'


def _legend(servers: list[str]) -> Iterator[str]:
    for place, server in enumerate(servers):
        x = 24 + place * 150
        yield f'<rect x="{x}" y="46" width="12" height="12" rx="2" fill="{COLOURS[server]}"/>'
        yield f'<text x="{x + 18}" y="56">{escape(server)}</text>'


def _x(ratio: float) -> float:
    """Return where ``ratio`` is on the logarithmic scale."""
    span = log10(TICKS[-1]) - log10(LEAST)
    place = (log10(max(ratio, LEAST)) - log10(LEAST)) / span
    return LEFT + min(place, 1.0) * (WIDTH - LEFT - RIGHT)
