"""The graph from Python: an embedded snapshot and a server give the same."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from benchmarks.processes import free_port
from rdflib import RDFS, Literal, URIRef
from tests.helpers.fakes import answer, run_fake

import g7kg
from g7kg.build.snapshot import Snapshot
from g7kg.client import KnowledgeGraph
from g7kg.errors import EngineError, NotFound, QueryError, RequestError, WorkspaceError

OECD = URIRef("https://w3id.org/g7kg/id/organisation/oecd")


@pytest.fixture(params=["embedded", "server"])
def graph(request: pytest.FixtureRequest, snapshot: Snapshot) -> KnowledgeGraph:
    if request.param == "embedded":
        return g7kg.open(snapshot.folder)
    return g7kg.open(request.getfixturevalue("server"))


def test_a_query_of_the_catalogue_gives_rows_of_python_values(graph: KnowledgeGraph) -> None:
    rows = graph.query("undertakings-on-topic", topic="topic:ai-public-sector")
    assert rows.columns == ("undertaking", "what", "kind", "due", "status")
    assert [(row["what"], row["due"], row["status"]) for row in rows if row["due"]] == [
        ("Advance discussions on public-sector AI, digital government, HAIP", date(2024, 12, 31), "advanced"),
        ("Toolkit for AI in the public sector", date(2024, 12, 31), "delivered"),
    ]


def test_a_name_will_do_for_an_iri(graph: KnowledgeGraph) -> None:
    named, by_iri = (graph.query("asked-of-organisation", organisation=one) for one in ("oecd", OECD))
    assert list(named) == list(by_iri) != []
    with pytest.raises(RequestError, match="nor what anything is called"):
        graph.query("asked-of-organisation", organisation="OECDE")


def test_a_query_in_sparql_gives_rows(graph: KnowledgeGraph) -> None:
    rows = graph.query("SELECT (1 + 1 AS ?two) (true AS ?yes) (1.5 AS ?part) (?nothing AS ?none) {}")
    assert list(rows) == [{"two": 2, "yes": True, "part": 1.5, "none": None}]


def test_a_resource_is_described_by_an_rdflib_graph(graph: KnowledgeGraph) -> None:
    described = graph.describe("organisation:oecd")
    assert set(described.subjects()) == {OECD}
    label = Literal("Organisation for Economic Co-operation and Development", lang="en")
    assert (OECD, RDFS.label, label) in described
    with pytest.warns(UserWarning, match="^the graph does not know id:organisation/nobody$") as warned:
        assert len(graph.describe("organisation:nobody")) == 0
    assert [warning.filename for warning in warned] == [__file__]


def test_ask_and_construct(graph: KnowledgeGraph) -> None:
    assert graph.ask("ASK { ?s a <https://w3id.org/g7kg/ontology#Minister> }") is True
    assert graph.ask("ASK { ?s a <http://example.org/Nothing> }") is False
    built = graph.construct(f"CONSTRUCT {{ ?s a ?c }} WHERE {{ VALUES ?s {{ <{OECD}> }} ?s a ?c }}")
    assert set(built.subjects()) == {OECD}


def test_both_ways_give_the_same_rows(snapshot: Snapshot, server: str) -> None:
    embedded, remote = g7kg.open(snapshot.folder), g7kg.open(server)
    for query in embedded.queries:
        values = {parameter.name: parameter.example for parameter in query.parameters}
        assert list(embedded.query(query.name, **values)) == list(remote.query(query.name, **values)), query.name


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda kg: kg.query("undertakings-on-topik"), NotFound, "did you mean “undertakings-on-topic”"),
        (lambda kg: kg.query("undertakings-on-topic"), RequestError, "needs the parameter topic"),
        (lambda kg: kg.query("undertakings-without-follow-up", since="soon"), RequestError, "no xsd:date"),
        (lambda kg: kg.query("SELECT ?x { ", x=1), QueryError, "only a query of the catalogue takes parameters"),
        (lambda kg: kg.query("SELECT ?x { "), QueryError, "1:1"),
    ],
)
def test_what_is_wrong_is_told(ask, error: type[Exception], message: str, graph: KnowledgeGraph) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    with pytest.raises(error, match=message):
        ask(graph)


def test_a_server_that_answers_html_is_told_from_one_of_ours() -> None:
    for status, message in (("200 OK", "it answers text/html"), ("502 Bad Gateway", "answers 502 Bad Gateway")):
        with run_fake(answer(status, b"<p>Hello", "text/html")) as fake, pytest.raises(EngineError, match=message):
            g7kg.open(fake.address).query("SELECT * { ?s ?p ?o }")


def test_a_server_that_is_down_is_told() -> None:
    with pytest.raises(EngineError, match="cannot be reached"):
        g7kg.open(f"http://127.0.0.1:{free_port()}").ask("ASK {}")


def test_a_folder_without_a_snapshot_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="there is no snapshot here"):
        g7kg.open(tmp_path)


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, g7kg; print(sorted({'pyoxigraph', 'rdflib', 'pandas', 'fastapi', 'yaml'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_rows_show_themselves_in_a_notebook_without_markup_of_others(snapshot: Snapshot) -> None:
    rows = g7kg.open(snapshot.folder).query('SELECT ("<script>" AS ?x) {}')
    assert rows._repr_html_() == "<table><tr><th>x</th></tr><tr><td>&lt;script&gt;</td></tr></table><p>1 rows</p>"


def test_data_frames_have_typed_columns(snapshot: Snapshot) -> None:
    rows = g7kg.open(snapshot.folder).query("undertakings-without-follow-up")
    frame = rows.to_pandas()
    assert (len(frame), str(frame["stated"].dtype)[:10], frame["stated"].min().date()) == (
        93,
        "datetime64",
        date(2024, 3, 15),
    )
    assert str(rows.to_polars().schema["stated"]) == "Date"
    assert str(rows.to_arrow().schema.field("stated").type) == "date32[day]"
    counted = g7kg.open(snapshot.folder).query("mentioned-at-one-meeting-only")
    assert str(counted.to_pandas()["statements"].dtype) == "Int64"
    assert counted.to_polars()["statements"].sum() == counted.to_pandas()["statements"].sum()


def test_an_extra_that_is_not_installed_is_named(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = g7kg.open(snapshot.folder).query("undertakings")
    for name, ask in (("pandas", rows.to_pandas), ("polars", rows.to_polars), ("pyarrow", rows.to_arrow)):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(WorkspaceError, match=rf"{name} is not installed \(pip install 'g7kg\["):
            ask()


def test_an_empty_answer_is_an_empty_frame(snapshot: Snapshot) -> None:
    with pytest.warns(UserWarning, match="^the graph does not know id:organisation/nobody$"):
        rows = g7kg.open(snapshot.folder).query("asked-of-organisation", organisation="organisation:nobody")
    assert (len(rows), list(rows.to_pandas().columns), rows.to_polars().columns) == (
        0,
        list(rows.columns),
        list(rows.columns),
    )
