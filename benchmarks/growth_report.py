"""Growth for people: a table with a row for what was measured and a column for each number of declarations; a chart."""

from collections.abc import Mapping, Sequence
from typing import Final

from matplotlib.figure import Figure

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


def draw_chart(measured: Mapping[int, Rows]) -> Figure:
    """Return the chart of the builds from nothing: a panel for the seconds of each group of stages, one for memory.

    The dashed line goes through the last point of the whole build, or of memory: so would linear growth.
    """
    figure = Figure(figsize=(9, 9), layout="constrained")
    figure.suptitle("A build from nothing, by number of declarations")
    for axes, titles in zip(figure.subplots(2), ((*GROUPS, WHOLE), (PEAK,)), strict=True):
        axes.set(xscale="log", yscale="log", xlabel="declarations", ylabel="seconds" if WHOLE in titles else PEAK)
        axes.grid(alpha=0.3)
        for title in titles:
            if points := find_points(measured, title):
                sizes, values = zip(*points, strict=True)
                whole = title in {WHOLE, PEAK}
                axes.plot(sizes, values, "o-", label=title.removesuffix(", s"), color="black" if whole else None)
                if whole:
                    linear = [values[-1] * size / sizes[-1] for size in sizes]
                    axes.plot(sizes, linear, "--", color="grey", label="linear growth")
        if axes.lines:
            axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def find_points(measured: Mapping[int, Rows], title: str) -> Sequence[tuple[float, float]]:
    """Return the points of a row: declarations and what was measured with them, both more than 0."""
    found = ((column, measured[column].get(title)) for column in sorted(measured))
    return [(float(column), float(value)) for column, value in found if isinstance(value, float | int) and value > 0]
