"""Other SPARQL engines for the tests, each in a process of its own."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import pytest
from benchmarks.fuseki import DOWNLOADS, JAR, MAIN, QUIET
from benchmarks.processes import HOST, NotAvailable, find_program, free_port, serving
from benchmarks.virtuoso import write_virtuoso
from tests.helpers.project import ROOT

from g7kg.build.service import Target, find_target

ENGINES: Final = (
    *(pytest.param(name, marks=pytest.mark.integration) for name in ("fuseki", "virtuoso")),
    "oxigraph",
)
_GRAPH_STORES: Final = {"fuseki": "/g7kg/data", "oxigraph": "/store", "virtuoso": "/sparql-graph-crud-auth"}
VIRTUOSO: Final = {"G7KG_STORE_USER": "dba", "G7KG_STORE_PASSWORD": "dba"}
"""What a new Virtuoso lets write."""

_VARIES: Final = "its answer varies from one run to the next: rows or links that are not in the data"
UNLIKE: Final = {
    ("virtuoso", "issuers-of-instruments"): "its compiler fails: Bad dfe in sqlo_place_exp",
    ("virtuoso", "promises-to-group"): _VARIES,
    ("virtuoso", "tasks-of-the-oecd"): _VARIES,
    ("virtuoso", "/doc/organisation/oecd.html"): _VARIES,
    ("virtuoso", "/doc/verona-trento-2024/p23/s1.html"): _VARIES,
}
"""The queries of the catalogue, and pages, for which an engine does not answer as the others do, and why."""

_START_SECONDS: Final = 120.0


@contextmanager
def run_engine(name: str, folder: Path, port: int | None = None, options: Sequence[str] = ()) -> Iterator[Target]:
    """Run the empty engine ``name``, which keeps its data in memory, and give its addresses.

    Where it is not installed the test is skipped, but fails where continuous integration runs (``CI=true``).
    """
    port = port or free_port()
    start = {"fuseki": _fuseki, "oxigraph": _oxigraph, "virtuoso": _virtuoso}[name]
    with (
        pytest.MonkeyPatch.context() as patch,
        serving([*start(port, folder), *options], port, folder / f"{name}.log", _START_SECONDS),
    ):
        for key, value in VIRTUOSO.items() if name == "virtuoso" else ():
            patch.setenv(key, value)
        yield find_target(f"http://{HOST}:{port}{_GRAPH_STORES[name]}")


def _fuseki(port: int, _: Path) -> list[str]:
    jar = ROOT / DOWNLOADS / JAR
    if shutil.which("java") is None or not jar.is_file():
        _miss(f"needs Java, and {DOWNLOADS / JAR}: python -m benchmarks.fuseki fetches that")
    options = ["--localhost", "--port", str(port), "--update", "--mem", "/g7kg"]
    return ["java", "-Xmx1g", QUIET, "-cp", str(jar), MAIN, *options]


def _oxigraph(port: int, _: Path) -> list[str]:
    program = Path(sys.executable).parent / "oxigraph"
    if not program.is_file():
        _miss("needs the package oxigraph")
    return [str(program), "serve", "--bind", f"{HOST}:{port}"]


def _virtuoso(port: int, folder: Path) -> list[str]:
    try:
        program = find_program("virtuoso-t", "virtuoso-opensource-7-bin")
    except NotAvailable as error:
        _miss(f"needs Virtuoso: {error}")
    return write_virtuoso(program, port, folder)


def _miss(what: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
