"""What a measurement of growth writes down: one ``Growth`` for each number of declarations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from benchmarks.cells import describe_machine

FIRST: Final = "first"
UNCHANGED: Final = "unchanged"
CHANGED: Final = "changed"

GROUPS: Final = {
    "starting": ("starting", "waiting for whoever else builds here", "checking the snapshot of the same inputs"),
    "reading": ("reading the mappings",),
    "loading": ("loading the graph",),
    "rules": ("applying the rules",),
    "validating": ("selecting focus nodes", "validating"),
    "writing": (
        "writing the graph",
        "writing the store and the dumps",
        "writing the index and the tables",
    ),
}
"""Stages of a build that belong together, in order. Publishing is not told; it belongs to the last stage."""


@dataclass(frozen=True)
class Stage:
    """A stage of a build: seconds of the clock and of processors, MiB at most of all processes together.

    ``peak_mib`` is ``None`` if the stage was over before its memory was looked at.
    """

    name: str
    seconds: float
    processor_seconds: float
    peak_mib: float | None


@dataclass(frozen=True)
class Build:
    """A build that was published: its quads, and its stages in the order in which they began."""

    quads: int
    stages: tuple[Stage, ...]

    @property
    def all(self) -> Stage:
        """The whole build as one stage."""
        return merge("all", self.stages)


@dataclass(frozen=True)
class Corpus:
    """How long the synthetic declarations took to be written, and how many bytes of YAML they are."""

    seconds: float
    bytes: int


@dataclass(frozen=True)
class Answer:
    """What came of one request; status 0: no answer within the time there was."""

    path: str
    status: int
    seconds: float
    bytes: int


@dataclass(frozen=True)
class Throughput:
    """Good answers a second to so many clients, their median time, and how many answers there were not."""

    clients: int
    per_second: float
    median_ms: float | None
    errors: int


@dataclass(frozen=True)
class Memory:
    """The resident memory of one process in MiB: all of it, and what is no part of a file."""

    resident_mib: float
    anonymous_mib: float


@dataclass(frozen=True)
class Serving:
    """What the server did: seconds until it was ready, answers, loads, the memory of its processes afterwards.

    ``pages`` has each page twice, the first time and the second. ``workers`` are the processes below the server.
    """

    ready_seconds: float
    queries: tuple[Answer, ...]
    loads: tuple[Throughput, ...]
    pages: tuple[tuple[Answer, Answer], ...]
    server: Memory
    workers: tuple[Memory, ...]

    @property
    def largest_worker(self) -> Memory | None:
        """The worker with the most memory of its own."""
        return max(self.workers, key=lambda each: each.anonymous_mib, default=None)


@dataclass(frozen=True)
class Growth:
    """All that was measured with so many declarations; ``failures`` has the reason for each step that failed."""

    declarations: int
    settings: dict[str, str] = field(default_factory=dict)
    corpus: Corpus | None = None
    builds: dict[str, Build] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    serving: Serving | None = None
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def first(self) -> Build | None:
        """The build from nothing, if it was published."""
        return self.builds.get(FIRST)


@dataclass(frozen=True)
class Series:
    """Measurements with several numbers of declarations, the smallest first, on one machine."""

    machine: dict[str, str] = field(default_factory=describe_machine)
    growths: tuple[Growth, ...] = ()

    def add(self, growth: Growth) -> Series:
        """Return the series with ``growth`` in place of what it had for as many declarations."""
        others = [each for each in self.growths if each.declarations != growth.declarations]
        ordered = sorted([*others, growth], key=lambda each: each.declarations)
        return Series(self.machine, tuple(ordered))

    def write(self, path: Path) -> None:
        """Write everything as JSON, in one step."""
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(TypeAdapter(Series).dump_json(self, indent=1) + b"\n")
        unfinished.replace(path)


def read_series(path: Path) -> Series:
    """Return what ``write`` wrote, an empty series if there is no such file."""
    return TypeAdapter(Series).validate_json(path.read_bytes()) if path.is_file() else Series()


def merge(name: str, stages: Iterable[Stage]) -> Stage:
    """Return ``stages`` as one: their sums, and the highest peak."""
    found = tuple(stages)
    peaks = [stage.peak_mib for stage in found if stage.peak_mib is not None]
    seconds, processor = sum(stage.seconds for stage in found), sum(stage.processor_seconds for stage in found)
    return Stage(name, seconds, processor, max(peaks, default=None))


def group_stages(build: Build) -> dict[str, Stage]:
    """Return the groups of ``build``; a stage that belongs to none is a group of its own."""
    groups = {name: [stage for stage in build.stages if stage.name in names] for name, names in GROUPS.items()}
    known = {name for names in GROUPS.values() for name in names}
    groups |= {stage.name: [stage] for stage in build.stages if stage.name not in known}
    return {name: merge(name, stages) for name, stages in groups.items() if stages}


def list_groups(growths: Sequence[Growth]) -> list[str]:
    """Return the names of all groups that the first builds have, in order."""
    found = [name for growth in growths if growth.first for name in group_stages(growth.first)]
    return list(dict.fromkeys(found))
