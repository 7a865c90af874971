"""Services that answer as none should: each ends in a clear error, and nothing of it passes for an answer."""

import asyncio
import gc
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from hashlib import md5
from urllib.parse import parse_qs

import pyoxigraph as ox
import pytest
from benchmarks.processes import HOST, free_port
from tests.helpers.fakes import Fake, answer, run_fake
from tests.helpers.project import quiet

from g7kg.build.service import Target, publish_snapshot
from g7kg.build.service.target import Client
from g7kg.build.snapshot import Snapshot
from g7kg.engine import EngineRequest, Pool, PoolSettings, Service
from g7kg.engine.remote import RemoteStore, open_remote
from g7kg.errors import G7kgError, Overload, QueryError, QueryTimeout, StoreError, WorkspaceError
from g7kg.http.credentials import read_credentials

ROWS = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"one"}}]}}'
SELECT = EngineRequest("SELECT ?x WHERE { ?x ?y ?z }", "json", "nt")
ASK = EngineRequest("ASK {}", "json", "nt")
GRAPH = EngineRequest("CONSTRUCT WHERE { ?x ?y ?z }", "json", "nt")
GOOD = answer("200 OK", ROWS)
PASSWORD = {"G7KG_STORE_USER": "me", "G7KG_STORE_PASSWORD": "hush"}


@contextmanager
def ask_fake(
    said: bytes | Callable[[bytes], bytes], environment: Mapping[str, str] | None = None, *, close: bool = False
) -> Iterator[tuple[Fake, RemoteStore]]:
    """Run a service that says ``said``, and a store that asks it."""
    with run_fake(said, close=close) as fake:
        store = open_remote(Service(fake.address), environment or {})
        yield fake, store
        store.endpoint.close()


@pytest.fixture(autouse=True, scope="module")
def _frozen() -> Iterator[None]:
    """Have ``clean`` look only at what these tests made."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Drop what a caught error holds: pyoxigraph's solutions may not end in another thread, such as a service's."""
    yield
    gc.collect()


def read(store: RemoteStore, request: EngineRequest = SELECT) -> list[str]:
    with store.answer(request) as result:
        return [] if isinstance(result, ox.QueryBoolean) else [str(term) for item in result for term in item]


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
JSON = CHUNKED % b"application/sparql-results+json"
TRIPLE = b"<a:a> <a:b> <a:c> .\n"
ENDLESS = b"HTTP/1.0 200 OK\r\nContent-Type: application/sparql-results+json\r\n\r\n" + ROWS
BOOLEAN_ANSWER = answer("200 OK", b'{"head":{},"boolean":true}')
BROKEN = "the store broke its answer off"
MALFORMED = "the store's answer is not well-formed"

BAD: Mapping[str, tuple[EngineRequest, bytes, str]] = {
    "a page": (SELECT, answer("200 OK", b"<html>Welcome", "text/html"), "the store answers with text/html"),
    "no type": (SELECT, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "the store answers with nothing"),
    "a page under a false name": (SELECT, answer("200 OK", b"<html>"), MALFORMED),
    "half an answer, in good order": (SELECT, answer("200 OK", ROWS[:60]), MALFORMED),
    "a note after half an answer": (SELECT, answer("200 OK", ROWS[:-2] + b"## ended"), MALFORMED),
    "less than was announced": (SELECT, GOOD[:-1], BROKEN),
    "less of a graph": (GRAPH, answer("200 OK", TRIPLE * 2, "application/n-triples")[:-20], BROKEN),
    "no last piece": (SELECT, JSON + chunk(ROWS), BROKEN),
    "no last piece of a graph": (GRAPH, CHUNKED % b"application/n-triples" + chunk(TRIPLE), BROKEN),
    "no end": (SELECT, ENDLESS, "the store does not say where its answer ends"),
    "a boolean for rows": (SELECT, BOOLEAN_ANSWER, "the store answers another kind of query"),
    "rows for a boolean": (ASK, GOOD, "the store answers another kind of query"),
    "no HTTP": (SELECT, b"SSH-2.0-OpenSSH_9.2\r\n", "the store cannot be reached"),
    "nothing": (SELECT, b"", "the store cannot be reached"),
    "a redirect": (
        SELECT,
        answer("307 Moved", b"", "text/plain", "Location: http://me:hush@evil.example/sparql?token=hush"),
        "the store redirects to evil.example/sparql",
    ),
}
REFUSALS: Mapping[tuple[str, bytes], tuple[type[G7kgError], str]] = {
    ("401 No", b""): (StoreError, "the store refuses the credentials"),
    ("403 No", b""): (StoreError, "the store refuses the credentials"),
    ("404 No", b"no\n"): (StoreError, "the store answers with status 404: no"),
    ("500 No", b"<p>"): (StoreError, "the store answers with status 500"),
    ("500 No", b"hush"): (StoreError, "the store answers with status 500"),
    ("400 No", b"\nno LATERAL\nhere"): (QueryError, "the store refuses the request"),
    ("503 No", b""): (Overload, "the store is too busy, or gave the query"),
    ("504 No", b""): (QueryTimeout, "the store did not answer in time"),
}
"""What a service says in a status, with a text, and what becomes of it."""


