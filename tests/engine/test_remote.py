"""The front over other engines: the same rows, pages and errors as over the store of the snapshot itself."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pyoxigraph as ox
import pytest
from benchmarks.processes import find_program, free_port, serving
from tests.helpers.catalogue import CASES, QUERIES
from tests.helpers.engines import ENGINES, UNLIKE, run_engine
from tests.helpers.project import ROOT, Run, quiet
from tests.helpers.server import Server, run_server

from g7kg.build.service import Target, publish_snapshot
from g7kg.build.snapshot import Snapshot
from g7kg.engine import EngineRequest, Service
from g7kg.queries.catalogue import CatalogueQuery

PAGES = [
    "/",
    "/undertakings",
    "/undertakings.csv",
    "/compare?topic=digital-identity",
    "/coverage",
    "/glossary",
    "/validation",
    "/ontology",
    "/shapes",
    "/search?q=toolkit",
    "/doc/verona-trento-2024.html",
    "/doc/verona-trento-2024/p23.html",
    "/doc/verona-trento-2024/p23/s1.html",
    "/doc/organisation/oecd.html",
    "/doc/undertaking/ai-public-sector-toolkit.html",
    "/doc/undertaking/ai-public-sector-toolkit.trig",
    "/scheme/speech-act.html",
    "/queries/undertakings-on-topic?topic=topic:ai-public-sector",
    "/sitemap.xml",
]
SLOW = "SELECT (COUNT(*) AS ?n) WHERE { ?a a ?b . ?c a ?d }"
"""Takes longer than the deadline and has an end: a store evaluates it to that, though nobody waits any more."""


@pytest.fixture(scope="module", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    """Run an engine that holds the project's graph."""
    with run_engine(request.param, tmp_path_factory.mktemp(request.param)) as target:
        publish_snapshot(snapshot.folder, target, quiet)
        yield target


@contextmanager
def run_front(target: Target, snapshot: Snapshot, log: Path, *options: str) -> Iterator[Server]:
    with run_server(log, "--snapshot", snapshot.folder, "--store", target.query, "--workers", "3", *options) as server:
        yield server


@pytest.fixture(scope="module")
def front(engine: Target, snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        run_front(engine, snapshot, tmp_path_factory.mktemp("front") / "log", "--timeout", "20") as server,
        httpx.Client(base_url=server.base, timeout=30) as client,
    ):
        yield client


def mark_unlike(request: pytest.FixtureRequest, name: str) -> str:
    """Expect that the test fails, or may, where its engine is known for it; return which engine it is."""
    engine: str = request.node.callspec.params["engine"]
    if reason := UNLIKE.get((engine, name)):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=False))
    return engine


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_of_the_catalogue_gives_just_the_expected_rows(
    query: CatalogueQuery, front: httpx.Client, request: pytest.FixtureRequest
) -> None:
    engine = mark_unlike(request, query.name)
    values = {parameter.name: parameter.example for parameter in query.parameters}
    found = front.get(f"/queries/{query.name}.csv", params={**values, "size": "1000"}).content
    rows, expected = (data.splitlines() for data in (found, (CASES / f"{query.name}.csv").read_bytes()))
    if engine == "virtuoso":  # which may forget the order where rows are DISTINCT
        rows, expected = sorted(rows), sorted(expected)
    assert rows == expected


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_the_same_to_the_byte(
    path: str, front: httpx.Client, client: httpx.Client, request: pytest.FixtureRequest
) -> None:
    mark_unlike(request, path)
    accept = {"Accept": "text/html"}
    here, there = (asked.get(path, headers=accept, follow_redirects=True) for asked in (client, front))
    assert there.status_code == here.status_code == 200
    assert there.text.replace(str(front.base_url), str(client.base_url)) == here.text


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_solutions_and_booleans_are_in_the_formats_that_clients_know(
    name: str, front: httpx.Client, client: httpx.Client
) -> None:
    ordered = "SELECT ?s ?o WHERE { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o } ORDER BY ?s ?o LIMIT 50"
    for query in (ordered, "ASK { ?s ?p ?o }", "SELECT ?x WHERE { VALUES ?x { UNDEF 1.5 'é'@fr '\"\\\\\\n' } }"):
        here, there = (asked.get("/sparql", params={"query": query, "format": name}) for asked in (client, front))
        assert (there.status_code, there.headers["content-type"]) == (200, here.headers["content-type"])
        assert there.content == here.content


def test_a_graph_comes_whole_and_in_every_format(front: httpx.Client, client: httpx.Client) -> None:
    name = "https://w3id.org/g7kg/graph/registry"
    here, there = (asked.get("/store", params={"graph": name, "format": "nt"}) for asked in (client, front))
    assert sorted(there.text.splitlines()) == sorted(here.text.splitlines())
    assert (
        front.get("/store", params={"graph": name, "format": "rdf"})
        .headers["content-type"]
        .startswith("application/rdf+xml")
    )


