"""Other SPARQL engines for the tests: Apache Jena Fuseki and Oxigraph's own server, each in a process of its own."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from benchmarks.fuseki import DOWNLOADS, JAR, MAIN, QUIET
from benchmarks.processes import HOST, free_port, serving
from tests.helpers.project import ROOT

from g7kg.build.service import Target, find_target

ENGINES: Final = (pytest.param("fuseki", marks=pytest.mark.integration), "oxigraph")
_START_SECONDS: Final = 120.0


@contextmanager
def run_engine(name: str, folder: Path, port: int | None = None, options: Sequence[str] = ()) -> Iterator[Target]:
    """Run the empty engine ``name``, which keeps its data in memory, and give its addresses.

    Where it is not installed the test is skipped, but fails where continuous integration runs (``CI=true``).
    """
    port = port or free_port()
    command = _fuseki(port) if name == "fuseki" else _oxigraph(port)
    with serving([*command, *options], port, folder / f"{name}.log", _START_SECONDS):
        yield find_target(f"http://{HOST}:{port}" + ("/g7kg/data" if name == "fuseki" else "/store"))


def _fuseki(port: int) -> list[str]:
    jar = ROOT / DOWNLOADS / JAR
    if shutil.which("java") is None or not jar.is_file():
        _miss(f"needs Java, and {DOWNLOADS / JAR}: python -m benchmarks.fuseki fetches that")
    options = ["--localhost", "--port", str(port), "--update", "--mem", "/g7kg"]
    return ["java", "-Xmx1g", QUIET, "-cp", str(jar), MAIN, *options]


def _oxigraph(port: int) -> list[str]:
    program = Path(sys.executable).parent / "oxigraph"
    if not program.is_file():
        _miss("needs the package oxigraph")
    return [str(program), "serve", "--bind", f"{HOST}:{port}"]


def _miss(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