@pytest.mark.parametrize(
    ("request_", "said", "class_", "message"),
    [
        *(pytest.param(asked, said, StoreError, told, id=name) for name, (asked, said, told) in BAD.items()),
        *((SELECT, answer(*refusal, "text/plain"), *told) for refusal, told in REFUSALS.items()),
    ],
)
def test_a_bad_answer_ends_in_a_clear_error(
    request_: EngineRequest, said: bytes, class_: type[G7kgError], message: str
) -> None:
    with ask_fake(said, {"G7KG_STORE_TOKEN": "hush"}, close=True) as (_, store), pytest.raises(class_) as caught:
        read(store, request_)
    assert type(caught.value) is class_
    assert caught.value.message.startswith(message)
    assert "hush" not in str(caught.value)
    assert caught.value.hint


def test_a_service_is_asked_which_iris_it_knows_first_as_subjects() -> None:
    held = ox.Store()
    held.add(ox.Quad(ox.NamedNode("a:s"), ox.NamedNode("a:p"), ox.NamedNode("a:o")))

    def say(request: bytes) -> bytes:
        [query] = parse_qs(request.rpartition(b"\r\n")[2].decode())["query"]
        found = held.query(query)
        assert isinstance(found, ox.QuerySolutions)
        return answer("200 OK", found.serialize(format=ox.QueryResultsFormat.JSON) or b"")

    with ask_fake(say) as (fake, store):
        assert store.list_unknown(("a:none", "a:s", "a:p", "a:o", "a:nor")) == ("a:none", "a:nor")
        assert len(fake.requests) == 2
        assert store.list_unknown(("a:s",)) == ()
        assert len(fake.requests) == 3


def test_a_service_that_does_not_tell_which_iris_it_knows_is_not_asked_again() -> None:
    with ask_fake(answer("400 No", b"no VALUES", "text/plain")) as (fake, store):
        assert store.list_unknown(("a:s",)) == ()
        assert len(fake.requests) == 1


def test_nothing_that_listens_is_a_clear_error() -> None:
    store = open_remote(Service(f"http://{HOST}:{free_port()}/sparql"), {})
    with pytest.raises(StoreError, match=r"the store cannot be reached: Connection refused \(is it running\?\)"):
        read(store)


def test_triples_may_come_under_their_former_name_and_rows_may_not() -> None:
    with ask_fake(answer("200 OK", TRIPLE, "text/plain")) as (fake, store):
        assert read(store, GRAPH) == ["<a:a>", "<a:b>", "<a:c>"]
        with pytest.raises(StoreError, match="answers with text/plain"):
            read(store)
    accepted = [re.findall(rb"Accept: (.*)\r", request) for request in fake.requests]
    assert accepted == [[b"application/n-triples, text/plain"], [b"application/sparql-results+json"]]


