"""Publishing to other engines: all of a snapshot or nothing of it, whatever happens meanwhile."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import httpx
import pyoxigraph as ox
import pytest
from pyoxigraph import Literal, NamedNode
from tests.helpers.engines import ENGINES, run_engine
from tests.helpers.project import Run, quiet
from tests.helpers.server import run_server

from g7kg.build.load import load_snapshot
from g7kg.build.service import Target, find_target, publish_snapshot
from g7kg.build.service.target import Client
from g7kg.build.service.updates import LOCK, STAGED, drop
from g7kg.engine import EngineRequest
from g7kg.engine.holdings import PUBLICATION, UNION, Holdings, count_triples, read_digest, select
from g7kg.engine.remote import RemoteStore, Service, open_remote
from g7kg.errors import StoreError, WorkspaceError

OLD = """\
<http://e/a> <http://e/b> "1" <http://e/old> .
<http://e/a> <http://e/b> "2" <http://e/both> .
"""
NEW = """\
_:x <http://e/b> "3" <http://e/both> .
_:x <http://e/c> "4" <http://e/both> .
<http://e/d> <http://e/b> "5" <http://e/new> .
<http://e/d> <http://e/b> "only in the default graph" .
"""
BOTH, NEW_ONE = "http://e/both", "http://e/new"
HELD_OLD = Holdings({"http://e/old": 1, "http://e/both": 1}, 2)
HELD_NEW = Holdings({"http://e/both": 2, "http://e/new": 1}, 4)


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with run_engine(request.param, tmp_path_factory.mktemp(request.param)) as target:
        yield target


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make the old and the new snapshot."""
    made = []
    for text in (OLD, NEW):
        folder = tmp_path_factory.mktemp("data")
        (folder / "data.nq").write_text(text, "utf-8")
        made.append(load_snapshot([folder / "data.nq"], folder / "out", None, quiet)[0])
    return made[0], made[1]


@pytest.fixture
def filled(engine: Target, folders: tuple[Path, Path]) -> Target:
    """Have the engine hold the old snapshot and nothing else, and no lock."""
    publish_snapshot(folders[0], engine, quiet, replace=True, break_lock=True)
    assert (hold(engine), list_own(engine)) == (HELD_OLD, [])
    return engine


def hold(target: Target) -> Holdings:
    store = open_remote(Service(target.query), {})
    try:
        return count_triples(store)
    finally:
        store.endpoint.close()


def as_served(target: Target) -> Service:
    """Return how a server asks ``target`` for what is published."""
    union = UNION.value if hold(target).united else None
    return Service(target.query, union, ("http://e/old", BOTH, NEW_ONE))


def ask(target: Target, query: str) -> list[str]:
    rows = httpx.post(target.query, data={"query": query}, headers={"Accept": "text/csv"}, timeout=20)
    assert rows.status_code == 200
    return rows.text.replace('"', "").split()[1:]


def list_own(target: Target) -> list[str]:
    """Return the graphs of a publisher's own, but those that stay."""
    start = LOCK.value.removesuffix("lock")
    found = ask(target, f'SELECT DISTINCT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?g), "{start}")) }}')
    return [name for name in found if name != UNION.value]


def update(target: Target, text: str) -> None:
    client = Client(target, os.environ)
    client.update(text)
    client.close()


def test_a_snapshot_takes_the_place_of_another(filled: Target, folders: tuple[Path, Path]) -> None:
    manifest = publish_snapshot(folders[1], filled, quiet)
    assert (hold(filled), list_own(filled)) == (HELD_NEW, [])
    store = open_remote(Service(filled.query), {})
    assert read_digest(store) == manifest.digest
    store.endpoint.close()
    joined = "SELECT DISTINCT ?four { ?x <http://e/b> '3' . GRAPH <http://e/both> { ?x <http://e/c> ?four } }"
    assert ask(filled, joined) == ["4"]


def test_what_is_there_already_is_left(filled: Target, folders: tuple[Path, Path]) -> None:
    steps: list[str] = []
    publish_snapshot(folders[0], filled, steps.append)
    assert steps == ["looking at what is there"]


def test_data_of_others_is_left_unless_it_may_be_replaced(filled: Target, folders: tuple[Path, Path]) -> None:
    default = [] if hold(filled).united else ["CLEAR DEFAULT"]
    ours = drop([PUBLICATION, UNION, *map(NamedNode, HELD_OLD.graphs)])
    theirs = "INSERT DATA { GRAPH <http://e/theirs> { <http://e/a> <http://e/b> 1 } }"
    update(filled, " ;\n".join([*default, ours, theirs]))
    with pytest.raises(StoreError, match="the store holds data that g7kg has not published"):
        publish_snapshot(folders[1], filled, quiet)
    assert hold(filled).graphs == {"http://e/theirs": 1}
    publish_snapshot(folders[1], filled, quiet, replace=True)
    assert hold(filled) == HELD_NEW


