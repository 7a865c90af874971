"""Growth as tables for people: a row for what was measured, a column for each number of declarations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from benchmarks.growth_results import (
    CHANGED,
    FIRST,
    GROUPS,
    UNCHANGED,
    Answer,
    Build,
    Growth,
    Memory,
    Series,
    Serving,
    Stage,
    Throughput,
    group_stages,
    list_groups,
)

NOTHING: Final = "–"
_MIB: Final = 1 << 20
_INTRODUCTION: Final = """\
# Growth with the number of declarations

Synthetic declarations beside the real ones. Times are seconds of the clock if nothing else is said. In brackets: by
which factor more than the quads have grown from the column before; 1 is linear growth. – means: not measured, or over
before the memory was looked at."""
_BUILDS: Final = {FIRST: "from nothing", UNCHANGED: "nothing changed", CHANGED: "one gist changed"}

_Cell = Callable[[Growth], str]
_Row = tuple[str, Sequence[str]]


def write_report(series: Series) -> str:
    """Return the results in Markdown."""
    growths = series.growths
    machine = ", ".join(f"{name}: {value}" for name, value in series.machine.items())
    sections = {
        "Building": _building(growths),
        "Peak memory of a build, MiB": _peaks(growths),
        "Building again": _again(growths),
        "Sizes, MiB": _sizes(growths),
        "Serving": _serving(growths),
        "How": _settings(growths),
    }
    tables = [f"## {title}\n\n" + "\n".join(write_table(growths, rows)) for title, rows in sections.items()]
    return "\n\n".join([_INTRODUCTION, machine, *tables, *_failures(growths)]) + "\n"


def write_table(growths: Sequence[Growth], rows: Iterator[_Row]) -> Iterator[str]:
    """Yield the lines of a table with a column for each of ``growths``."""
    heads = [f"{growth.declarations:,}" for growth in growths]
    yield f"| declarations | {' | '.join(heads)} |"
    yield "| --- |" + " --: |" * len(heads)
    for title, cells in rows:
        yield f"| {title} | {' | '.join(cells)} |"


def growth_factors(quads: Sequence[int | None], values: Sequence[float | None]) -> list[float | None]:
    """Return for each of ``values`` by which factor it grew over that of ``quads``, both from the one before.

    ``None`` for the first, and where one of the four numbers is not known or zero.
    """
    factors: list[float | None] = [None] if values else []
    for (old_quads, old), (new_quads, new) in pairwise(zip(quads, values, strict=True)):
        factors.append(new / old / (new_quads / old_quads) if old_quads and old and new_quads and new else None)
    return factors


def _building(growths: Sequence[Growth]) -> Iterator[_Row]:
    yield _row("quads", growths, lambda growth: f"{growth.first.quads:,}" if growth.first else NOTHING)
    for title, stages in _stages(growths):
        yield title, _with_factors(growths, [stage.seconds if stage else None for stage in stages])
    wholes = [growth.first.all if growth.first else None for growth in growths]
    yield "**all**", _with_factors(growths, [stage.seconds if stage else None for stage in wholes])
    yield "processor seconds", _with_factors(growths, [stage.processor_seconds if stage else None for stage in wholes])
    yield _row("seconds per 1,000 quads", growths, _rate)


def _peaks(growths: Sequence[Growth]) -> Iterator[_Row]:
    for title, stages in _stages(growths):
        yield title, [_number(stage.peak_mib if stage else None, 0) for stage in stages]
    yield _row("**all**", growths, lambda growth: _number(growth.first.all.peak_mib if growth.first else None, 0))


def _again(growths: Sequence[Growth]) -> Iterator[_Row]:
    for name, title in _BUILDS.items():
        yield title, [_seconds(growth.builds.get(name)) for growth in growths]


def _sizes(growths: Sequence[Growth]) -> Iterator[_Row]:
    yield _row("YAML", growths, lambda growth: _mebibytes(growth.corpus.bytes if growth.corpus else None))
    for part in dict.fromkeys(name for growth in growths for name in growth.sizes):
        yield part, [_mebibytes(growth.sizes.get(part)) for growth in growths]
    yield _row(
        "seconds to write the YAML", growths, lambda growth: _number(growth.corpus.seconds if growth.corpus else None)
    )


def _serving(growths: Sequence[Growth]) -> Iterator[_Row]:
    served = [growth.serving for growth in growths]
    yield "ready after, s", [_number(each.ready_seconds if each else None) for each in served]
    yield from _answer_rows(served)
    yield from _load_rows(served)
    yield "server, MiB: resident (of its own)", [_memory(each.server if each else None) for each in served]
    yield (
        "largest worker, MiB: resident (of its own)",
        [_memory(each.largest_worker if each else None) for each in served],
    )


def _answer_rows(served: Sequence[Serving | None]) -> Iterator[_Row]:
    queries = [{answer.path: answer for answer in each.queries} if each else {} for each in served]
    for path in dict.fromkeys(path for answers in queries for path in answers):
        yield f"{path}, ms", [_milliseconds(answers.get(path)) for answers in queries]
    for place, title in enumerate(("page of a declaration", "home page")):
        pairs = [each.pages[place] if each else (None, None) for each in served]
        yield f"{title}, ms: first, second", [", ".join(map(_milliseconds, pair)) for pair in pairs]


def _load_rows(served: Sequence[Serving | None]) -> Iterator[_Row]:
    loads = [{load.clients: load for load in each.loads} if each else {} for each in served]
    for clients in dict.fromkeys(clients for each in loads for clients in each):
        who = "1 client" if clients == 1 else f"{clients} clients"
        yield f"light queries, {who}: answers a second (median ms)", [_load(each.get(clients)) for each in loads]


def _settings(growths: Sequence[Growth]) -> Iterator[_Row]:
    for name in dict.fromkeys(name for growth in growths for name in growth.settings):
        yield name, [growth.settings.get(name, NOTHING) for growth in growths]


def _failures(growths: Sequence[Growth]) -> Iterator[str]:
    lines = [
        f"- {growth.declarations:,} declarations, {step}: {reason}"
        for growth in growths
        for step, reason in growth.failures.items()
    ]
    if lines:
        yield "## What failed\n\n" + "\n".join(lines)


def _stages(growths: Sequence[Growth]) -> Iterator[tuple[str, list[Stage | None]]]:
    """Yield each group of stages with what it took, and below it its stages if it has several."""
    builds = [growth.first for growth in growths]
    for group in list_groups(growths):
        yield f"**{group}**", [group_stages(build).get(group) if build else None for build in builds]
        names = GROUPS.get(group, ())
        for name in names if len(names) > 1 else ():
            yield f"· {name}", [_find_stage(build, name) for build in builds]


def _find_stage(build: Build | None, name: str) -> Stage | None:
    return next((stage for stage in build.stages if stage.name == name), None) if build else None


def _row(title: str, growths: Sequence[Growth], cell: _Cell) -> _Row:
    return title, [cell(growth) for growth in growths]


def _with_factors(growths: Sequence[Growth], values: Sequence[float | None]) -> list[str]:
    factors = growth_factors([growth.first.quads if growth.first else None for growth in growths], values)
    return [
        _number(value) + (f" ({factor:.2f})" if factor is not None else "")
        for value, factor in zip(values, factors, strict=True)
    ]


def _rate(growth: Growth) -> str:
    build = growth.first
    return _number(build.all.seconds / build.quads * 1000 if build and build.quads else None, 3)


def _number(value: float | None, digits: int = 1) -> str:
    return NOTHING if value is None else f"{value:,.{digits}f}"


def _seconds(build: Build | None) -> str:
    return _number(build.all.seconds if build else None)


def _mebibytes(size: int | None) -> str:
    return NOTHING if size is None else f"{size / _MIB:,.1f}"


def _milliseconds(answer: Answer | None) -> str:
    if answer is None:
        return NOTHING
    failed = "" if answer.status == 200 else f" ({answer.status or 'no answer'})"  # noqa: PLR2004 - a good answer's
    return f"{answer.seconds * 1000:,.0f}{failed}"


def _load(load: Throughput | None) -> str:
    if load is None:
        return NOTHING
    failed = f", {load.errors} failed" if load.errors else ""
    return f"{load.per_second:,.0f} ({_number(load.median_ms)}{failed})"


def _memory(memory: Memory | None) -> str:
    return f"{memory.resident_mib:,.0f} ({memory.anonymous_mib:,.0f})" if memory else NOTHING