def test_errors_are_those_that_clients_know(front: httpx.Client) -> None:
    bad = front.get("/sparql", params={"query": "SELECT * WHERE {"})
    assert (bad.status_code, bad.json()["detail"][:22]) == (400, "the query is not valid")
    federated = front.get("/sparql", params={"query": "SELECT * WHERE { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"})
    assert (federated.status_code, federated.json()["detail"][:17]) == (400, "SERVICE in line 1")
    update = front.post("/sparql", data={"update": "CLEAR ALL"})
    assert update.status_code == 400
    assert front.get("/sparql", params={"query": "INSERT DATA { <a:a> <a:b> 1 }"}).status_code == 400


def test_the_dataset_of_the_protocol_and_a_relative_iri_reach_the_engine(front: httpx.Client) -> None:
    count = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    name = "https://w3id.org/g7kg/graph/registry"
    asked = {"query": count, "default-graph-uri": name, "format": "csv"}
    whole = front.get("/sparql", params={"query": count, "format": "csv"}).text
    part = front.get("/sparql", params=asked).text
    assert 0 < int(part.split()[1]) < int(whole.split()[1])
    relative = front.get("/sparql", params={"query": "SELECT ?x WHERE { VALUES ?x { <here> } }", "format": "csv"})
    assert relative.text.split() == ["x", f"{str(front.base_url).rstrip('/')}/here"]


def test_a_query_ends_at_the_deadline_and_the_next_one_is_answered(front: httpx.Client) -> None:
    late = front.get("/sparql", params={"query": SLOW, "timeout": "0.05"})
    assert (late.status_code, late.json()["detail"]) == (504, "the query ran into its deadline of 0.05 seconds")
    assert front.get("/sparql", params={"query": "ASK { ?s ?p ?o }"}).json()["boolean"] is True


def test_an_answer_with_too_many_rows_is_refused(engine: Target, snapshot: Snapshot, tmp_path: Path) -> None:
    with run_front(engine, snapshot, tmp_path / "log", "--max-rows", "10") as server:
        query = "SELECT * WHERE { ?s ?p ?o } LIMIT %d"
        assert httpx.get(f"{server.base}/sparql", params={"query": query % 10}, timeout=20).status_code == 200
        assert httpx.get(f"{server.base}/sparql", params={"query": query % 11}, timeout=20).status_code == 413


def test_tags_are_weak_and_nothing_is_immutable(front: httpx.Client) -> None:
    """Whoever writes to the engine can change what it answers, and it may write the same otherwise."""
    digest = front.get("/readyz").json()["snapshot"]
    params = {"query": "ASK { ?s ?p ?o }"}
    first = front.get(f"/dataset/{digest}/sparql", params=params)
    assert first.headers["etag"].startswith('W/"')
    assert first.headers["cache-control"] == "public, max-age=60"
    again = front.get("/sparql", params=params)
    kept = front.get("/sparql", params=params, headers={"If-None-Match": again.headers["etag"]})
    assert (kept.status_code, kept.content) == (304, b"")


def test_a_store_that_goes_down_is_told_and_one_that_comes_back_is_used(snapshot: Snapshot, tmp_path: Path) -> None:
    port = free_port()
    with run_engine("oxigraph", tmp_path, port) as target:
        publish_snapshot(snapshot.folder, target, quiet)
        front = run_front(target, snapshot, tmp_path / "log")
        server = front.__enter__()
    try:
        with httpx.Client(base_url=server.base, timeout=30) as client:
            down = client.get("/sparql", params={"query": "ASK {}"})
            assert (down.status_code, down.json()["detail"]) == (502, "the store cannot be reached: Connection refused")
            page = client.get("/coverage", headers={"Accept": "text/html"})
            assert (page.status_code, "The store cannot be reached" in page.text) == (502, True)
            assert client.get("/readyz").status_code == 503
            assert client.get("/healthz").status_code == 200
            with run_engine("oxigraph", tmp_path, port):
                assert client.get("/sparql", params={"query": "ASK {}"}).json()["boolean"] is True
    finally:
        front.__exit__(None, None, None)