Put = Callable[[Client, NamedNode, Callable[[], Iterable[bytes]]], None]


def fail_to_send(client: Client, graph: NamedNode, triples: Callable[[], Iterable[bytes]]) -> None:
    if graph.value.endswith("/2"):
        raise StoreError("out of order")
    SEND(client, graph, triples)


def send_half(client: Client, graph: NamedNode, triples: Callable[[], Iterable[bytes]]) -> None:
    SEND(client, graph, lambda: [b"".join(triples()).splitlines(keepends=True)[0]])


def send_and_remove(client: Client, graph: NamedNode, triples: Callable[[], Iterable[bytes]]) -> None:
    """Empty the first graph when the last one is sent: then the switch is not begun."""
    SEND(client, graph, triples)
    if graph.value.endswith("/default"):
        client.update(f"CLEAR GRAPH {NamedNode(graph.value.replace('/default', '/2'))}")


SEND = Client.put


@pytest.mark.parametrize("put", [fail_to_send, send_half, send_and_remove], ids=lambda put: put.__name__)
def test_what_fails_in_between_leaves_the_service_as_it_was(
    put: Put, filled: Target, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Client, "put", put)
    with pytest.raises(
        StoreError, match=r"out of order|the store has taken 1|the store has lost what was sent of http://e/new"
    ):
        publish_snapshot(folders[1], filled, quiet)
    assert (hold(filled), list_own(filled)) == (HELD_OLD, [])


