"""The servers that are compared: how each takes the data in, how it is started, and where it answers."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from benchmarks import fuseki
from benchmarks.processes import NotAvailable, find_program, free_port, run, serving

LOAD_LIMIT: Final = 3600.0
START_LIMIT: Final = 120.0
QUERY_LIMIT: Final = 600
"""Seconds that a server is told to give a query, where it can be told: no server is to give up before another."""

_G7KG: Final = (sys.executable, "-m", "g7kg")


class Server(Protocol):
    """A SPARQL server; the default graph of its queries is the union of all graphs.

    ``load`` is called once, before ``command``, with the same folder. Every method may raise ``NotAvailable``.
    """

    name: str
    path: str
    warm_up: int
    """Seconds of load before the server is measured."""

    def version(self) -> str:
        """Return the version; ``NotAvailable`` if the server is not to be had here."""

    def load(self, graph: Path, folder: Path) -> None:
        """Take the N-Quads in ``graph`` into ``folder``."""

    def command(self, folder: Path, port: int) -> Sequence[str]:
        """Return the command that serves what was loaded, on this machine only."""


@contextmanager
def start(server: Server, folder: Path) -> Iterator[tuple[int, int]]:
    """Serve what was loaded into ``folder``, until the end of the context; yield port and process."""
    port = free_port()
    with serving(server.command(folder, port), port, folder / "serve.log", START_LIMIT) as pid:
        yield port, pid


class G7kg:
    """The server of this repository."""

    name = "g7kg"
    path = "/sparql"
    warm_up = 2

    def version(self) -> str:
        """Return the version that runs here."""
        return _say_version([*_G7KG, "--version"])

    def load(self, graph: Path, folder: Path) -> None:
        """Load with the bulk loader."""
        run([*_G7KG, "load", str(graph), "--out", str(folder / "out")], folder / "load.log", LOAD_LIMIT)

    def command(self, folder: Path, port: int) -> Sequence[str]:
        """Return the command."""
        options = ["--port", str(port), "--timeout", str(QUERY_LIMIT), "--log-level", "warning"]
        return [*_G7KG, "serve", "--snapshot", str(folder / "out"), *options]


class OneProcess(G7kg):
    """The same with one front process, however many processors there are."""

    name = "g7kg-1"

    def command(self, folder: Path, port: int) -> Sequence[str]:
        """Return the command."""
        return [*super().command(folder, port), "--processes", "1"]


class Oxigraph:
    """Oxigraph's own server, which has no Python in it."""

    name = "oxigraph"
    path = "/query"
    warm_up = 2
    program = str(Path(sys.executable).with_name("oxigraph"))

    def version(self) -> str:
        """Return the version that runs here."""
        return _say_version([self.program, "--version"])

    def load(self, graph: Path, folder: Path) -> None:
        """Load with the bulk loader."""
        location = ["--location", str(folder / "store")]
        run([self.program, "load", *location, "--file", str(graph)], folder / "load.log", LOAD_LIMIT)
        run([self.program, "optimize", *location], folder / "optimize.log", LOAD_LIMIT)

    def command(self, folder: Path, port: int) -> Sequence[str]:
        """Return the command."""
        options = ["--location", str(folder / "store"), "--bind", f"127.0.0.1:{port}", "--union-default-graph"]
        return [self.program, "serve-read-only", *options]


class Fuseki:
    """Apache Jena Fuseki without its pages, on the TDB2 store that its bulk loader made."""

    name = "fuseki"
    path = "/g7/sparql"
    warm_up = 15  # Java compiles while it runs

    def version(self) -> str:
        """Return the version; the jar is brought first if it is not there."""
        find_program("java", "default-jre-headless")
        fuseki.fetch_jar(fuseki.DOWNLOADS)
        return f"Fuseki {fuseki.VERSION}"

    def load(self, graph: Path, folder: Path) -> None:
        """Load with the bulk loader."""
        options = ["tdb2.tdbloader", "--loc", str(folder / "store"), str(graph)]
        run([*self._java, *options], folder / "load.log", LOAD_LIMIT)

    def command(self, folder: Path, port: int) -> Sequence[str]:
        """Return the command."""
        configuration = folder / "configuration.ttl"
        location = (folder / "store").resolve().as_posix()
        filled = fuseki.CONFIGURATION.read_text("utf-8").replace("@LOCATION@", location)
        configuration.write_text(filled.replace("@LIMIT@", str(QUERY_LIMIT * 1000)), "utf-8")
        options = ["--localhost", "--port", str(port), "--config", str(configuration)]
        return [*self._java, fuseki.MAIN, *options]

    @property
    def _java(self) -> list[str]:
        return ["java", fuseki.HEAP, fuseki.QUIET, "-cp", str(fuseki.DOWNLOADS / fuseki.JAR)]


SERVERS: Final[Sequence[Server]] = (G7kg(), OneProcess(), Oxigraph(), Fuseki())


def _say_version(command: Sequence[str]) -> str:
    """Return what ``command`` says of its version; ``NotAvailable`` if it does not run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - fixed
    except (OSError, subprocess.SubprocessError) as error:
        raise NotAvailable(f"“{' '.join(command[:4])}” does not run") from error
    return " ".join(done.stdout.split())