@pytest.mark.integration
def test_of_two_stores_behind_nginx_one_may_die(snapshot: Snapshot, tmp_path: Path) -> None:
    """By the configuration that the documentation shows."""
    shown = re.search(r"```nginx[^\n]*\n(.*?)```", (ROOT / "docs" / "remote-stores.md").read_text("utf-8"), re.DOTALL)
    assert shown
    with ExitStack() as stack, ExitStack() as mortal:
        stores = [owner.enter_context(run_engine("fuseki", tmp_path)) for number, owner in enumerate((stack, mortal))]
        for store in stores:
            publish_snapshot(snapshot.folder, store, quiet)
        ports = [str(urlsplit(store.query).port) for store in stores]
        port = free_port()
        text = shown[1].replace(":3030", f":{ports[0]}").replace(":3031", f":{ports[1]}").replace(":3000", f":{port}")
        settings = tmp_path / "nginx.conf"
        settings.write_text(
            f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}} http {{ access_log off; {text} }}"
        )
        stack.enter_context(serving([find_program("nginx", "nginx"), "-c", str(settings)], port, tmp_path / "out", 20))
        through = replace(stores[0], query=stores[0].query.replace(ports[0], str(port)))
        server = stack.enter_context(run_front(through, snapshot, tmp_path / "front.log"))
        client = stack.enter_context(httpx.Client(base_url=server.base, timeout=30))
        for number in range(60):
            if number == 20:
                mortal.close()
            asked = client.get("/sparql", params={"query": f"ASK {{ ?s ?p ?o FILTER({number} = {number}) }}"})
            assert (asked.status_code, asked.json()) == (200, {"head": {}, "boolean": True})


def test_a_server_does_not_start_over_another_snapshot(engine: Target, tmp_path: Path, program: Run) -> None:
    data = tmp_path / "data.nq"
    data.write_text("<http://e/a> <http://e/b> <http://e/c> <http://e/g> .\n", "utf-8")
    assert program("load", data, "--out", tmp_path / "out").returncode == 0
    ended = program("serve", "--port", "0", "--snapshot", tmp_path / "out", "--store", engine.query)
    assert ended.returncode == 2
    assert re.search("the store holds the snapshot [0-9a-f]{64}, not [0-9a-f]{64}", ended.stderr)
    assert "fill it with g7kg publish --to" in ended.stderr


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("ftp://e.org/sparql", "this is no address of a service"),
        ("http:///sparql", "this is no address of a service"),
        ("http://e.org/a b", "this is no address of a service"),
        ("http://me:hush@e.org/sparql", "credentials do not belong into an address"),
        ("http://e.org/sparql#x", "has a fragment"),
    ],
)
def test_an_address_that_is_none_is_refused(address: str, message: str, g7kg: Run) -> None:
    ended = g7kg("serve", "--port", "0", "--store", address)
    assert (ended.returncode, message in ended.stderr, "hush" in ended.stderr) == (2, True, False)


@pytest.mark.parametrize(("ci", "outcome"), [("true", "Failed"), ("", "Skipped")])
def test_a_missing_engine_fails_only_where_continuous_integration_runs(
    ci: str, outcome: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BaseException, match="needs Java, and build/bench/downloads/jena-fuseki-server") as caught:
        run_engine("fuseki", tmp_path).__enter__()
    assert type(caught.value).__name__ == outcome


WHOLE = "FROM <u:u>"


NAMED = f"{WHOLE} FROM NAMED <g:1> FROM NAMED <g:2>"


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("SELECT ?x @WHERE { ?x ?y ?z }", WHOLE),
        ("PREFIX from: <from:> SELECT (1 + (2) AS ?x) (EXISTS { ?x ?y from:x } AS ?y) @{ GRAPH ?g {} }", NAMED),
        ("# SELECT {\nASK @{ ?x ?y '{ GRAPH' }", WHOLE),
        ("CONSTRUCT { ?x ?y ?z } @WHERE { GRAPH ?g { ?x ?y ?z } }", NAMED),
        ("CONSTRUCT @WHERE { ?x ?y ?z }", WHOLE),
        ("DESCRIBE <g:1> ?x @ORDER BY ?x", WHOLE),
        ("DESCRIBE <g:1>@", WHOLE),
        ("SELECT ?x @FROM <g:1> { ?x ?y ?z }", "FROM NAMED <u:u/none>"),
        ("SELECT ?x @FROM NAMED <g:1> { GRAPH ?g {} }", "FROM <u:u/none>"),
        ("SELECT ?x FROM <g:1> FROM NAMED <g:2> { GRAPH ?g {} }@", ""),
    ],
)
def test_a_store_that_shows_all_graphs_is_told_in_the_query_which_to_ask(query: str, sent: str) -> None:
    """At the sign @."""
    found = Service("", "u:u", ("g:1", "g:2")).name_dataset(EngineRequest(query.replace("@", ""), "json", "nt"))
    assert found.query.split() == query.replace("@", f" {sent} ").split()
    ox.Store().query(found.query)


def test_of_the_dataset_of_the_protocol_nothing_is_left_to_the_store() -> None:
    service, query = Service("", "u:u", ("g:1", "g:2")), "ASK {}"
    for default, named, sent in (
        (("g:1",), None, (("g:1",), ("u:u/none",))),
        ((), ("g:1",), (("u:u/none",), ("g:1",))),
        (("g:1",), ("g:2",), (("g:1",), ("g:2",))),
    ):
        found = service.name_dataset(EngineRequest(query, "json", "nt", default, named))
        assert (found.query, found.default_graphs, found.named_graphs) == (query, *sent)