def test_a_connection_is_kept_and_replaced_where_it_was_closed_meanwhile() -> None:
    for close, connections in ((False, {1}), (True, {2, 3})):
        with ask_fake(GOOD, close=close) as (fake, store):
            assert [read(store) for _ in range(2)] == [['"one"']] * 2
            assert fake.connections in connections


def test_a_bad_answer_does_not_spoil_the_next_one() -> None:
    with ask_fake(answer("200 OK", b"<html>" * 50)) as (fake, store):
        with pytest.raises(StoreError):
            read(store)
        fake.said = GOOD
        assert read(store) == ['"one"']


@pytest.mark.parametrize(
    ("environment", "sent"),
    [
        ({}, []),
        ({"G7KG_STORE_TOKEN": "abc"}, [b"Authorization: Bearer abc"]),
        ({"G7KG_STORE_USER": "me", "G7KG_STORE_PASSWORD": "p:w"}, [b"Authorization: Basic bWU6cDp3"]),
    ],
)
def test_credentials_come_from_the_environment(environment: dict[str, str], sent: list[bytes]) -> None:
    with ask_fake(GOOD, environment) as (fake, store):
        read(store)
    assert [line for line in fake.requests[0].split(b"\r\n") if line.startswith(b"Authorization")] == sent


def hash_text(text: str) -> str:
    return md5(text.encode()).hexdigest()  # noqa: S324 - what Digest has


def test_digest_is_answered_where_it_is_demanded() -> None:
    """Also by a service that, as Virtuoso, refuses Basic without saying what it wants."""
    wanted = 'WWW-Authenticate: Digest realm="r", nonce="n", opaque="o", qop="auth", algorithm="MD5"'

    def demand(request: bytes) -> bytes:
        if b"Authorization: Digest" in request:
            return GOOD
        return answer("401 No", b"", "text/plain", *([] if b"Authorization: Basic" in request else [wanted]))

    with ask_fake(demand, PASSWORD) as (fake, store):
        assert read(store) == read(store) == ['"one"']
    assert len(fake.requests) == 4
    for number, request in enumerate(fake.requests[2:], 1):
        said = dict(re.findall(r'(\w+)="?([^",\r]*)', request.decode().partition("Authorization: Digest")[2]))
        known, asked = map(hash_text, ("me:r:hush", "POST:/sparql"))
        expected = f"{known}:n:{number:08x}:{said['cnonce']}:auth:{asked}"
        assert (said["username"], said["response"]) == ("me", hash_text(expected))


def test_a_service_that_refuses_a_password_is_not_asked_for_ever() -> None:
    refusal = answer("401 No", b"", "text/plain", 'WWW-Authenticate: Digest realm="r", nonce="n"')
    with ask_fake(refusal, PASSWORD) as (fake, store), pytest.raises(StoreError, match="refuses the credentials"):
        read(store)
    assert len(fake.requests) == 2


VIRTUOSO = "Server: Virtuoso/07.20.3229 (Linux)"
BOOLEAN = "http://www.w3.org/2001/XMLSchema#boolean"
NODE = '"x": { "type": "bnode", "value": "nodeID://b1" }'
TRUE = f'"y": {{ "type": "typed-literal", "datatype": "{BOOLEAN}", "value": "1" }}'


def test_what_virtuoso_writes_otherwise_is_mended() -> None:
    rows = ",\n".join([f"{{ {NODE}\t, {TRUE} }}"] * 3000)
    table = f'{{"head":{{"vars":["x","y"]}},"results":{{"bindings":[\n{rows}\n]}}}}'.encode()
    triples = f'<a:a> <a:b> "1"^^<{BOOLEAN}> .\n<a:a> <a:b> "\\"1\\"^^<{BOOLEAN}>" .\n'.encode()
    asked = b'{ "head": { "vars": ["__ASK_RETVAL"] }, "results": { "bindings": [%s] } }'
    yes = b'{ "__ASK_RETVAL": { "type": "typed-literal", "value": "1" }}'
    with ask_fake(answer("200 OK", table, "application/sparql-results+json", VIRTUOSO)) as (fake, store):
        assert read(store, SELECT) == ["_:b1", f'"true"^^<{BOOLEAN}>'] * 3000
        fake.said = answer("200 OK", triples, "application/n-triples", VIRTUOSO)
        objects = [f'"true"^^<{BOOLEAN}>', f'"\\"1\\"^^<{BOOLEAN}>"']
        assert read(store, GRAPH) == ["<a:a>", "<a:b>", objects[0], "<a:a>", "<a:b>", objects[1]]
        for found in (b"", yes):
            fake.said = answer("200 OK", asked % found, "application/sparql-results+json", VIRTUOSO)
            with store.answer(ASK) as result:
                assert bool(result) is bool(found)
        fake.said = answer("200 OK", ROWS, "application/sparql-results+json", VIRTUOSO, "X-SPARQL-MaxRows: 1")
        with pytest.raises(StoreError, match="the store has cut its answer short"):
            read(store)


