"""Faults of others that the documentation lists for those who mend them: each is still there.

Where one of these tests fails, the fault is mended: take it from the page, and what works around it from the program.
"""

import json
import re
import signal
import subprocess
import sys
from typing import Final

import pyshacl
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store
from rdflib import RDF, SH, Graph
from tests.helpers.project import ROOT, needs_engine

PREFIXES: Final = """@prefix : <http://e/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
REFUSED: Final = "refused"


def read_table(page: str, heading: str) -> list[list[str]]:
    """Return the code in each row of the table of ``page`` whose head begins with ``heading``."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    rows = text.partition(f"| {heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [re.findall("`([^`]+)`", row) for row in rows]


def find_with_pyshacl(data: str, shape: str) -> str:
    """Return how many results there are, with their values and messages, or that the shapes are refused."""
    graphs = [Graph().parse(data=PREFIXES + text, format="turtle") for text in (data, shape)]
    try:
        _, report, _ = pyshacl.validate(graphs[0], shacl_graph=graphs[1])
    except Exception:  # noqa: BLE001 - it raises what it comes upon
        return REFUSED
    assert isinstance(report, Graph)
    told = sorted(str(text) for name in (SH.value, SH.resultMessage) for text in report.objects(None, name))
    return f"{len(list(report.subjects(RDF.type, SH.ValidationResult)))} {' '.join(told)}"


def find_with_shacl(data: str, shape: str) -> str:
    import shacl  # noqa: PLC0415 - it is not on every machine

    results = shacl.Shapes.from_text(PREFIXES + shape, "turtle").validate_text(PREFIXES + data, "turtle").results
    return " ".join([str(len(results)), *(f"{one.focus_node} {one.value}" for one in results)])


PYSHACL: Final = (REFUSED, "0 ", "0 ", REFUSED, "0 ", "1 ", "0 ", "1 7", "1 constraint http://e/a shape", REFUSED)
"""What pySHACL finds in each row of its table: the number of results, and how their values and messages begin."""

SHACL: Final = ("0", "1 _:0_b0", "1 <http://e/a> _:", "0", "0", "1")


def test_the_faults_of_pyshacl_are_there() -> None:
    rows = read_table("validation.md", "pySHACL 0.40.1 with rdflib 7.6.0")
    code = "import json, sys; from tests.docs.test_upstream import find_with_pyshacl as find;"
    code += "print(json.dumps([find(*row[:2]) for row in json.load(sys.stdin)]))"
    command = [sys.executable, "-c", code]  # in this process pySHACL may be mended already
    done = subprocess.run(command, input=json.dumps(rows), capture_output=True, text=True, check=True, cwd=ROOT)
    found = json.loads(done.stdout)
    assert [told for told, begun in zip(found, PYSHACL, strict=True) if not told.startswith(begun)] == []


def test_the_faults_of_the_fast_engine_are_there() -> None:
    needs_engine()
    rows = read_table("validation.md", "shacl 0.3.4")
    found = [find_with_shacl(*row[:2]) for row in rows]
    assert [told for told, begun in zip(found, SHACL, strict=True) if not told.startswith(begun)] == []


def ask(query: str, *quads: Quad) -> list[dict[str, object]] | str:
    store = Store()
    store.extend(quads)
    try:
        solutions = store.query(query)
    except (SyntaxError, RuntimeError):
        return REFUSED
    assert isinstance(solutions, QuerySolutions)
    return [{variable.value: row[variable] for variable in solutions.variables} for row in solutions]


def test_the_faults_of_the_store_are_there() -> None:
    rows = read_table("serving.md", "fault | minimal query")
    queries = (next(code for code in row if code.startswith("SELECT")) for row in rows)
    concat, alias, columns, function, subquery, order, nested, derived, replace, integer, escape = queries
    names = [NamedNode(f"http://e/{name}") for name in "abcd"]
    assert ask(concat) == [{"x": None}]
    assert ask(alias) == REFUSED
    assert [list(row) for row in ask(columns)] == [["a", "b"]]
    assert ask(function) == REFUSED
    graphs = [Quad(names[0], names[1], names[2], graph) for graph in names[2:]]
    assert ask(subquery, *graphs) == [{"g": None, "n": Literal(2)}]
    assert "ORDER BY" in order  # tests/rdf/test_ordering.py shows it
    one = Literal("1", datatype=NamedNode(f"{XSD}nonNegativeInteger"))
    assert ask(derived, Quad(names[0], names[1], one)) == [{"o": Literal(1)}]
    assert ask(replace) == [{"x": Literal("bab")}]
    assert ask(integer) == [{"x": None}]
    assert ask(escape) == REFUSED
    code = "import sys, pyoxigraph; pyoxigraph.Store().query(sys.argv[1])"
    deep = nested.replace("((((…1…)))", "(" * 5000 + "1" + ")" * 4999)
    done = subprocess.run([sys.executable, "-c", code, deep], capture_output=True, check=False)
    assert done.returncode in {-signal.SIGSEGV, -signal.SIGABRT}
