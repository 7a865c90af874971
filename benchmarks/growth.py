"""``python -m benchmarks.growth``: how building, validating, publishing, serving and querying grow with declarations.

Each number of declarations has a folder below ``--out``, with its workspace, which is written once, its snapshots and
its logs. What was measured is written after every step, so that an interrupted run loses nothing; a later run with
other numbers adds to it.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.calendar import find_occasion
from benchmarks.corpus import write_corpus
from benchmarks.failures import BenchmarkError, NotAvailable
from benchmarks.growth_chart import draw_chart
from benchmarks.growth_report import write_report
from benchmarks.growth_results import CHANGED, FIRST, UNCHANGED, Corpus, Growth, read_series
from benchmarks.growth_serving import Visit, measure_serving
from benchmarks.growth_watch import run_build
from g7kg import __version__
from g7kg.snapshot.manifest import find_snapshot

SEED: Final = 1
_GIST: Final = re.compile(r'^ +gist: "(.*)"$', re.MULTILINE)
_PARTS: Final = ("g7kg.nq", "store", "search.db")


@dataclass(frozen=True)
class Place:
    """Where so many declarations are measured, and how: the options of the build and of the server."""

    folder: Path
    declarations: int
    engine: str
    jobs: int | None
    workers: int
    seconds: float

    @property
    def workspace(self) -> Path:
        """The workspace with the declarations."""
        return self.folder / "workspace"

    @property
    def output(self) -> Path:
        """The folder that is published to."""
        return self.folder / "output"

    @property
    def settings(self) -> dict[str, str]:
        """What the results say of how they came about."""
        chosen = {"engine": self.engine, "jobs": self.jobs, "workers": self.workers, "seconds": self.seconds}
        now = datetime.now(UTC).isoformat(timespec="minutes")
        return {"begun": now, "g7kg": __version__, **{name: str(value or "default") for name, value in chosen.items()}}

    @property
    def slug(self) -> str:
        """The slug of the synthetic declaration in the middle."""
        return find_occasion((self.declarations + 1) // 2).slug


def measure(place: Place) -> Iterator[Growth]:
    """Measure step by step, and yield all that is known after each; a step that fails says why.

    Nothing follows a workspace that cannot be written, nor a first build that fails.
    """
    growth = Growth(place.declarations, place.settings)
    place.folder.mkdir(parents=True, exist_ok=True)
    for name, step in _STEPS.items():
        try:
            growth = step(place, growth)
        except (BenchmarkError, NotAvailable, OSError) as error:
            growth = replace(growth, failures={**growth.failures, name: f"{error}"})
        yield growth
        if not growth.corpus or (name == FIRST and not growth.first):
            shutil.rmtree(place.output, ignore_errors=True)  # nothing was published; the disk may be full of it
            return


def _write_workspace(place: Place, growth: Growth) -> Growth:
    """Write the workspace, or take the one that is there, which says what it took."""
    facts = place.folder / "workspace.json"
    if not facts.is_file():
        shutil.rmtree(place.workspace, ignore_errors=True)
        begin = time.monotonic()
        size = write_corpus(place.workspace, place.declarations, SEED)
        facts.write_text(json.dumps(asdict(Corpus(time.monotonic() - begin, size))), "utf-8")
    return replace(growth, corpus=Corpus(**json.loads(facts.read_text("utf-8"))))


def _build_first(place: Place, growth: Growth) -> Growth:
    shutil.rmtree(place.output, ignore_errors=True)
    return _add_build(place, growth, FIRST)


def _build_unchanged(place: Place, growth: Growth) -> Growth:
    return _add_build(place, growth, UNCHANGED)


def _build_changed(place: Place, growth: Growth) -> Growth:
    with changed_gist(place.workspace / "mappings" / f"{place.slug}.yaml"):
        return _add_build(place, growth, CHANGED)


def _add_build(place: Place, growth: Growth, name: str) -> Growth:
    jobs = [] if place.jobs is None else ["--jobs", str(place.jobs)]
    folders = [str(place.workspace), str(place.output)]
    build = run_build(["--engine", place.engine, *jobs, *folders], place.folder / name)
    _remove_old(place.output)
    return replace(growth, builds={**growth.builds, name: build})


def _remove_old(output: Path) -> None:
    """Remove all snapshots but the current one: three of the largest size would fill a disk."""
    current = find_snapshot(output)
    for folder in (output / "snapshots").iterdir():
        if folder.resolve() != current:
            shutil.rmtree(folder)


@contextmanager
def changed_gist(mapping: Path) -> Iterator[None]:
    """Let the shortest gist of ``mapping`` be another one for as long as the context lasts."""
    before = mapping.read_bytes()
    text = before.decode()
    shortest = min(_GIST.finditer(text), key=lambda match: len(match[1]))
    mapping.write_bytes(f"{text[: shortest.end(1)]} Anew.{text[shortest.end(1) :]}".encode())
    try:
        yield
    finally:
        mapping.write_bytes(before)


def _weigh_parts(place: Place, growth: Growth) -> Growth:
    folder = find_snapshot(place.output)
    return replace(growth, sizes={name: _count_bytes(folder / name) for name in _PARTS})


def _count_bytes(path: Path) -> int:
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file())


def _serve(place: Place, growth: Growth) -> Growth:
    visit = Visit(place.output, place.folder, place.workers, place.seconds, place.slug)
    return replace(growth, serving=measure_serving(visit))


_STEPS: Final[dict[str, Callable[[Place, Growth], Growth]]] = {
    "workspace": _write_workspace,
    FIRST: _build_first,
    "sizes": _weigh_parts,
    "serving": _serve,
    UNCHANGED: _build_unchanged,
    CHANGED: _build_changed,
}


def main(arguments: Sequence[str]) -> int:
    """Measure as ``arguments`` say; return 1 if a step failed."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what runs is stopped then, too
    try:
        return _measure_all(options)
    except KeyboardInterrupt:
        sys.stderr.write(f"interrupted; what was measured is in {options.out}\n")
        return 130


def _measure_all(options: argparse.Namespace) -> int:
    series = read_series(options.out / "results.json")
    failed = 0
    for declarations in options.sizes:
        folder = options.out / str(declarations)
        place = Place(folder, declarations, options.engine, options.jobs, options.workers, options.seconds)
        for growth in measure(place):
            series = series.add(growth)
            series.write(options.out / "results.json")
            (options.out / "results.md").write_text(write_report(series), "utf-8")
            (options.out / "chart.svg").write_text(draw_chart(series.growths), "utf-8")
        failed += len(growth.failures)
        sys.stdout.write(f"{declarations:,} declarations: {growth.failures or 'measured'}\n")
        sys.stdout.flush()
    return 1 if failed else 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description="Measure growth.")
    parser.add_argument("--sizes", type=_sizes, default=(10, 100, 1000), help="declarations (default: 10,100,1000)")
    parser.add_argument("--engine", default="shacl", help="that validates (default: shacl)")
    parser.add_argument("--jobs", type=int, help="processes of a build (default: its own choice)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes of the server (default: 2)")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long a load is (default: 3)")
    parser.add_argument("--out", type=Path, default=Path("build/bench/growth"), help="default: build/bench/growth")
    return parser.parse_args(arguments)


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(int(size) for size in text.split(","))
    if min(sizes) < 1:
        raise argparse.ArgumentTypeError("there is at least one declaration")
    return sizes


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
