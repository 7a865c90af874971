"""Other SPARQL engines for the tests, each in a process of its own."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import httpx
import pytest
from benchmarks.fuseki import DOWNLOADS, HEAP, JAR, MAIN, QUIET
from benchmarks.processes import HOST, NotAvailable, find_program, free_port, serving
from benchmarks.virtuoso import write_virtuoso
from tests.helpers.programs import run
from tests.helpers.project import ROOT
from tests.helpers.served import wait_for

from g7kg.build.service import Target, find_target

ENGINES: Final = (
    *(pytest.param(name, marks=pytest.mark.integration) for name in ("fuseki", "virtuoso", "rdf4j", "blazegraph")),
    "oxigraph",
)
VIRTUOSO: Final = {"G7KG_STORE_USER": "dba", "G7KG_STORE_PASSWORD": "dba"}
"""What a new Virtuoso lets write."""

_VARIES: Final = "its answer varies from one run to the next: rows or links that are not in the data"
_EVERY_GRAPH: Final = "OPTIONAL { GRAPH ?g { … } } binds ?g to every graph of FROM NAMED"
UNLIKE: Final = {
    ("virtuoso", "issuers-of-instruments"): "its compiler fails: Bad dfe in sqlo_place_exp",
    ("virtuoso", "promises-to-group"): _VARIES,
    ("virtuoso", "tasks-of-the-oecd"): _VARIES,
    ("virtuoso", "tasks-from-cernobbio-como"): _VARIES,
    ("virtuoso", "/doc/organisation/oecd.html"): _VARIES,
    ("virtuoso", "/doc/verona-trento-2024/p23/s1.html"): _VARIES,
    ("rdf4j", "tasks-from-cernobbio-como"): "it takes more than the deadline: the order of its joins",
    ("blazegraph", "qualities-of-ai"): "ORDER BY a variable of GROUP BY that is not selected gives no order",
    ("blazegraph", "/ontology"): _EVERY_GRAPH,
    ("blazegraph", "/doc/verona-trento-2024/p23/s1.html"): _EVERY_GRAPH,
    ("blazegraph", "/doc/organisation/oecd.html"): "patterns beside a subquery are joined with each other first: 503",
    ("blazegraph", "/doc/undertaking/ai-public-sector-toolkit.trig"): _EVERY_GRAPH,
}
"""The queries of the catalogue, and pages, for which an engine does not answer as the others do, and why."""

_WEBAPPS: Final = ROOT / "tests" / "cases" / "webapps"
_START_SECONDS: Final = 120.0


@contextmanager
def run_engine(name: str, folder: Path, port: int | None = None, options: Sequence[str] = ()) -> Iterator[Target]:
    """Run the empty engine ``name``, which keeps its data in memory, and give its addresses.

    Where it is not installed the test is skipped, but fails where continuous integration runs (``CI=true``).
    """
    port = port or free_port()
    try:
        command = prepare_engine(name, folder, port)
    except NotAvailable as error:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(str(error))
    with serve_engine(name, [*command, *options], folder, port) as target:
        yield target


def prepare_engine(name: str, folder: Path, port: int) -> list[str]:
    """Return the command that starts the engine over ``folder``, an empty one; ``NotAvailable`` if it is not here."""
    return _ENGINES[name][0](port, folder)


@contextmanager
def serve_engine(name: str, command: Sequence[str], folder: Path, port: int) -> Iterator[Target]:
    """Start the engine by the ``command`` that was prepared and give its addresses once it answers."""
    with pytest.MonkeyPatch.context() as patch, serving(command, port, folder / f"{name}.log", _START_SECONDS):
        for key, value in VIRTUOSO.items() if name == "virtuoso" else ():
            patch.setenv(key, value)
        target = find_target(f"http://{HOST}:{port}{_ENGINES[name][1]}")
        wait_for(lambda: httpx.get(target.query, params={"query": "ASK {}"}, timeout=60).status_code != 404)
        yield target


def _fuseki(port: int, _: Path) -> list[str]:
    jar = ROOT / DOWNLOADS / JAR
    if shutil.which("java") is None or not jar.is_file():
        raise NotAvailable(f"needs Java, and {DOWNLOADS / JAR}: python -m benchmarks.fuseki fetches that")
    options = ["--localhost", "--port", str(port), "--update", "--mem", "/g7kg"]
    return ["java", HEAP, QUIET, "-cp", str(jar), MAIN, *options]


def _oxigraph(port: int, _: Path) -> list[str]:
    program = Path(sys.executable).parent / "oxigraph"
    if not program.is_file():
        raise NotAvailable("needs the package oxigraph")
    return [str(program), "serve", "--bind", f"{HOST}:{port}"]


def _virtuoso(port: int, folder: Path) -> list[str]:
    return write_virtuoso(find_program("virtuoso-t", "virtuoso-opensource-7-bin"), port, folder)


def _rdf4j(port: int, folder: Path) -> list[str]:
    repository = folder / "repositories" / "g7kg"
    repository.mkdir(parents=True)
    shutil.copy(_WEBAPPS / "rdf4j" / "config.ttl", repository)
    return _run_web("rdf4j", port, folder)


def _run_web(name: str, port: int, folder: Path) -> list[str]:
    """Lay an engine out as a web application: its war is not to be had, what that is made of is."""
    shown, libraries, web = _WEBAPPS / name, ROOT / DOWNLOADS / name, folder / "WEB-INF"
    if not libraries.is_dir():
        coming = libraries.with_name(f"{name}.coming")  # so that what was broken off is not taken for the whole
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={coming}"]
        run(ROOT, "mvn", "--batch-mode", "--quiet", "-f", str(shown / "pom.xml"), *goal)
        coming.rename(libraries)
    web.mkdir()
    for file in shown.iterdir():
        (web / file.name).write_text(file.read_text("utf-8").replace("@FOLDER@", str(folder)), "utf-8")
    options = ["--lib", str(libraries), "--host", HOST, "--port", str(port), "--path", "/", str(folder)]
    return ["java", HEAP, "-jar", *map(str, libraries.glob("jetty-runner-*.jar")), *options]


_ENGINES: Final[dict[str, tuple[Callable[[int, Path], list[str]], str]]] = {
    "fuseki": (_fuseki, "/g7kg/data"),
    "oxigraph": (_oxigraph, "/store"),
    "virtuoso": (_virtuoso, "/sparql-graph-crud-auth"),
    "rdf4j": (_rdf4j, "/repositories/g7kg/rdf-graphs/service"),
    "blazegraph": (partial(_run_web, "blazegraph"), "/sparql"),
}
"""What starts an engine on a port, over an empty folder, and the path of what is published to."""
