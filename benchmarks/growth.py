"""``python -m benchmarks.growth``: how building, validating, publishing, serving and querying grow with declarations.

Each number of declarations has a folder below ``--out``, with its workspace, which is written once, its snapshot and
its logs. What was measured is written after every step, so that an interrupted run loses nothing; a later run with
other numbers adds to it.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from typing import Final

from benchmarks.corpus import Corpus, write_corpus
from benchmarks.growth_report import GROUPS, PEAK, QUADS, WHOLE, Rows, draw_chart, write_table
from benchmarks.load import Answer, ask, put_load
from benchmarks.processes import (
    BenchmarkError,
    NotAvailable,
    conclude,
    free_port,
    last_words,
    make_parser,
    proportional_set,
    say,
    serving,
    stop,
)
from benchmarks.queries import LIGHT, RESULTS, draw_unseen, read_constants
from g7kg.snapshot.manifest import find_snapshot

QUERIES: Final = (
    "statements-by-speech-act",
    "undertakings-by-status",
    "undertakings",
    "coverage-of-documents",
    "participations",
    "vocabulary-in-numbers",
)
"""Queries of the catalogue that touch the whole graph, or have a row for everything of a kind."""

BUILD_LIMIT: Final = 12 * 3600.0
READY_LIMIT: Final = 1800.0
_PAUSE: Final = 0.5
"""Seconds between two looks at the memory of a build."""

_MIB: Final = 1 << 20
_GIST: Final = re.compile(r"^ +gist: .*[^\"\n]", re.MULTILINE)
_PARTS: Final = ("g7kg.nq", "store", "search.db")


@dataclass(frozen=True)
class Place:
    """Where so many declarations are measured, and how: the options of the build and of the server."""

    folder: Path
    declarations: int
    engine: str
    jobs: int
    workers: int
    seconds: int

    @property
    def workspace(self) -> Path:
        """The workspace with the declarations."""
        return self.folder / "workspace"

    @property
    def output(self) -> Path:
        """The folder that is published to."""
        return self.folder / "output"


def measure(place: Place) -> Iterator[Rows]:
    """Measure step by step, and yield the rows that each adds; a step that fails has its reason in its row.

    Nothing follows a workspace that cannot be written, nor a first build that fails.
    """
    place.folder.mkdir(parents=True, exist_ok=True)
    for name, step in _STEPS.items():
        try:
            yield dict(step(place))
        except (BenchmarkError, NotAvailable, OSError) as error:
            yield {name: str(error)}
            if step in {_write_workspace, _build_first}:
                shutil.rmtree(place.output, ignore_errors=True)  # nothing was published; the disk may be full of it
                return


def _write_workspace(place: Place) -> Iterator[tuple[str, float]]:
    """Write the workspace, or take the one that is there."""
    if not (place.folder / "corpus.json").is_file():
        shutil.rmtree(place.workspace, ignore_errors=True)
        corpus = write_corpus(place.workspace, place.declarations)
        (place.folder / "corpus.json").write_text(json.dumps(asdict(corpus)), "utf-8")
    yield "YAML, MiB", _read_corpus(place).bytes / _MIB


def _read_corpus(place: Place) -> Corpus:
    return Corpus(**json.loads((place.folder / "corpus.json").read_text("utf-8")))


def _build_first(place: Place) -> Iterator[tuple[str, float]]:
    shutil.rmtree(place.output, ignore_errors=True)
    stages, seconds, others = _build(place, "first")
    yield QUADS, others.pop(QUADS)
    titles = {name: title for title, names in GROUPS.items() for name in names}
    grouped: dict[str, float] = {}
    for stage, taken in stages.items():
        title = titles.get(stage, f"{stage}, s")
        grouped[title] = grouped.get(title, 0.0) + taken
    yield from grouped.items()
    yield WHOLE, seconds
    yield from others.items()
    for name in _PARTS:
        path = find_snapshot(place.output) / name
        files = path.rglob("*") if path.is_dir() else [path]
        yield f"{name}, MiB", sum(file.stat().st_size for file in files if file.is_file()) / _MIB


def _build_unchanged(place: Place) -> Iterator[tuple[str, float]]:
    yield "again, nothing changed, s", _build(place, "unchanged")[1]


def _build_changed(place: Place) -> Iterator[tuple[str, float]]:
    with changed_gist(place.workspace / "mappings" / f"{_read_corpus(place).slug}.yaml"):
        yield "again, one gist changed, s", _build(place, "changed")[1]


@contextmanager
def changed_gist(mapping: Path) -> Iterator[None]:
    """Let the shortest gist of ``mapping`` be another one for as long as the context lasts."""
    before = mapping.read_text("utf-8")
    shortest = min((match[0] for match in _GIST.finditer(before)), key=len)
    mapping.write_text(before.replace(shortest, f"{shortest} Anew", 1), "utf-8")
    try:
        yield
    finally:
        mapping.write_text(before, "utf-8")


def _build(place: Place, name: str) -> tuple[dict[str, float], float, dict[str, float]]:
    """Build; return the seconds of each stage, those of all, and what else is known of the build, by row.

    The stage “starting” lasts from the start of the process to the first that it tells.
    """
    told, log = (place.folder / f"{name}.{suffix}" for suffix in ("stages", "log"))
    command = [sys.executable, "-m", "benchmarks.growth_build", str(place.workspace), str(place.output)]
    begin = time.monotonic()
    with told.open("wb") as output, log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [*command, place.engine, str(place.jobs)], stdout=output, stderr=errors, start_new_session=True
        )
        try:
            peak = _watch(process)
        finally:
            stop(process)
    marks = [("starting", begin, 0.0, 0), *map(json.loads, told.read_text("utf-8").splitlines())]
    if process.returncode:
        reason = f"signal {-process.returncode}" if process.returncode < 0 else last_words(log)
        raise NotAvailable(f"failed in “{marks[-1][0]}”, {peak:,.0f} MiB at most: {reason}")
    _remove_old(place.output)
    stages: dict[str, float] = {}
    for (stage, start, *_), (_, end, *_) in pairwise(marks):
        stages[stage] = stages.get(stage, 0.0) + end - start
    _, end, processor, quads = marks[-1]
    return stages, end - begin, {QUADS: quads, "of processors, s": processor, PEAK: peak}


def _watch(process: subprocess.Popen[bytes]) -> float:
    """Wait until ``process`` ends; return the MiB that it and all below it had at most."""
    peak, end = 0.0, time.monotonic() + BUILD_LIMIT
    while time.monotonic() < end:
        peak = max(peak, proportional_set(process.pid) or 0.0)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PAUSE)
            return peak
    raise NotAvailable(f"the build took more than {BUILD_LIMIT / 3600:.0f} hours")


def _remove_old(output: Path) -> None:
    """Remove all snapshots but the current one: three of the largest size would fill a disk."""
    for folder in (output / "snapshots").iterdir():
        if folder.resolve() != find_snapshot(output):
            shutil.rmtree(folder)


def _serve(place: Place) -> Iterator[tuple[str, float | str]]:
    """Serve what is published, and ask: how soon it is ready, how fast it answers, how much memory it takes."""
    queries = draw_unseen(LIGHT, read_constants(find_snapshot(place.output) / "g7kg.nq"), "growth")
    port, log, begin = free_port(), place.folder / "serve.log", time.monotonic()
    command = [sys.executable, "-m", "g7kg", "serve", "--snapshot", str(place.output), "--port", str(port)]
    with serving([*command, "--workers", str(place.workers), "--log-level", "warning"], port, log, READY_LIMIT) as pid:
        while ask(port, "/readyz", "*/*").status != HTTPStatus.OK:
            if time.monotonic() > begin + READY_LIMIT:
                raise NotAvailable(f"the server is not ready: {last_words(log)}")
            time.sleep(_PAUSE / 10)
        yield "server ready, s", time.monotonic() - begin
        for name in QUERIES:
            yield f"/queries/{name}, ms", _describe(ask(port, f"/queries/{name}", RESULTS))
        for clients in (1, 8):
            load = put_load(port, "/sparql", queries, clients, place.seconds)
            errors = f"{load.per_second:,.0f}, {load.errors} errors"
            yield f"light queries, clients: {clients}, answers a second", errors if load.errors else load.per_second
        for title, path in {"page of a declaration": f"/doc/{_read_corpus(place).slug}", "home page": "/"}.items():
            for time_of in ("the first time", "again"):
                yield f"{title}, {time_of}, ms", _describe(ask(port, path, "text/html"))
        yield "memory of the server and its workers, MiB", proportional_set(pid) or 0.0


def _describe(answer: Answer) -> float | str:
    """Return the milliseconds of a good answer; of any other, its status too."""
    milliseconds = answer.seconds * 1000
    return milliseconds if answer.status == HTTPStatus.OK else f"{milliseconds:,.0f} ({answer.status or 'no answer'})"


_STEPS: Final[dict[str, Callable[[Place], Iterator[tuple[str, float | str]]]]] = {
    "workspace": _write_workspace,
    "first build": _build_first,
    "serving": _serve,
    "unchanged build": _build_unchanged,
    "changed build": _build_changed,
}


def main(arguments: Sequence[str]) -> int:
    """Measure as ``arguments`` say; return 1 if a step failed."""
    return conclude(partial(_run, _parse(arguments)))


def _run(options: argparse.Namespace) -> bool:
    results, measured, failed = options.out / "results.json", {}, False
    if results.is_file():
        measured = {int(key): rows for key, rows in json.loads(results.read_text("utf-8")).items()}
    for declarations in options.sizes:
        folder = options.out / str(declarations)
        place = Place(folder, declarations, options.engine, options.jobs, options.workers, options.seconds)
        measured[declarations] = {}
        for rows in measure(place):
            measured[declarations] |= rows
            failed |= bool(rows.keys() & _STEPS.keys())
            results.write_text(json.dumps(measured, indent=1), "utf-8")
            (options.out / "results.md").write_text(write_table(measured), "utf-8")
            draw_chart(measured).savefig(options.out / "chart.svg", metadata={"Date": None})
    say(write_table(measured))
    return failed


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = make_parser("benchmarks.growth", "Measure growth.", "build/bench/growth")
    help_ = "declarations (default: 10,100,1000)"
    parser.add_argument("--sizes", type=lambda text: [*map(int, text.split(","))], default=[10, 100, 1000], help=help_)
    parser.add_argument("--engine", default="shacl", help="that validates (default: shacl)")
    parser.add_argument("--jobs", type=int, default=0, help="processes of a build (default: its own choice)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes of the server (default: 2)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
