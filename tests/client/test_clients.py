"""Libraries that others wrote: as they come, and the programs of docs/clients.md that need what is slow to fetch."""

import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import QuerySolutions, QueryTriples, Store
from rdflib import Graph
from rdflib.compare import isomorphic
from SPARQLWrapper import CSV, GET, JSON, JSONLD, N3, POST, POSTDIRECTLY, RDFXML, TSV, TURTLE, URLENCODED, XML
from SPARQLWrapper import SPARQLWrapper as Wrapper
from tests.helpers.programs import run, run_java, run_javascript
from tests.helpers.snippets import ROOT, SERVED, Block, read_blocks

PAGE = ROOT / "docs" / "clients.md"
OECD = "<https://w3id.org/g7kg/id/organisation/oecd>"
TABLE = "SELECT ?s { ?s a <https://w3id.org/g7kg/ontology#Minister> } ORDER BY ?s LIMIT 3"
BUILT = f"CONSTRUCT {{ ?s ?p {OECD} }} WHERE {{ ?s ?p {OECD} }}"


def ask(server: str, query: str, form: str | None, method: str, how: str) -> Any:  # noqa: ANN401 - whatever it makes of the answer
    """Return the answer as SPARQLWrapper gives it; ``None`` leaves the format to it."""
    wrapper = Wrapper(f"{server}/sparql")
    wrapper.setQuery(query)
    wrapper.setMethod(method)
    wrapper.setRequestMethod(how)
    if form:
        wrapper.setReturnFormat(form)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls its own choices and rdflib's names old
        return wrapper.queryAndConvert()


def read_table(answer: Any) -> list[str]:  # noqa: ANN401 - likewise
    """Return the values of the one column, or “true”, in whatever form they came."""
    if isinstance(answer, dict):
        rows = answer.get("results", {}).get("bindings", [])
        return [row["s"]["value"] for row in rows] or [str(answer["boolean"]).lower()]
    if isinstance(answer, bytes):
        return [line.strip("<>") for line in answer.decode().split() if line not in {"s", "?s"}]
    found = [*answer.getElementsByTagName("uri"), *answer.getElementsByTagName("boolean")]
    return [element.firstChild.data for element in found]


@pytest.mark.parametrize(
    ("form", "method", "how"),
    [
        *((form, GET, URLENCODED) for form in (None, JSON, XML, CSV, TSV, TURTLE, N3, RDFXML, JSONLD)),
        *((form, *method) for form in (None, XML) for method in ((POST, URLENCODED), (POST, POSTDIRECTLY))),
    ],
)
def test_sparqlwrapper_as_it_comes_gets_right_answers(
    form: str | None, method: str, how: str, server: str, store: Store
) -> None:
    solutions = store.query(TABLE)
    assert isinstance(solutions, QuerySolutions)
    assert read_table(ask(server, TABLE, form, method, how)) == [row["s"].value for row in solutions]
    assert read_table(ask(server, f"ASK {{ {OECD} ?p ?o }}", form, method, how)) == ["true"]
    for query in (BUILT, f"DESCRIBE {OECD}"):
        answer = ask(server, query, form, method, how)
        graph = Graph().parse(data=answer, format="turtle") if isinstance(answer, bytes) else answer
        triples = store.query(query)
        assert isinstance(triples, QueryTriples)
        expected = Graph().parse(data="".join(f"{triple} .\n" for triple in triples), format="nt")
        assert len(expected) > 3
        assert isomorphic(graph, expected)


def list_programs() -> list[Any]:
    """Return the programs of the page that are not run with it."""
    blocks = [block for block in read_blocks(PAGE) if block.reason and block.language != "text"]
    return [pytest.param(block, id=f"{block.language}-{number}") for number, block in enumerate(blocks)]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clients")


def run_python(folder: Path, text: str) -> str:
    if not (folder / "python").is_dir():
        install = ("install", "--quiet", "--target", "python", "langchain-community==0.4.2")
        run(folder, sys.executable, "-m", "pip", *install)
    return run(folder, sys.executable, "-W", "ignore", "-c", f"import sys; sys.path.append('python')\n{text}")


def run_r(folder: Path, text: str) -> str:
    (folder / "program.R").write_text(text, "utf-8")
    program = shutil.which("Rscript")
    if program is None or subprocess.run([program, "-e", "library(httr2)"], check=False).returncode:
        pytest.skip("needs R with httr2 (Debian: r-base-core, r-cran-httr2)")
    return run(folder, "Rscript", "program.R")


RUN = {"python": run_python, "javascript": run_javascript, "java": run_java, "r": run_r}


@pytest.mark.integration
@pytest.mark.parametrize("block", list_programs())
def test_the_programs_of_the_page_print_what_it_says(block: Block, workshop: Path, server: str, store: Store) -> None:
    query = re.findall(r'"""\n(.*?)"""', PAGE.read_text("utf-8"), re.DOTALL)[0]
    solutions = store.query(query)
    assert isinstance(solutions, QuerySolutions)
    expected = [f"{row['topic'].value} {row['number'].value}" for row in solutions]
    assert RUN[block.language](workshop, block.text.replace(SERVED, server)).splitlines() == expected
