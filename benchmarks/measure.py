"""One server measured on one graph: answers for the comparison first, then every cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import Final

from benchmarks.answers import Answer, summarise
from benchmarks.cells import Cell, percentile
from benchmarks.client import Load, Response, ask, put_load
from benchmarks.failures import NotAvailable
from benchmarks.http import to_request
from benchmarks.processes import proportional_set
from benchmarks.queries import HEAVY, LIGHT, MIXED, Kind
from benchmarks.servers import Running, Server
from benchmarks.workload import Query, Workload

MIX: Final = "mix"
POOL: Final = 20
INSTANCES: Final = 4
"""How many queries of a kind are compared."""

HEAVY_RUNS: Final = 5
CONDITIONAL_RUNS: Final = 200
WARM_UP_SHARE: Final = 0.2
PATIENCE: Final = 60.0
"""Seconds that one query outside a load may take, and a server to become free again after a load."""


@dataclass(frozen=True)
class Plan:
    """How long and with how many clients a load runs, and who is told what is being done."""

    seconds: float
    clients: tuple[int, ...]
    say: Callable[[str], None]


@dataclass(frozen=True)
class Session:
    """A server that runs, and the queries for it; ``repetition`` counts from 1."""

    size: str
    server: Server
    running: Running
    workload: Workload
    plan: Plan
    repetition: int

    def answers(self, workload: Workload) -> list[Answer]:
        """Ask some queries of every kind; a ``workload`` that begins anew for each server, so that all are the same."""
        given = []
        for kind in (*LIGHT, *HEAVY):
            for query in islice(workload.unseen([kind], f"answers {kind.name}"), INSTANCES):
                responses = self._ask([query])
                given.append(summarise(kind, query.text, responses[0] if responses else None))
                if not responses:
                    self._wait_until_free()
                    break  # more of a kind that takes so long would take too long
        return given

    def cells(self) -> Iterator[Cell]:
        """Measure every cell. ``NotAvailable`` if the server stops to answer; what was measured by then has been given.

        A load on all kinds goes before the rest, so that no cell is the first to warm the server up.
        """
        warm_up = self.plan.seconds * self.server.warm_up
        self._put(self.workload.unseen(LIGHT, "first"), max(self.plan.clients), warm_up)
        for clients in self.plan.clients:
            yield self._load_cell("unseen", MIX, clients, self.workload.unseen(MIXED, f"mix {clients}"))
            yield self._load_cell("repeated", MIX, clients, self.workload.repeated(MIXED, POOL))
            for kind in LIGHT:
                queries = self.workload.unseen([kind], f"{kind.name} {clients}")
                yield self._load_cell("unseen", kind.name, clients, queries)
        for kind in HEAVY:
            yield self._heavy_cell(kind)
        if cell := self._conditional_cell():
            yield cell

    def _load_cell(self, mode: str, name: str, clients: int, queries: Iterator[Query]) -> Cell:
        self._put(queries, clients, self.plan.seconds * WARM_UP_SHARE)
        load = self._put(queries, clients, self.plan.seconds)
        return self._cell(mode, name, clients, load)

    def _put(self, queries: Iterator[Query], clients: int, seconds: float) -> Load:
        requests = (to_request(query, self.server.path) for query in queries)
        load = put_load(self.running.port, requests, clients, seconds)
        if load.unfinished or (load.errors and not load.latencies):
            self._wait_until_free()
        return load

    def _wait_until_free(self) -> None:
        """Wait until the server has done with what was dropped, so that it does not weigh on the next cell.

        ``NotAvailable``: it is not done in reasonable time, or does not answer any more.
        """
        query = next(self.workload.unseen(LIGHT[:1], "free"))
        if not self._ask([query]):
            raise NotAvailable(
                f"it stopped to answer (waited for up to {PATIENCE:.0f} seconds); the rest was not measured"
            )

    def _heavy_cell(self, kind: Kind) -> Cell:
        queries = list(islice(self.workload.unseen([kind], kind.name), HEAVY_RUNS + 1))
        responses = self._ask(queries, PATIENCE * 2)[1:]  # the first warms up
        return self._cell("heavy", kind.name, 1, _as_load(responses, 200, HEAVY_RUNS))

    def _conditional_cell(self) -> Cell | None:
        """Ask again for what has not changed; ``None`` if the server gives no ETag."""
        query = next(self.workload.repeated(LIGHT[:1], 1))
        first = self._ask([query])
        etag = first[0].headers.get("etag") if first else None
        if etag is None:
            return None
        requests = [to_request(query, self.server.path, etag)] * CONDITIONAL_RUNS
        responses = ask(self.running.port, requests, PATIENCE)
        return self._cell("304", LIGHT[0].name, 1, _as_load(responses, 304, CONDITIONAL_RUNS))

    def _ask(self, queries: Sequence[Query], limit: float = PATIENCE) -> list[Response]:
        return ask(self.running.port, [to_request(query, self.server.path) for query in queries], limit)

    def _cell(self, mode: str, name: str, clients: int, load: Load) -> Cell:
        cell = Cell(
            self.size,
            self.server.name,
            mode,
            name,
            clients,
            self.repetition,
            len(load.latencies),
            load.errors,
            load.unfinished,
            per_second=len(load.latencies) / load.seconds if load.seconds else 0.0,
            p50_ms=_in_ms(median(load.latencies) if load.latencies else None),
            p99_ms=_in_ms(percentile(load.latencies, 0.99)),
            memory_mib=proportional_set(self.running.pid),
        )
        self.plan.say(_describe(cell))
        return cell


def _as_load(responses: Sequence[Response], status: int, expected: int) -> Load:
    """Return the answers to queries asked one by one as a load of one client."""
    good = [response.seconds for response in responses if response.status == status]
    return Load(sum(good), good, len(responses) - len(good), expected - len(responses))


def _in_ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _describe(cell: Cell) -> str:
    middle = "-" if cell.p50_ms is None else f"{cell.p50_ms:.2f} ms"
    trouble = f", {cell.errors} errors" if cell.errors else ""
    left = f", {cell.unfinished} unfinished" if cell.unfinished else ""
    what = f"{cell.size} {cell.server} {cell.mode} {cell.kind} x{cell.clients}"
    return f"  {what}: {cell.per_second:.0f} a second, median {middle}{trouble}{left}"
