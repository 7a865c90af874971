"""``python -m benchmarks.replicas``: several g7kg servers behind nginx, which publish, die and come back under load.

Each server has a folder of its own, which ``g7kg pull --watch`` fills from the published folder; nginx stands before
them with its cache. All of it runs on this machine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.client import HOST, put_load
from benchmarks.data import keep_real, make_graph
from benchmarks.failures import BenchmarkError, NotAvailable
from benchmarks.front import count_answers, find_nginx, run_front
from benchmarks.http import to_request
from benchmarks.measure import POOL
from benchmarks.processes import free_port, processor_seconds, run, serving
from benchmarks.queries import MIXED
from benchmarks.servers import START_LIMIT
from benchmarks.witnesses import Testimony, ask_snapshot, mark, watch
from benchmarks.workload import Query, Workload, read_constants
from g7kg.snapshot.manifest import find_snapshot, read_manifest

SERVERS: Final = 3
_WAIT: Final = 60.0
_MAX_AGE: Final = 1
_KEPT: Final = frozenset({"HIT", "REVALIDATED"})


@dataclass(frozen=True)
class Place:
    """Where the replicas run: the graph that they serve, a folder for all files, workers of each server."""

    graph: Path
    folder: Path
    workers: int

    @property
    def source(self) -> Path:
        """The folder that is published to."""
        return self.folder / "source"


@dataclass(frozen=True)
class Throughput:
    """Good answers a second with a number of servers (0: one without nginx), and which part the cache gave.

    ``front_cost`` and ``server_cost`` are the microseconds of a processor that an answer took in nginx and in all
    servers, their workers included.
    """

    mix: str
    servers: int
    per_second: float
    errors: int
    share: float
    front_cost: float
    server_cost: float


def publish(place: Place, number: int) -> str:
    """Publish a snapshot of the graph that says that it has ``number``; return its digest."""
    marker = place.folder / "marker.nt"
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text(mark(number), "utf-8")
    files = [str(place.graph), str(marker)]
    run([sys.executable, "-m", "g7kg", "load", *files, "--out", str(place.source)], place.folder / "load.log", 600)
    return read_manifest(find_snapshot(place.source)).digest


class Replica:
    """A server with a folder of its own, which can be killed and started again on the same port."""

    def __init__(self, place: Place, name: str, max_age: int) -> None:
        self.place = place
        self.folder = place.folder / name
        self.max_age = max_age
        self.port = free_port()
        self.pid = 0

    @contextmanager
    def follow(self, address: str) -> Iterator[None]:
        """Pull from ``address`` now, and whatever comes there until the context ends."""
        shutil.rmtree(self.folder, ignore_errors=True)
        command = [sys.executable, "-m", "g7kg", "pull", address, "--out", str(self.folder)]
        run(command, self.folder.with_suffix(".pull.log"), _WAIT)
        with _in_background([*command, "--watch", "0.3"], self.folder.with_suffix(".watch.log")):
            yield

    @contextmanager
    def serve(self) -> Iterator[None]:
        """Serve what is published in the folder."""
        options = ["--port", str(self.port), "--workers", str(self.place.workers), "--max-age", str(self.max_age)]
        command = [sys.executable, "-m", "g7kg", "serve", "--snapshot", str(self.folder), *options]
        quiet = ["--client-queue", "64", "--log-level", "warning"]
        with serving([*command, *quiet], self.port, self.folder.with_suffix(".log"), START_LIMIT) as self.pid:
            yield

    def kill(self) -> None:
        """End the server at once, in the middle of what it does."""
        os.kill(self.pid, signal.SIGKILL)

    def serves(self, digest: str) -> bool:
        """Whether the server answers from the snapshot of ``digest`` by now."""
        with suppress(OSError), urllib.request.urlopen(f"http://{HOST}:{self.port}/readyz", timeout=5) as response:
            return digest.encode() in response.read()
        return False


@contextmanager
def _in_background(command: Sequence[str], log: Path) -> Iterator[None]:
    """Run ``command`` for as long as the context lasts."""
    with log.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file) as process:  # noqa: S603 - our own
        try:
            yield
        finally:
            process.terminate()


def wait_for(replicas: Sequence[Replica], digest: str) -> None:
    """Wait until all ``replicas`` serve the snapshot of ``digest``; ``NotAvailable`` if they do not."""
    end = time.monotonic() + _WAIT
    while not all(replica.serves(digest) for replica in replicas):
        if time.monotonic() > end:
            raise NotAvailable("the servers have not moved to the new snapshot")
        time.sleep(0.1)


def prove(place: Place, pause: float, clients: int) -> tuple[Testimony, Counter[tuple[int, str]], int]:
    """Publish three snapshots under load, kill a server in between and start it again.

    Return what witnesses saw, what nginx counted, and how many errors the load met. ``pause`` is how long, in seconds,
    the load goes on between two events.
    """
    oldest = publish(place, 0)
    replicas = [Replica(place, f"replica{n}", _MAX_AGE) for n in range(SERVERS)]
    with ExitStack() as stack:
        front = stack.enter_context(run_front(place.folder / "front", place.source, [each.port for each in replicas]))
        for replica in replicas:
            stack.enter_context(replica.follow(f"http://{HOST}:{front.static}/"))
        victim, *others = replicas
        for replica in others:
            stack.enter_context(replica.serve())
        restarted = stack.enter_context(ExitStack())
        first = stack.enter_context(ExitStack())
        first.enter_context(victim.serve())
        with watch(front.port, 4) as testimony, _load(place, front.port, clients) as errors:
            time.sleep(pause)
            *_, kept = (ask_snapshot(front.port, oldest) for _ in range(3))
            wait_for(replicas, publish(place, 1))
            time.sleep(pause)
            victim.kill()
            wait_for(others, publish(place, 2))
            time.sleep(pause)
            first.close()
            restarted.enter_context(victim.serve())
            wait_for(replicas, publish(place, 3))
            time.sleep(pause + _MAX_AGE)
        if not kept == ask_snapshot(front.port, oldest) == (HTTPStatus.OK, "HIT", kept[2]):
            testimony.faults.append("the answer at an address that never changes was not kept")
    return testimony, count_answers(front.folder), sum(errors)


@contextmanager
def _load(place: Place, port: int, clients: int) -> Iterator[list[int]]:
    """Put the mixes on ``port`` for as long as the context lasts; yield the errors, which are complete after it."""
    errors: list[int] = []
    done = threading.Event()

    def put() -> None:
        queries = _mixes(place, "proof")
        while not done.is_set():
            for mix in queries.values():
                load = put_load(port, (to_request(query, "/sparql") for query in mix), clients, 0.5)
                errors.append(load.errors + load.unfinished)

    thread = threading.Thread(target=put)
    thread.start()
    try:
        yield errors
    finally:
        done.set()
        thread.join()


def _mixes(place: Place, seed: str) -> dict[str, Iterator[Query]]:
    """Return the benchmark's two mixes, each without end."""
    constants = read_constants(place.graph, make_graph("real", place.graph, place.folder))
    workload = Workload(constants, seed)
    return {"unseen": workload.unseen(MIXED, "mix"), "repeated": workload.repeated(MIXED, POOL)}


