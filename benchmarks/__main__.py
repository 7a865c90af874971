"""``python -m benchmarks``: g7kg beside other servers, over the same data, in one run; one table at the end."""

import argparse
import json
import os
import platform
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import pyoxigraph as ox

from benchmarks.data import Graph, keep_real, make_graph
from benchmarks.load import Answer, ask, put_load
from benchmarks.processes import NotAvailable, conclude, find_program, make_parser, proportional_set, say
from benchmarks.queries import (
    HEAVY,
    LIGHT,
    TRIPLES,
    Constants,
    Kind,
    Query,
    draw_repeated,
    draw_unseen,
    number_query,
    read_constants,
)
from benchmarks.servers import SERVERS, OneProcess, Server, start
from benchmarks.table import Table

COMPARED: Final = 4
"""How many queries of a kind are compared."""

HEAVY_RUNS: Final = 5
CLIENTS: Final = 16
LOOK_UPS: Final = LIGHT[:2]


@dataclass(frozen=True)
class _Session:
    """A server that runs, the graph that it has, what queries are drawn from, and where the numbers go."""

    server: Server
    graph: Graph
    port: int
    constants: Constants
    table: Table

    def measure(self, seconds: int, seed: str, pid: int) -> None:
        """Measure every row of the table."""
        self._put(draw_unseen(LIGHT, self.constants, f"{seed} first"), self.server.warm_up)
        loads = {
            "unseen mix": draw_unseen(LIGHT, self.constants, f"{seed} mix"),
            "repeated mix": draw_repeated(LIGHT, self.constants, seed),
            **{f"unseen, {kind.title}": draw_unseen([kind], self.constants, seed) for kind in LOOK_UPS},
        }
        for name, queries in loads.items():
            self._put(queries, seconds, f"{name}: answers a second (99 % in ms)")
        self.add("memory under load, MiB", proportional_set(pid) or 0.0)
        for kind in HEAVY:
            queries = draw_unseen([kind], self.constants, seed, HEAVY_RUNS)
            times = [self._ask(query, time.monotonic_ns()).seconds for query in queries]
            self.add(f"{kind.title}: ms, one client", median(times) * 1000)

    def answers(self) -> Iterator[tuple[str, str]]:
        """Yield some queries of every kind, the same ones for each server, each with what it answers."""
        for kind in (*LIGHT, *HEAVY):
            for serial, query in enumerate(draw_unseen([kind], self.constants, "answers", COMPARED)):
                yield f"{kind.title}, {serial}", _normalise(self._ask(query, serial), kind)

    def add(self, row: str, value: float, remark: str = "") -> None:
        """Add a value to the table."""
        self.table.add(f"{self.graph.name}, {self.graph.quads:,} quads: {row}", self.server.name, value, remark)

    def _put(self, queries: Sequence[Query], seconds: int, row: str = "") -> None:
        load = put_load(self.port, self.server.path, queries, CLIENTS, seconds)
        if row:
            self.add(row, load.per_second, f" ({load.p99_ms:.0f})" + (f", {load.errors} errors" if load.errors else ""))

    def _ask(self, query: Query, serial: int) -> Answer:
        return ask(self.port, f"{self.server.path}?query={number_query(query, serial).encoded}", query.kind.accept)


def _normalise(answer: Answer, kind: Kind) -> str:
    """Return what an answer says, whatever its order and spelling."""
    if answer.status != 200:  # noqa: PLR2004 - the status of a good answer
        return f"status {answer.status}"
    if kind.accept == TRIPLES:
        return str(sorted({str(triple) for triple in ox.parse(answer.body, format=ox.RdfFormat.N_TRIPLES)}))
    rows = json.loads(answer.body)["results"]["bindings"]
    return str(sorted(sorted((name, sorted(term.items())) for name, term in row.items()) for row in rows))


def compare(options: argparse.Namespace, table: Table) -> None:
    """Measure all servers on all graphs, one after the other, in another order each time; add to ``table``."""
    servers = list(_find_servers(options.servers, table))
    real = keep_real(options.graph, options.out / "data")
    for size in options.sizes:
        graph = make_graph(size, real, options.out / "data")
        constants, said = read_constants(graph.path), defaultdict[str, dict[str, str]](dict)
        for turn in range(options.repeat):
            first = turn % max(1, len(servers))
            for server in [*servers[first:], *servers[:first]]:
                folder = options.out / "stores" / size / server.name
                try:
                    seconds = _load(server, graph, folder) if turn == 0 else None
                    with start(server, folder) as (port, pid):
                        session = _Session(server, graph, port, constants, table)
                        if seconds is not None:
                            session.add("loading, s", seconds)
                            said[server.name] = dict(session.answers())
                        session.measure(options.seconds, f"{size} {turn}", pid)
                except NotAvailable as error:
                    table.notes.append(f"{size}: {server.name}: {error}")
                say(f"{size}: {server.name}: measured, {turn + 1} of {options.repeat}")
        table.notes += _find_differences(size, said)


def _find_servers(names: Sequence[str], table: Table) -> Iterator[Server]:
    for server in SERVERS:
        if server.name in names:
            try:
                table.notes.append(server.version())
            except NotAvailable as error:
                table.notes.append(f"{server.name} is left out: {error}")
            else:
                yield server


def _load(server: Server, graph: Graph, folder: Path) -> float:
    """Load ``graph`` from the beginning; return how many seconds that takes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    begin = time.perf_counter()
    server.load(graph.path, folder)
    return time.perf_counter() - begin


def _find_differences(size: str, said: dict[str, dict[str, str]]) -> Iterator[str]:
    """Yield how many answers were compared, and which differ from those of the first server."""
    first, *others = said.values() if said else [{}]
    yield f"{size}: {len(first)} answers were compared between {', '.join(said)}"
    for name, other in zip([*said][1:], others, strict=True):
        yield from (f"{size}: {name} answers “{query}” differently" for query in first if other[query] != first[query])


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark as ``arguments`` say; return 1 if it cannot be run."""
    return conclude(partial(_run, _parse(arguments)))


def _run(options: argparse.Namespace) -> None:
    table = Table(notes=[f"{os.cpu_count()} processors, {platform.system()} {platform.release()}"])
    find_program("wrk", "wrk")
    with suppress(KeyboardInterrupt):  # what was measured by then is told
        compare(options, table)
    lines = list(table.describe())
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "results.md").write_text("\n".join(lines) + "\n", "utf-8")
    say(*lines)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    names = [server.name for server in SERVERS]
    parser = make_parser("benchmarks", "Compare g7kg with other servers.", "build/bench")
    split = partial(str.split, sep=",")
    parser.add_argument("--sizes", type=split, default=["real", "1m"], help="graphs: real, 1m (default: real,1m)")
    parser.add_argument(
        "--servers",
        type=split,
        default=[name for name in names if name != OneProcess.name],
        help=f"default: all but {OneProcess.name}",
    )
    parser.add_argument("--repeat", type=int, default=3, help="repetitions; medians are reported (default: 3)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
