"""A snapshot served and asked: how soon it is ready, how fast it answers, how much memory it takes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.client import ask, put_load
from benchmarks.data import Graph
from benchmarks.failures import NotAvailable
from benchmarks.growth_results import Answer, Memory, Serving, Throughput
from benchmarks.http import to_request
from benchmarks.processes import find_tree, free_port, last_words, resident_set, serving
from benchmarks.queries import LIGHT, RESULTS
from benchmarks.servers import START_LIMIT
from benchmarks.workload import Query, Workload, read_constants
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

CLIENTS: Final = (1, 8)
READY_LIMIT: Final = 1800.0
ANSWER_LIMIT: Final = 60.0
_PIECES: Final = 64
_PIECE: Final = 1 << 20
_POLL: Final = 0.05


@dataclass(frozen=True)
class Visit:
    """What is asked of the server of an output folder: loads of so many seconds, and the page of a declaration."""

    output: Path
    folder: Path
    workers: int
    seconds: float
    declaration: str


def measure_serving(visit: Visit) -> Serving:
    """Serve what is published, ask, and return what was measured; ``NotAvailable`` if the server does not work."""
    workload = _draw_workload(visit)
    port, log = free_port(), visit.folder / "serve.log"
    command = [sys.executable, "-m", "g7kg", "serve", "--snapshot", str(visit.output), "--port", str(port)]
    options = ["--workers", str(visit.workers), "--log-level", "warning"]
    begin = time.monotonic()
    with serving([*command, *options], port, log, START_LIMIT) as pid:
        _wait_until_ready(port, log)
        ready = time.monotonic() - begin
        queries = tuple(_ask(port, f"/queries/{name}", RESULTS) for name in QUERIES)
        loads = tuple(_load(port, workload, clients, visit.seconds) for clients in CLIENTS)
        pages = tuple(_ask_twice(port, path) for path in (f"/doc/{visit.declaration}", "/"))
        server, *workers = _weigh(pid)
        return Serving(ready, queries, loads, pages, server, tuple(workers))


def sample_graph(graph: Path, sample: Path) -> None:
    """Write at most some 64 MiB of the lines of ``graph`` to ``sample``, from all over it; all of a small one.

    So the constants that queries are drawn from fit into memory, however large the graph is.
    """
    step = max(_PIECE, graph.stat().st_size // _PIECES)
    with graph.open("rb") as lines, sample.open("wb") as file:
        for begin in range(0, graph.stat().st_size, step):
            lines.seek(begin)
            if begin:
                lines.readline()  # the piece before has it whole, or nobody misses it
            file.writelines(lines.readlines(_PIECE))


def _draw_workload(visit: Visit) -> Iterator[Query]:
    sample = visit.folder / "sample.nq"
    sample_graph(find_snapshot(visit.output) / "g7kg.nq", sample)
    constants = read_constants(sample, Graph("sample", sample, quads=0, copies=1))
    return Workload(constants, visit.output.parent.name).unseen(LIGHT, "growth")


def _wait_until_ready(port: int, log: Path) -> None:
    end = time.monotonic() + READY_LIMIT
    while (left := end - time.monotonic()) > 0:
        answers = ask(port, [_get("/readyz", "*/*")], left)
        if not answers:
            raise NotAvailable(f"the server ended, or did not answer: {last_words(log)}")
        if answers[0].status == HTTPStatus.OK:
            return
        time.sleep(_POLL)
    raise NotAvailable(f"the server was not ready within {READY_LIMIT:.0f} seconds")


def _get(path: str, accept: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\nConnection: close\r\n\r\n".encode("ascii")


def _ask(port: int, path: str, accept: str) -> Answer:
    begin = time.monotonic()
    for response in ask(port, [_get(path, accept)], ANSWER_LIMIT):
        return Answer(path, response.status, response.seconds, len(response.body))
    return Answer(path, 0, time.monotonic() - begin, 0)


def _ask_twice(port: int, path: str) -> tuple[Answer, Answer]:
    return _ask(port, path, "text/html"), _ask(port, path, "text/html")


def _load(port: int, queries: Iterator[Query], clients: int, seconds: float) -> Throughput:
    load = put_load(port, (to_request(query, "/sparql") for query in queries), clients, seconds)
    middle = median(load.latencies) * 1000 if load.latencies else None
    return Throughput(clients, len(load.latencies) / seconds, middle, load.errors + load.unfinished)


def _weigh(pid: int) -> Iterator[Memory]:
    """Yield the memory of the server, then of each process below it."""
    for member in find_tree(pid):
        with suppress(OSError):
            yield Memory(*resident_set(member))
