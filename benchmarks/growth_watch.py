"""A build watched from outside: how long its stages take by what it tells, and the memory of all its processes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Final

from benchmarks.failures import NotAvailable
from benchmarks.growth_build import END, Mark
from benchmarks.growth_results import Build, Stage, merge
from benchmarks.processes import last_words, proportional_set, stop

PAUSE: Final = 0.5
"""Seconds between two looks at the memory."""
LIMIT: Final = 12 * 3600.0
"""Seconds after which a build is given up."""


def run_build(arguments: Sequence[str], log: Path) -> Build:
    """Run ``benchmarks.growth_build`` and return what it took; ``NotAvailable`` if it fails.

    The stage “starting” lasts from the start of the process to the first mark. What the process tells, and what it
    complains of, stays in two files beside each other, ``log`` with the suffixes ``.stages`` and ``.log``.
    """
    told, complaints = log.with_suffix(".stages"), log.with_suffix(".log")
    command = [sys.executable, "-m", "benchmarks.growth_build", *arguments]
    begin = time.monotonic()
    with told.open("wb") as output, complaints.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True
        )
        try:
            samples = list(_sample(process))
        finally:
            stop(process)
    marks = [Mark("starting", begin, 0.0), *_read_marks(told)]
    if process.returncode:
        raise NotAvailable(_explain(process.returncode, [*marks, Mark(END, time.monotonic(), 0.0)], samples, log))
    return Build(marks[-1].quads, divide(marks, samples))


def divide(marks: Iterable[Mark], samples: Sequence[tuple[float, float]]) -> tuple[Stage, ...]:
    """Return the stages between ``marks``, one a name, with the peaks of ``samples``: pairs of time and MiB."""
    stages: dict[str, Stage] = {}
    for mark, end in pairwise(marks):
        peak = max((mib for at, mib in samples if mark.at <= at < end.at), default=None)
        taken = Stage(mark.stage, end.at - mark.at, end.processor_seconds - mark.processor_seconds, peak)
        stages[mark.stage] = merge(mark.stage, [stages[mark.stage], taken]) if mark.stage in stages else taken
    return tuple(stages.values())


def _sample(process: subprocess.Popen[bytes]) -> Iterator[tuple[float, float]]:
    """Yield the time and the memory of ``process`` and all below it, until it ends."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        memory = proportional_set(process.pid)
        if memory is not None:
            yield time.monotonic(), memory
        with suppress(subprocess.TimeoutExpired):
            process.wait(PAUSE)
            return
    raise NotAvailable(f"the build took more than {LIMIT / 3600:.0f} hours")


def _read_marks(told: Path) -> list[Mark]:
    return [Mark(**json.loads(line)) for line in told.read_text("utf-8").splitlines() if line.endswith("}")]


def _explain(status: int, marks: Sequence[Mark], samples: Sequence[tuple[float, float]], log: Path) -> str:
    """Return where and why a build failed, with the memory that it had at most."""
    whole = merge("all", divide(marks, samples))
    peak = f"{whole.peak_mib:,.0f} MiB at most" if whole.peak_mib else "memory unknown"
    reason = f"killed by signal {-status}" if status < 0 else last_words(log.with_suffix(".log"))
    return f"in the stage “{marks[-2].stage}”, after {whole.seconds:,.0f} s, {peak}: {reason}"
