"""The build that is measured, as a program of its own: it tells when each stage begins.

``python -m benchmarks.growth_build ROOT OUTPUT ENGINE JOBS`` writes a line of JSON for each stage: its name, when it
begins (by the clock that all processes of a machine share), and the seconds of processors so far. The last line, which
has no name, is the end and has the number of quads. No more is imported than is needed: each process of the build does
so again.
"""

import json
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path

from g7kg.build.snapshot import Options, build_snapshot
from g7kg.errors import G7kgError
from g7kg.mapping.workspace import find_workspace


class _Teller:
    """Writes a line to standard output when a stage begins; how far it is makes no difference."""

    def __init__(self) -> None:
        self._stage = ""

    def __call__(self, step: str) -> None:
        stage = step.partition(":")[0]
        if stage != self._stage:
            self._stage = stage
            _tell(stage)


def _tell(stage: str, quads: int = 0) -> None:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    taken = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    sys.stdout.write(json.dumps([stage, time.monotonic(), taken, quads]) + "\n")
    sys.stdout.flush()


def main(root: str, output: str, engine: str, jobs: str) -> None:
    """Build the workspace in ``root`` and publish below ``output``."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")  # if memory runs out, this ends and nothing else
    options = Options(engine, int(jobs) or None)
    try:
        snapshot = build_snapshot(find_workspace(Path(root)), Path(output), None, _Teller(), options)
    except G7kgError as error:
        sys.exit(f"{error}")
    _tell("", sum(snapshot.manifest.graphs.values()))


if __name__ == "__main__":
    main(*sys.argv[1:])
