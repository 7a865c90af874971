"""The build that is measured, as a program of its own: it tells when each stage begins.

``python -m benchmarks.growth_build --engine shacl --jobs 2 ROOT OUTPUT``; it imports no more than it needs, because
each process of the build does so again.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from g7kg.build.snapshot import Options, build_snapshot
from g7kg.errors import G7kgError
from g7kg.mapping.workspace import find_workspace

END: Final = ""
"""Stands for the name of a stage in the mark of the end."""


@dataclass(frozen=True)
class Mark:
    """The beginning of a stage: by the clock that all processes of a machine share, and processor seconds so far.

    The last mark, which has no stage's name, is the end; it has the number of quads.
    """

    stage: str
    at: float
    processor_seconds: float
    quads: int = 0


class _Teller:
    """Writes a mark to standard output when a stage begins; how far it is makes no difference."""

    def __init__(self) -> None:
        self._stage = END

    def __call__(self, step: str) -> None:
        stage = step.partition(":")[0]
        if stage != self._stage:
            self._stage = stage
            _tell(stage)


def build_and_tell(root: Path, output: Path, options: Options) -> None:
    """Build the workspace in ``root`` and publish below ``output``; write marks to standard output, a line each."""
    try:
        snapshot = build_snapshot(find_workspace(root), output, None, _Teller(), options)
    except G7kgError as error:
        sys.exit(f"{error}")
    _tell(END, sum(snapshot.manifest.graphs.values()))


def _tell(stage: str, quads: int = 0) -> None:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    taken = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    sys.stdout.write(json.dumps(asdict(Mark(stage, time.monotonic(), taken, quads))) + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> None:
    """Build as ``arguments`` say."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.growth_build", description="Build, and tell the stages."
    )
    parser.add_argument("--engine", required=True)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("root", type=Path, help="the folder of the workspace")
    parser.add_argument("output", type=Path, help="the folder that is published to")
    options = parser.parse_args(arguments)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")  # if memory runs out, this ends and nothing else
    build_and_tell(options.root, options.output, Options(options.engine, options.jobs))


if __name__ == "__main__":
    main(sys.argv[1:])