def measure(place: Place, seconds: float, clients: int, repeat: int) -> Iterator[Throughput]:
    """Put the mixes on one server, then on nginx with one, two and three; the order is turned round each time."""
    digest = publish(place, 0)
    replicas = [Replica(place, f"replica{n}", 60) for n in range(SERVERS)]
    with ExitStack() as stack:
        static = stack.enter_context(run_front(place.folder / "static", place.source, [1]))
        for replica in replicas:
            stack.enter_context(replica.follow(f"http://{HOST}:{static.static}/"))
            stack.enter_context(replica.serve())
        wait_for(replicas, digest)
        for turn in range(repeat):
            numbers = range(SERVERS + 1) if turn % 2 else reversed(range(SERVERS + 1))
            for number in numbers:
                for mix, queries in _mixes(place, f"{turn} {number}").items():
                    requests = (to_request(query, "/sparql") for query in queries)
                    yield _measure(place, mix, requests, replicas[:number], replicas[0], Size(seconds, clients))


@dataclass(frozen=True)
class Size:
    """How long a load is, in seconds, and how many clients put it."""

    seconds: float
    clients: int


def _measure(  # noqa: PLR0913, PLR0917 - what a cell is
    place: Place, mix: str, requests: Iterator[bytes], behind: Sequence[Replica], alone: Replica, size: Size
) -> Throughput:
    """Put ``requests`` on nginx, its cache empty, before the servers ``behind``; on ``alone`` if there are none."""
    servers = behind or [alone]
    folder = place.folder / "front"
    with run_front(folder, place.source, [replica.port for replica in servers]) as front:
        before = processor_seconds(front.pid), sum(processor_seconds(replica.pid) for replica in servers)
        load = put_load(front.port if behind else alone.port, requests, size.clients, size.seconds)
        after = processor_seconds(front.pid), sum(processor_seconds(replica.pid) for replica in servers)
    counts, answers = count_answers(folder), max(len(load.latencies), 1)
    share = sum(n for (_, cache), n in counts.items() if cache in _KEPT) / max(counts.total(), 1)
    costs = [(end - begin) / answers * 1e6 for begin, end in zip(before, after, strict=True)]
    return Throughput(mix, len(behind), len(load.latencies) / size.seconds, load.errors, share, *costs)


