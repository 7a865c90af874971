"""The whole benchmark: every graph, every repetition, one server after the other."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from benchmarks.answers import Answer, compare
from benchmarks.cells import Absence, Loading, Results
from benchmarks.data import Graph, keep_real, make_graph
from benchmarks.failures import NotAvailable
from benchmarks.fuseki import Fuseki
from benchmarks.measure import Plan, Session
from benchmarks.processes import proportional_set
from benchmarks.servers import G7kg, Oxigraph, RdflibEndpoint, Running, Server, Setting
from benchmarks.workload import Constants, Workload, read_constants

SERVERS: Final[tuple[type[Server], ...]] = (G7kg, Oxigraph, Fuseki, RdflibEndpoint)


@dataclass(frozen=True)
class Job:
    """What is to be compared: servers by name, graphs by size, how often and from which seed."""

    servers: tuple[str, ...]
    sizes: tuple[str, ...]
    repetitions: int
    seed: int
    real: Path
    folder: Path


class Comparison:
    """Runs a job; what it finds is in ``results`` from the first cell on, so that a run that ends early has some."""

    def __init__(self, job: Job, setting: Setting, plan: Plan, save: Callable[[Results], None]) -> None:
        self.results = Results()
        self._job = job
        self._setting = setting
        self._plan = plan
        self._save = save

    def run(self) -> None:
        """Measure all; a server that is not to be had is left out, with the reason in the results."""
        servers = self._find_servers()
        folder = self._job.folder / "data"
        real = keep_real(self._job.real, folder)
        for size in self._job.sizes:
            graph = make_graph(size, real, folder)
            self.results.graphs[size] = {"quads": graph.quads, "copies": graph.copies}
            self._plan.say(f"{size}: {graph.quads:,} quads")
            constants = read_constants(real, graph)
            for repetition in range(self._job.repetitions):
                turn = repetition % max(1, len(servers))
                self._repeat(graph, constants, [*servers[turn:], *servers[:turn]], repetition + 1)

    def _find_servers(self) -> list[Server]:
        found: list[Server] = []
        for server in (kind(self._setting) for kind in SERVERS if kind.name in self._job.servers):
            try:
                self.results.versions[server.name] = server.version()
            except NotAvailable as error:
                self._miss("all", server, error)
            else:
                found.append(server)
        return found

    def _repeat(self, graph: Graph, constants: Constants, servers: Sequence[Server], repetition: int) -> None:
        """Measure all servers on ``graph``, one at a time; compare their answers."""
        answers: dict[str, list[Answer]] = {}
        for server in servers:
            try:
                with self._start(graph, server, repetition) as running:
                    workload = Workload(constants, f"{self._job.seed} {repetition}")
                    session = Session(graph.name, server, running, workload, self._plan, repetition)
                    answers[server.name] = session.answers(Workload(constants, str(self._job.seed), 0))
                    for cell in session.cells():
                        self.results.cells.append(cell)
            except NotAvailable as error:
                self._miss(graph.name, server, error)
            self._save(self.results)
        self._compare(answers)

    @contextmanager
    def _start(self, graph: Graph, server: Server, repetition: int) -> Iterator[Running]:
        """Load ``graph`` into ``server`` from the beginning, and serve it."""
        folder = self._job.folder / "stores" / graph.name / server.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._plan.say(f"{graph.name}: loading into {server.name}")
        begin = perf_counter()
        server.load(graph, folder)
        loaded = perf_counter()
        with server.start(graph, folder) as running:
            times = loaded - begin, perf_counter() - loaded
            disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
            memory = proportional_set(running.pid)
            self.results.loadings.append(Loading(graph.name, server.name, repetition, *times, disk, memory))
            yield running

    def _compare(self, answers: Mapping[str, Sequence[Answer]]) -> None:
        disagreements = compare(answers)
        self.results.compared += max((len(given) for given in answers.values()), default=0)
        self.results.disagreements += disagreements
        for item in disagreements:
            self._plan.say(f"  DISAGREEMENT on {item.kind}: {item.servers} gave {item.rows} rows")
        self._save(self.results)

    def _miss(self, size: str, server: Server, error: NotAvailable) -> None:
        self.results.absences.append(Absence(size, server.name, str(error)))
        self._plan.say(f"{size}: {server.name}: {error}")
