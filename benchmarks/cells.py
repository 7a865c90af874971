"""What the benchmark writes down: one cell a measurement, and all that belongs to a run."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.answers import Disagreement


@dataclass(frozen=True)
class Cell:
    """One measurement: which it is, and what came of it. ``None``: nothing was finished in the time there was."""

    size: str
    server: str
    mode: str
    kind: str
    clients: int
    repetition: int
    finished: int
    errors: int
    unfinished: int
    per_second: float
    p50_ms: float | None
    p99_ms: float | None
    memory_mib: float | None

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What tells the cell from those of the same repetition."""
        return self.size, self.server, self.mode, self.kind, self.clients


@dataclass(frozen=True)
class Loading:
    """How a server took a graph in: seconds, MiB on disk, MiB of memory when it listened."""

    size: str
    server: str
    repetition: int
    load_seconds: float
    start_seconds: float
    disk_mib: float
    memory_mib: float | None


@dataclass(frozen=True)
class Absence:
    """A server, or a part of its measurements, that there is not, and why."""

    size: str
    server: str
    reason: str


def describe_machine() -> dict[str, str]:
    """Return what the measurements were made on."""
    return {
        "processor": _first_value("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "processors": str(os.cpu_count()),
        "memory": _first_value("/proc/meminfo", "MemTotal") or "unknown",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


@dataclass
class Results:
    """All that one run of the benchmark found."""

    begun: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    machine: dict[str, str] = field(default_factory=describe_machine)
    settings: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    graphs: dict[str, dict[str, int]] = field(default_factory=dict)
    loadings: list[Loading] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    compared: int = 0
    disagreements: list[Disagreement] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write everything as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def servers(self) -> list[str]:
        """Return the servers that were measured, in the order of their first cells."""
        return list(dict.fromkeys(cell.server for cell in self.cells))

    def find(self, size: str, server: str, mode: str, kind: str, clients: int) -> Cell | None:
        """Return the cell with the medians over the repetitions, ``None`` if there is none."""
        found = [cell for cell in self.cells if cell.key == (size, server, mode, kind, clients)]
        return _merge(found) if found else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest value that at least ``share`` of ``values`` do not exceed; ``None`` of none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _first_value(path: str, name: str) -> str | None:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), None)


def _merge(cells: Sequence[Cell]) -> Cell:
    first = cells[0]
    return Cell(
        *first.key,
        repetition=len(cells),
        finished=sum(cell.finished for cell in cells),
        errors=sum(cell.errors for cell in cells),
        unfinished=sum(cell.unfinished for cell in cells),
        per_second=median(cell.per_second for cell in cells),
        p50_ms=_median(cell.p50_ms for cell in cells),
        p99_ms=_median(cell.p99_ms for cell in cells),
        memory_mib=_median(cell.memory_mib for cell in cells),
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
