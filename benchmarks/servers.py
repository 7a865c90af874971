"""The servers that are compared: how each takes the data in, how it is started, and where it answers."""

from __future__ import annotations

import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.data import Graph
from benchmarks.failures import NotAvailable
from benchmarks.processes import free_port, run, serving

LOAD_LIMIT: Final = 3600.0
START_LIMIT: Final = 120.0
QUERY_LIMIT: Final = 600
"""Seconds that a server is told to give a query, where it can be told: no server is to give up before another."""


@dataclass(frozen=True)
class Setting:
    """What the servers are started with: the Python that has g7kg, its number of workers, a folder for what they need.

    Without a number of workers g7kg takes its own default. ``small`` is the number of quads up to which a server that
    keeps its data in Python's objects is asked at all.
    """

    python: str
    workers: int | None
    folder: Path
    small: int


@dataclass(frozen=True)
class Running:
    """A server that listens."""

    port: int
    pid: int


class Server(ABC):
    """A SPARQL server; the default graph of its queries is the union of all graphs.

    ``load`` is called before ``start``, with the same folder. Every method may raise ``NotAvailable``.
    """

    name: str
    path: str
    warm_up = 1
    """For how many times the time of a cell the server is warmed up before the first."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    @abstractmethod
    def version(self) -> str:
        """Return the version; ``NotAvailable`` if the server is not to be had here."""

    @abstractmethod
    def load(self, graph: Graph, folder: Path) -> None:
        """Take ``graph`` into ``folder``, which is empty."""

    @abstractmethod
    def command(self, graph: Graph, folder: Path, port: int) -> Sequence[str]:
        """Return the command that serves what was loaded."""

    @contextmanager
    def start(self, graph: Graph, folder: Path) -> Iterator[Running]:
        """Serve what was loaded, until the end of the context."""
        port = free_port()
        with serving(self.command(graph, folder, port), port, folder / "serve.log", START_LIMIT) as pid:
            yield Running(port, pid)


class G7kg(Server):
    """The server of this repository, as it is in the Python that the benchmark was started with."""

    name = "g7kg"
    path = "/sparql"

    def version(self) -> str:
        """Return the version that runs here."""
        return say_version([self.setting.python, "-m", "g7kg", "--version"])

    def load(self, graph: Graph, folder: Path) -> None:
        """Load with the bulk loader."""
        command = [self.setting.python, "-m", "g7kg", "load", str(graph.path), "--out", str(folder / "out")]
        run(command, folder / "load.log", LOAD_LIMIT)

    def command(self, graph: Graph, folder: Path, port: int) -> Sequence[str]:
        """Return the command that listens on this machine only."""
        del graph
        out = folder / "out"
        snapshot = out / "current" if (out / "current").is_dir() else out
        options = ["--port", str(port), "--timeout", str(QUERY_LIMIT), "--log-level", "warning"]
        workers = ["--workers", str(self.setting.workers)] if self.setting.workers else []
        return [self.setting.python, "-m", "g7kg", "serve", "--snapshot", str(snapshot), *options, *workers]


class Oxigraph(Server):
    """Oxigraph's own server, which has no Python in it."""

    name = "oxigraph"
    path = "/query"

    def version(self) -> str:
        """Return the version that runs here."""
        return say_version([self._program, "--version"])

    def load(self, graph: Graph, folder: Path) -> None:
        """Load with the bulk loader."""
        options = ["--location", str(folder / "store"), "--file", str(graph.path)]
        run([self._program, "load", *options], folder / "load.log", LOAD_LIMIT)
        run([self._program, "optimize", "--location", str(folder / "store")], folder / "optimize.log", LOAD_LIMIT)

    def command(self, graph: Graph, folder: Path, port: int) -> Sequence[str]:
        """Return the command that listens on this machine only."""
        del graph
        options = ["--location", str(folder / "store"), "--bind", f"127.0.0.1:{port}", "--union-default-graph"]
        return [self._program, "serve-read-only", *options]

    @property
    def _program(self) -> str:
        return beside_python("oxigraph")


class RdflibEndpoint(Server):
    """A server over rdflib's graph in memory; it loads when it is started."""

    name = "rdflib-endpoint"
    path = "/"

    def version(self) -> str:
        """Return the version that runs here."""
        code = "from importlib.metadata import version as v; print(v('rdflib-endpoint'), 'on rdflib', v('rdflib'))"
        return say_version([sys.executable, "-c", code])

    def load(self, graph: Graph, folder: Path) -> None:
        """Load nothing yet; refuse what would not fit."""
        del folder
        if graph.quads > self.setting.small:
            raise NotAvailable(f"not run: {graph.quads:,} quads are too many for it; see --small")

    def command(self, graph: Graph, folder: Path, port: int) -> Sequence[str]:
        """Return the command that listens on this machine only."""
        del folder
        options = ["--host", "127.0.0.1", "--port", str(port)]
        return [beside_python("rdflib-endpoint"), "serve", *options, str(graph.path)]


def beside_python(program: str) -> str:
    """Return the path of a program of the environment that the benchmark runs in."""
    return str(Path(sys.executable).parent / program)


def say_version(command: Sequence[str]) -> str:
    """Return what ``command`` says of its version; ``NotAvailable`` if it does not run."""
    try:
        finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - fixed
    except (OSError, subprocess.SubprocessError) as error:
        raise NotAvailable(f"not available: “{' '.join(command[:4])}” does not run") from error
    return " ".join((finished.stdout or finished.stderr).split())
