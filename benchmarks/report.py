"""The results as tables for people, and against the targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.cells import Cell, Results
from benchmarks.measure import MIX
from benchmarks.queries import HEAVY, LIGHT, POINT_LOOK_UPS

US: Final = "g7kg"
OTHERS: Final = ("oxigraph", "fuseki")
MANY: Final = 16
NOTHING: Final = "–"


@dataclass(frozen=True)
class Target:
    """A bound for a number that a run gives; ``at_least``: the number is not to be smaller, else not larger."""

    title: str
    bound: float
    at_least: bool
    value: float | None

    @property
    def met(self) -> str:
        """Whether the bound is kept, in a word."""
        if self.value is None:
            return "not measured"
        return "met" if (self.value >= self.bound) == self.at_least or self.value == self.bound else "missed"


@dataclass(frozen=True)
class Line:
    """A line of a table or of the chart: which cells it shows, and what they are called."""

    mode: str
    kind: str
    title: str
    clients: int


def light_lines(clients: int) -> list[Line]:
    """Return the lines for what touches a small part of the graph: the mixes, then each kind."""
    mixes = [Line(mode, MIX, f"mix, {mode}", clients) for mode in ("unseen", "repeated")]
    return mixes + [Line("unseen", kind.name, kind.title, clients) for kind in LIGHT]


HEAVY_LINES: Final = [Line("heavy", kind.name, kind.title, 1) for kind in HEAVY]
UNCHANGED: Final = Line("304", LIGHT[0].name, LIGHT[0].title, 1)


def find_cell(results: Results, size: str, line: Line, server: str) -> Cell | None:
    """Return the cell of ``server`` on ``line``, ``None`` if there is none."""
    return results.find(size, server, line.mode, line.kind, line.clients)


def speed_ratio(results: Results, size: str, line: Line, pair: tuple[str, str]) -> float | None:
    """Return the answers a second of the first server over those of the second; ``None`` if one is not known."""
    first, second = (find_cell(results, size, line, server) for server in pair)
    return first.per_second / second.per_second if first and second and second.per_second else None


def time_ratio(results: Results, size: str, line: Line, pair: tuple[str, str]) -> float | None:
    """Return the median time of the first server over that of the second; ``None`` if one is not known."""
    first, second = (find_cell(results, size, line, server) for server in pair)
    if not first or not second or first.p50_ms is None or not second.p50_ms:
        return None
    return first.p50_ms / second.p50_ms


def targets(results: Results, size: str) -> list[Target]:
    """Return the targets for ``size`` with what was measured."""
    pair = (US, "oxigraph")
    lines = light_lines(MANY)
    unseen, repeated, *_ = (speed_ratio(results, size, line, pair) for line in lines)
    look_ups = [speed_ratio(results, size, line, pair) for line in lines if line.kind in POINT_LOOK_UPS]
    heavy = [time_ratio(results, size, line, pair) for line in HEAVY_LINES]
    unchanged = find_cell(results, size, UNCHANGED, US)
    slowest = min((ratio for ratio in look_ups if ratio is not None), default=None)
    longest = max((ratio for ratio in heavy if ratio is not None), default=None)
    return [
        Target("unseen mix, answers a second : Oxigraph", 0.7, at_least=True, value=unseen),
        Target("unseen point look-ups, the slower : Oxigraph", 0.35, at_least=True, value=slowest),
        Target("repeated mix, answers a second : Oxigraph", 1.0, at_least=True, value=repeated),
        Target("heavy, time of the slowest : Oxigraph", 1.15, at_least=False, value=longest),
        Target("not changed (304), ms", 1.0, at_least=False, value=unchanged.p50_ms if unchanged else None),
    ]


def describe_targets(results: Results) -> list[str]:
    """Return a line for each target and size, for a terminal."""
    lines = []
    for size in results.graphs:
        for target in targets(results, size):
            bound = f"{'at least' if target.at_least else 'at most'} {target.bound:g}"
            lines.append(f"{size:>5}  {target.title:<46} {_number(target.value):>8}  {bound:<13} {target.met}")
    return lines


def write_report(results: Results) -> str:
    """Return the report in Markdown."""
    pieces = ["# Benchmark", *_conditions(results), *_agreement(results)]
    for size, graph in results.graphs.items():
        pieces.append(f"## {size}: {graph['quads']:,} quads")
        pieces += _missing(results, size)
        if any(cell.size == size for cell in results.cells):
            pieces += _tables(results, size)
    return "\n\n".join(pieces) + "\n"


def _conditions(results: Results) -> Iterator[str]:
    rows = [[name, value] for name, value in {**results.machine, **results.versions, **results.settings}.items()]
    yield _table(["run", results.begun], rows)


def _agreement(results: Results) -> Iterator[str]:
    yield "## Answers"
    asked = f"{results.compared} queries were asked of every server that was measured"
    yield f"{asked}; {len(results.disagreements)} answers differ."
    rows = [[item.kind, *item.servers, *map(str, item.rows)] for item in results.disagreements]
    if rows:
        yield _table(["kind", "first", "other", "rows of the first", "rows of the other"], rows)


def _missing(results: Results, size: str) -> Iterator[str]:
    absences = [absence for absence in results.absences if absence.size in {size, "all"}]
    if absences:
        yield "\n".join(f"- {absence.server}: {absence.reason}" for absence in absences)


def _tables(results: Results, size: str) -> Iterator[str]:
    rows = [[item.title, f"{item.bound:g}", _number(item.value), item.met] for item in targets(results, size)]
    yield _table(["target", "bound", "measured", ""], rows)
    yield "### Loading"
    yield _loading(results, size)
    for clients in dict.fromkeys(cell.clients for cell in results.cells if cell.mode == "unseen"):
        yield f"### Answers a second, {clients} client{'s' if clients > 1 else ''}"
        yield _speeds(results, size, clients)
        yield f"### Time of an answer, {clients} client{'s' if clients > 1 else ''}: median / 99 % (ms)"
        yield _times(results, size, light_lines(clients))
    yield "### Heavy queries, one client: median / slowest (ms)"
    yield _times(results, size, HEAVY_LINES)
    yield "### Asked again, not changed (304): median / 99 % (ms)"
    yield _times(results, size, [UNCHANGED])
    yield f"### Memory after the load (MiB), {MANY} clients"
    yield _memories(results, size)


def _speeds(results: Results, size: str, clients: int) -> str:
    rows = []
    for line in light_lines(clients):
        cells = [find_cell(results, size, line, server) for server in results.servers()]
        ratios = [_number(speed_ratio(results, size, line, (US, other))) for other in OTHERS]
        rows.append([line.title, *(f"{cell.per_second:,.0f}" if cell else NOTHING for cell in cells), *ratios])
    return _table(["", *results.servers(), *(f"{US} : {other}" for other in OTHERS)], rows)


def _times(results: Results, size: str, lines: Sequence[Line]) -> str:
    rows = []
    for line in lines:
        cells = [find_cell(results, size, line, server) for server in results.servers()]
        ratios = [_number(time_ratio(results, size, line, (US, other))) for other in OTHERS]
        rows.append([line.title, *map(_time, cells), *ratios])
    return _table(["", *results.servers(), *(f"{US} : {other}" for other in OTHERS)], rows)


def _loading(results: Results, size: str) -> str:
    rows = [
        [
            item.server,
            f"{item.load_seconds:.1f}",
            f"{item.start_seconds:.1f}",
            f"{item.disk_mib:.0f}",
            _number(item.memory_mib),
        ]
        for item in results.loadings
        if item.size == size
    ]
    return _table(["server", "load (s)", "start (s)", "on disk (MiB)", "memory at the start (MiB)"], rows)


def _memories(results: Results, size: str) -> str:
    rows = []
    for mode in ("unseen", "repeated"):
        line = Line(mode, MIX, f"mix, {mode}", MANY)
        cells = [find_cell(results, size, line, server) for server in results.servers()]
        rows.append([line.title, *(_number(cell.memory_mib) if cell else NOTHING for cell in cells)])
    return _table(["", *results.servers()], rows)


def _time(cell: Cell | None) -> str:
    if cell is None:
        return NOTHING
    trouble = f" ({cell.errors} errors)" if cell.errors else ""
    return f"{_number(cell.p50_ms)} / {_number(cell.p99_ms)}{trouble}"


def _number(value: float | None) -> str:
    """Return ``value`` with three digits that count."""
    if value is None:
        return NOTHING
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 3  # noqa: PLR2004
    return f"{value:,.{digits}f}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