@pytest.mark.parametrize(
    "environment",
    [
        {"G7KG_STORE_USER": "me"},
        {"G7KG_STORE_PASSWORD": "hush"},
        {"G7KG_STORE_USER": "m:e", "G7KG_STORE_PASSWORD": "hush"},
        {"G7KG_STORE_TOKEN": "hush\r\nX-Evil: 1"},
    ],
)
def test_credentials_that_cannot_be_sent_are_refused(environment: dict[str, str]) -> None:
    with pytest.raises(WorkspaceError) as caught:
        read_credentials(environment)
    assert "hush" not in str(caught.value)


def run_pool(fake: Fake, deadline: float, leave: float | None = None) -> None:
    """Ask one query of a pool over ``fake``. ``leave``: so many seconds later the client leaves."""

    async def ask() -> None:
        async with Pool(Service(fake.address), 0, PoolSettings(workers=1, deadline=deadline)) as pool:
            task = asyncio.ensure_future(pool.run(SELECT))
            if leave is not None:
                await asyncio.sleep(leave)
                task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                await asyncio.to_thread(fake.left.wait, 15)

    asyncio.run(ask())


def test_a_slow_store_runs_into_the_deadline() -> None:
    with run_fake(GOOD, 10) as fake:
        with pytest.raises(QueryTimeout, match="the query ran into its deadline"):
            run_pool(fake, 0.3)
        assert fake.left.wait(5)


def test_a_client_that_leaves_ends_the_request_to_the_store() -> None:
    with run_fake(GOOD, 20) as fake:
        run_pool(fake, 20, leave=0.3)
        assert fake.left.is_set()


def target_of(fake: Fake) -> Target:
    return Target(fake.address, fake.address, fake.address)


@pytest.mark.parametrize(
    ("store", "head"), [("/data", b"PUT /data?graph=http%3A%2F%2Fe%2Fg "), ("/sparql", b"POST /sparql ")]
)
def test_what_fails_in_passing_is_tried_again_and_what_does_not_is_not(store: str, head: bytes) -> None:
    """In a graph store, and where there is none, by updates."""
    pauses: list[float] = []
    node = ox.NamedNode("http://e/g")
    for said, times in ((answer("503 No", b""), 5), (answer("502 No", b""), 5), (answer("401 No", b""), 1)):
        with run_fake(said) as fake:
            address = fake.address.removesuffix("/sparql") + store
            client = Client(replace(target_of(fake), store=address), {}, pauses.append)
            with pytest.raises((StoreError, Overload)):
                client.put(node, lambda: [b"<a:a> <a:b> <a:c> .\n"])
            client.close()
            assert len([request for request in fake.requests if request.startswith(head)]) == times
    assert pauses == [0.5, 1.0, 2.0, 4.0] * 2


@pytest.mark.parametrize("name", ["a page", "a redirect", "less than was announced", "no HTTP"])
def test_nothing_is_written_to_a_service_that_answers_badly(
    name: str, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("g7kg.build.service.target._PAUSES", (0.01,))
    with run_fake(BAD[name][1], close=True) as fake:
        with pytest.raises(StoreError):
            publish_snapshot(snapshot.folder, target_of(fake), quiet)
        assert {request.partition(b"query=")[2][:6] for request in fake.requests} == {b"SELECT"}