def main(arguments: Sequence[str]) -> int:
    """Run the proof, then the measurements; return 1 if a request failed or an answer was wrong."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that servers are stopped then, too
    try:
        find_nginx()
        place = Place(keep_real(options.graph, options.out), options.out, options.workers)
        testimony, counts, errors = prove(place, options.seconds, options.clients)
        _say(*describe_proof(testimony, counts, errors))
        found = []
        for throughput in measure(place, options.seconds, options.clients, options.repeat) if options.repeat else ():
            found.append(throughput)
            _say(f"  {throughput}")
        _say(*describe_throughput(found))
    except BenchmarkError as error:
        sys.stderr.write(f"error: {error}\n  {error.hint}\n")
        return 1
    return 1 if testimony.faults or errors else 0


def describe_proof(testimony: Testimony, counts: Counter[tuple[int, str]], errors: int) -> list[str]:
    """Return the lines that say what came of the proof."""
    seen = ", ".join(f"{number:,} of snapshot {name}" for name, number in sorted(testimony.answers.items()))
    statuses = ", ".join(f"{number:,} {status} {cache}" for (status, cache), number in sorted(counts.items()))
    return [
        f"{testimony.answers.total():,} answers looked at ({seen}), {testimony.unmodified:,} not modified",
        f"{counts.total():,} requests to nginx: {statuses}",
        f"{errors} failed requests of the load, {len(testimony.faults)} faults: {testimony.faults[:5]}",
    ]


def describe_throughput(found: Sequence[Throughput]) -> list[str]:
    """Return the lines of a table of medians: answers a second, the cache's part, microseconds of a processor each."""
    lines = [
        "| servers | mix | answers a second | from the cache | nginx µs | servers µs |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for key in dict.fromkeys((each.servers, each.mix) for each in sorted(found, key=lambda each: each.servers)):
        cells = [each for each in found if (each.servers, each.mix) == key]
        name = f"{key[0]} behind nginx" if key[0] else "1 alone"
        rate, share = median(each.per_second for each in cells), median(each.share for each in cells)
        costs = [median(costs) for costs in zip(*((each.front_cost, each.server_cost) for each in cells), strict=True)]
        lines.append(f"| {name} | {key[1]} | {rate:,.0f} | {share:.0%} | {costs[0]:.0f} | {costs[1]:.0f} |")
    return [*lines, f"errors: {sum(each.errors for each in found)}"]


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replicas", description="Servers behind nginx.")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long a cell is measured (default: 3)")
    parser.add_argument("--clients", type=int, default=16, help="default: 16")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions; medians are reported; 0: the proof alone")
    parser.add_argument("--workers", type=int, default=4, help="worker processes of each server (default: 4)")
    parser.add_argument("--graph", type=Path, default=Path("build/current/g7kg.nq"), help="the real graph")
    parser.add_argument("--out", type=Path, default=Path("build/replicas"), help="default: build/replicas")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