def test_a_switch_whose_answer_is_lost_is_not_taken_for_a_failure(
    filled: Target, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Client.update

    def lose(client: Client, text: str) -> None:
        send(client, text)
        if "MOVE GRAPH" in text:
            raise StoreError("the store broke its answer off", transient=True)

    monkeypatch.setattr(Client, "update", lose)
    publish_snapshot(folders[1], filled, quiet)
    assert hold(filled) == HELD_NEW


def test_two_publishers_at_once_do_not_mix(filled: Target, folders: tuple[Path, Path]) -> None:
    """The second comes when the first has staged a graph."""
    refusals: list[str] = []

    def come_between(step: str) -> None:
        if step.startswith("sending graph 2"):
            with pytest.raises(StoreError) as caught:
                publish_snapshot(folders[0], filled, quiet, replace=True)
            refusals.append(str(caught.value))

    publish_snapshot(folders[1], filled, come_between)
    assert "another publication is under way, since 20" in refusals[0]
    assert "--break-lock" in refusals[0]
    assert (hold(filled), list_own(filled)) == (HELD_NEW, [])


def test_one_whose_lock_was_broken_changes_nothing(filled: Target, folders: tuple[Path, Path]) -> None:
    def come_between(step: str) -> None:
        if step == "switching":
            publish_snapshot(folders[0], filled, quiet, replace=True, break_lock=True)

    with pytest.raises(StoreError, match="another publication has ended this one"):
        publish_snapshot(folders[1], filled, come_between)
    assert (hold(filled), list_own(filled)) == (HELD_OLD, [])


def test_one_that_was_killed_leaves_a_lock_that_can_be_broken(
    filled: Target, folders: tuple[Path, Path], g7kg: Run
) -> None:
    code = (
        "import sys, os, signal, pathlib; from g7kg.build.service import *\n"
        "def die(step): step == 'switching' and os.kill(os.getpid(), signal.SIGKILL)\n"
        "publish_snapshot(pathlib.Path(sys.argv[1]), find_target(sys.argv[2]), die)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(folders[1]), filled.store], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert hold(filled) == HELD_OLD
    own = list_own(filled)
    assert len(own) == 4
    assert sum(name.startswith(STAGED) for name in own) == 3
    options = ("publish", "--to", filled.store, "--snapshot", folders[1])
    refused = g7kg(*options)
    assert (refused.returncode, "another publication is under way" in refused.stderr) == (2, True)
    done = g7kg(*options, "--break-lock")
    assert (done.returncode, done.stdout.startswith("published ")) == (0, True)
    assert (hold(filled), list_own(filled)) == (HELD_NEW, [])


def test_nobody_sees_half_of_it(filled: Target, folders: tuple[Path, Path]) -> None:
    """Nobody who asks as the server does."""
    if filled.store.endswith("crud-auth"):
        pytest.skip("Virtuoso shows the steps of the switch, as the documentation says")
    seen: set[tuple[str, ...]] = set()
    done = threading.Event()
    query = """SELECT (COUNT(*) AS ?n) (SUM(?one) AS ?named) {
      { ?s ?p ?o BIND(0 AS ?one) }
      UNION { VALUES ?g { <http://e/both> <http://e/new> } GRAPH ?g { ?s ?p ?o } BIND(1 AS ?one) }
    }"""
    store = open_remote(as_served(filled), {})

    def look() -> None:
        while not done.is_set():
            (row,) = select(store, query)
            seen.add(tuple(term.value for term in row if isinstance(term, Literal)))

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for turn in range(6):
            publish_snapshot(folders[(turn + 1) % 2], filled, quiet)
    finally:
        done.set()
        reader.join()
        store.endpoint.close()
    assert seen == {("3", "1"), ("7", "3")}


def test_a_store_that_shows_all_graphs_whatever_is_asked_is_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    with run_engine("oxigraph", tmp_path, options=("--union-default-graph",)) as target:
        with pytest.raises(StoreError, match="the store shows all its graphs as its default graph whatever FROM says"):
            publish_snapshot(folders[1], target, quiet)
        assert (hold(target), list_own(target)) == (Holdings({}, 0), [])


@pytest.mark.parametrize(
    ("clause", "graphs", "counts"),
    [
        ("", (None, None), (4, 3)),
        (f"FROM <{BOTH}>", (None, None), (2, 0)),
        (f"FROM NAMED <{NEW_ONE}>", (None, None), (0, 1)),
        (f"FROM <{BOTH}> FROM NAMED <{NEW_ONE}>", (None, None), (2, 1)),
        ("", ((BOTH,), None), (2, 0)),
        ("", (None, (NEW_ONE,)), (0, 1)),
    ],
)
def test_what_a_query_asks_is_what_was_published(
    filled: Target,
    folders: tuple[Path, Path],
    clause: str,
    graphs: tuple[tuple[str, ...] | None, tuple[str, ...] | None],
    counts: tuple[int, int],
) -> None:
    publish_snapshot(folders[1], filled, quiet)
    with closing(open_remote(as_served(filled), {}).endpoint) as endpoint:
        for pattern, count in zip(("?s ?p ?o", "GRAPH ?g { ?s ?p ?o }"), counts, strict=True):
            ours = 'FILTER(STRSTARTS(STR(?p), "http://e/"))'
            query = f"SELECT (COUNT(*) AS ?n) {clause} WHERE {{ {pattern} {ours} }}"
            request = EngineRequest(query, "json", None, *graphs)
            with RemoteStore(as_served(filled), endpoint).answer(request) as result:
                assert [term.value for row in cast("ox.QuerySolutions", result) for term in row] == [str(count)]


def test_a_server_moves_to_what_is_published_without_losing_a_request(
    filled: Target, tmp_path: Path, folders: tuple[Path, Path]
) -> None:
    data, out = tmp_path / "data.nq", tmp_path / "out"
    digests = []
    for turn in range(2):
        data.write_text(f'<http://e/a> <http://e/b> "{turn}" <http://e/g> .\n', "utf-8")
        folder, manifest = load_snapshot([data], out, None, quiet)
        digests.append(manifest.digest)
        if not turn:
            publish_snapshot(folder, filled, quiet, replace=True)
            front = run_server(tmp_path / "log", "--snapshot", out, "--store", filled.query, "--workers", "2")
            server = front.__enter__()
    try:
        with httpx.Client(base_url=server.base, timeout=20) as client:
            assert client.get("/readyz").json()["snapshot"] == digests[0]  # the store does not hold the new one yet
            publish_snapshot(folder, filled, quiet)
            until = time.monotonic() + 20
            while (ready := client.get("/readyz")).json().get("snapshot") != digests[1]:
                assert ready.status_code in {200, 503}
                assert client.get("/sparql", params={"query": "ASK { ?s ?p ?o }"}).json()["boolean"] is True
                assert time.monotonic() < until
            rows = client.get("/sparql", params={"query": "SELECT ?o { ?s ?p ?o }", "format": "csv"}).text.split()
            assert rows == ["o", "1"]
    finally:
        front.__exit__(None, None, None)
    assert folders


def test_addresses_follow_from_that_of_the_graph_store() -> None:
    fuseki = find_target("http://e.org:3030/g7kg/data")
    assert (fuseki.query, fuseki.update) == ("http://e.org:3030/g7kg/sparql", "http://e.org:3030/g7kg/update")
    oxigraph = find_target("http://e.org/store/")
    assert (oxigraph.query, oxigraph.update) == ("http://e.org/query", "http://e.org/update")
    other = find_target("http://e.org/rdf", "http://e.org/q", "http://e.org/u")
    assert other == Target("http://e.org/rdf", "http://e.org/q", "http://e.org/u")
    with pytest.raises(WorkspaceError, match="where it takes queries and updates is not known"):
        find_target("http://e.org/rdf", "http://e.org/q")
