"""Services that answer as none should: each ends in a clear error, and nothing of it passes for an answer."""

import asyncio
import gc
import re
import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from hashlib import md5

import pyoxigraph as ox
import pytest
from benchmarks.processes import HOST, free_port
from tests.helpers.project import quiet

from g7kg.build.service import Target, publish_snapshot
from g7kg.build.service.target import Client
from g7kg.build.snapshot import Snapshot
from g7kg.engine import EngineRequest, Pool, PoolSettings, Service
from g7kg.engine.remote import RemoteStore, open_remote
from g7kg.errors import G7kgError, Overload, QueryError, QueryTimeout, StoreError, WorkspaceError
from g7kg.http.credentials import read_credentials
from g7kg.snapshot.manifest import Manifest

ROWS = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"one"}}]}}'
SELECT = EngineRequest("SELECT ?x WHERE { ?x ?y ?z }", "json", "nt")
ASK = EngineRequest("ASK {}", "json", "nt")
GRAPH = EngineRequest("CONSTRUCT WHERE { ?x ?y ?z }", "json", "nt")


def answer(status: str, body: bytes, media_type: str = "application/sparql-results+json", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Type: {media_type}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(head).encode() + body


GOOD = answer("200 OK", ROWS)


@dataclass
class Fake:
    """A service that says ``said`` to every request, or what that makes of it, and keeps what it was asked.

    ``seconds`` pass before.
    """

    said: bytes | Callable[[bytes], bytes]
    seconds: float = 0.0
    close: bool = False
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    left: threading.Event = field(default_factory=threading.Event)
    address: str = ""


@contextmanager
def run_fake(said: bytes | Callable[[bytes], bytes], seconds: float = 0.0, *, close: bool = False) -> Iterator[Fake]:
    fake = Fake(said, seconds, close)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            fake.connections += 1
            with suppress(OSError):
                while head := self._read_head():
                    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                    fake.requests.append(head + self.rfile.read(length))
                    self._pause()
                    self.wfile.write(fake.said(fake.requests[-1]) if callable(fake.said) else fake.said)
                    if fake.close:
                        return

        def _read_head(self) -> bytes:
            lines = iter(self.rfile.readline, b"\r\n")
            head = b""
            for line in lines:
                if not line:
                    break
                head += line
            return head

        def _pause(self) -> None:
            """Wait; note if the client leaves meanwhile."""
            self.connection.settimeout(fake.seconds or None)
            if fake.seconds:
                with suppress(TimeoutError):
                    if not self.connection.recv(1):
                        fake.left.set()

    class Listener(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Listener((HOST, 0), Handler) as listener:
        fake.address = f"http://{HOST}:{listener.server_address[1]}/sparql"
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield fake
        finally:
            listener.shutdown()
            thread.join()


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


def read(store: RemoteStore, request: EngineRequest) -> list[str]:
    with store.answer(request) as result:
        return [] if isinstance(result, ox.QueryBoolean) else [str(term) for item in result for term in item]


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
JSON = CHUNKED % b"application/sparql-results+json"
TRIPLES = CHUNKED % b"application/n-triples"

BAD: Mapping[str, tuple[EngineRequest, bytes, type[G7kgError], str]] = {
    "a page": (SELECT, answer("200 OK", b"<html>Welcome", "text/html"), StoreError, "the store answers with text/html"),
    "no type": (SELECT, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", StoreError, "the store answers with nothing"),
    "a page under a false name": (SELECT, answer("200 OK", b"<html>"), StoreError, "the store's answer is not well-"),
    "half an answer, in good order": (SELECT, answer("200 OK", ROWS[:60]), StoreError, "the store's answer is not w"),
    "a note after half an answer": (SELECT, answer("200 OK", ROWS[:-2] + b"## ended"), StoreError, "the store's ans"),
    "less than was announced": (SELECT, GOOD[:-1], StoreError, "the store broke its answer off"),
    "less than was announced, of a graph": (
        GRAPH,
        answer("200 OK", b"<a:a> <a:b> <a:c> .\n" * 2, "application/n-triples")[:-20],
        StoreError,
        "the store broke its answer off",
    ),
    "no last piece": (SELECT, JSON + chunk(ROWS), StoreError, "the store broke its answer off"),
    "no last piece, of a graph": (
        GRAPH,
        TRIPLES + chunk(b"<a:a> <a:b> <a:c> .\n"),
        StoreError,
        "the store broke its answer off",
    ),
    "no end": (
        SELECT,
        b"HTTP/1.0 200 OK\r\nContent-Type: application/sparql-results+json\r\n\r\n" + ROWS,
        StoreError,
        "the store does not say where its answer ends",
    ),
    "a boolean for rows": (
        SELECT,
        answer("200 OK", b'{"head":{},"boolean":true}'),
        StoreError,
        "the store answers anot",
    ),
    "rows for a boolean": (ASK, GOOD, StoreError, "the store answers another kind of query"),
    "no HTTP": (SELECT, b"SSH-2.0-OpenSSH_9.2\r\n", StoreError, "the store cannot be reached"),
    "nothing": (SELECT, b"", StoreError, "the store cannot be reached"),
    "a redirect": (
        SELECT,
        answer("307 Moved", b"", "text/plain", "Location: http://me:hush@evil.example/sparql?token=hush"),
        StoreError,
        "the store redirects to evil.example/sparql",
    ),
    "wrong credentials": (SELECT, answer("401 No", b"", "text/plain"), StoreError, "the store refuses the credentials"),
    "credentials for something else": (
        SELECT,
        answer("403 No", b"", "text/plain"),
        StoreError,
        "the store refuses the",
    ),
    "no such place": (
        SELECT,
        answer("404 No", b"no\n", "text/plain"),
        StoreError,
        "the store answers with status 404: no",
    ),
    "a failure": (SELECT, answer("500 No", b"<p>", "text/html"), StoreError, "the store answers with status 500"),
    "a failure with the secret": (
        SELECT,
        answer("500 No", b"hush", "text/plain"),
        StoreError,
        "the store answers with",
    ),
    "a refusal": (
        SELECT,
        answer("400 No", b"\nno LATERAL\nhere", "text/plain"),
        QueryError,
        "the store refuses the re",
    ),
    "too much to do": (
        SELECT,
        answer("503 No", b"", "text/plain"),
        Overload,
        "the store is too busy, or gave the query",
    ),
    "a deadline of its own": (
        SELECT,
        answer("504 No", b"", "text/plain"),
        QueryTimeout,
        "the store did not answer in t",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_answer_ends_in_a_clear_error(name: str) -> None:
    request, said, class_, message = BAD[name]
    with run_fake(said, close=True) as fake:
        store = open_remote(Service(fake.address), {"G7KG_STORE_TOKEN": "hush"})
        with pytest.raises(class_) as caught:
            read(store, request)
        store.endpoint.close()
    assert type(caught.value) is class_
    assert caught.value.message.startswith(message)
    assert "hush" not in str(caught.value)
    assert caught.value.hint


def test_nothing_that_listens_is_a_clear_error() -> None:
    store = open_remote(Service(f"http://{HOST}:{free_port()}/sparql"), {})
    with pytest.raises(StoreError, match=r"the store cannot be reached: Connection refused \(is it running\?\)"):
        read(store, SELECT)


def test_a_good_answer_is_read_and_the_connection_kept() -> None:
    with run_fake(GOOD) as fake:
        store = open_remote(Service(fake.address), {})
        assert [read(store, SELECT) for _ in range(3)] == [['"one"']] * 3
        assert (len(fake.requests), fake.connections) == (3, 1)
        store.endpoint.close()


def test_a_connection_that_was_closed_meanwhile_is_replaced() -> None:
    with run_fake(GOOD, close=True) as fake:
        store = open_remote(Service(fake.address), {})
        assert read(store, SELECT) == read(store, SELECT)
        assert fake.connections >= 2
        store.endpoint.close()


def test_a_bad_answer_does_not_spoil_the_next_one() -> None:
    with run_fake(answer("200 OK", b"<html>" * 50)) as fake:
        store = open_remote(Service(fake.address), {})
        with pytest.raises(StoreError):
            read(store, SELECT)
        fake.said = GOOD
        assert read(store, SELECT) == ['"one"']
        store.endpoint.close()


@pytest.mark.parametrize(
    ("environment", "sent"),
    [
        ({}, None),
        ({"G7KG_STORE_TOKEN": "abc"}, b"Authorization: Bearer abc"),
        ({"G7KG_STORE_USER": "me", "G7KG_STORE_PASSWORD": "p:w"}, b"Authorization: Basic bWU6cDp3"),
    ],
)
def test_credentials_come_from_the_environment(environment: dict[str, str], sent: bytes | None) -> None:
    with run_fake(GOOD) as fake:
        store = open_remote(Service(fake.address), environment)
        read(store, SELECT)
        store.endpoint.close()
    lines = [line for line in fake.requests[0].split(b"\r\n") if line.startswith(b"Authorization")]
    assert lines == ([sent] if sent else [])


def hash_text(text: str) -> str:
    return md5(text.encode()).hexdigest()  # noqa: S324 - what Digest has


def test_digest_is_answered_where_it_is_demanded() -> None:
    """Also by a service that, as Virtuoso, refuses Basic without saying what it wants."""
    wanted = 'WWW-Authenticate: Digest realm="r", nonce="n", opaque="o", qop="auth", algorithm="MD5"'

    def demand(request: bytes) -> bytes:
        if b"Authorization: Digest" in request:
            return GOOD
        return answer("401 No", b"", "text/plain", *([] if b"Authorization: Basic" in request else [wanted]))

    with run_fake(demand) as fake:
        store = open_remote(Service(fake.address), {"G7KG_STORE_USER": "me", "G7KG_STORE_PASSWORD": "hush"})
        assert read(store, SELECT) == read(store, SELECT) == ['"one"']
        store.endpoint.close()
    assert len(fake.requests) == 4
    for number, request in enumerate(fake.requests[2:], 1):
        said = dict(re.findall(r'(\w+)="?([^",\r]*)', request.decode().partition("Authorization: Digest")[2]))
        known, asked = map(hash_text, ("me:r:hush", "POST:/sparql"))
        expected = f"{known}:n:{number:08x}:{said['cnonce']}:auth:{asked}"
        assert (said["username"], said["response"]) == ("me", hash_text(expected))


def test_a_service_that_refuses_a_password_is_not_asked_for_ever() -> None:
    with run_fake(answer("401 No", b"", "text/plain", 'WWW-Authenticate: Digest realm="r", nonce="n"')) as fake:
        store = open_remote(Service(fake.address), {"G7KG_STORE_USER": "me", "G7KG_STORE_PASSWORD": "hush"})
        with pytest.raises(StoreError, match="refuses the credentials"):
            read(store, SELECT)
        store.endpoint.close()
    assert len(fake.requests) == 2


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
    with run_fake(answer("200 OK", table, "application/sparql-results+json", VIRTUOSO)) as fake:
        store = open_remote(Service(fake.address), {})
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
            read(store, SELECT)
        store.endpoint.close()


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


def run_pool(fake: Fake, deadline: float, leave: float | None = None) -> float:
    """Ask one query of a pool over ``fake``; return the seconds that passed. ``leave``: the client leaves then."""

    async def ask() -> float:
        async with Pool(Service(fake.address), 0, PoolSettings(workers=1, deadline=deadline)) as pool:
            start = time.monotonic()
            task = asyncio.ensure_future(pool.run(SELECT))
            if leave is not None:
                await asyncio.sleep(leave)
                task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                await asyncio.to_thread(fake.left.wait, 5)
            return time.monotonic() - start

    return asyncio.run(ask())


def test_a_slow_store_runs_into_the_deadline() -> None:
    with run_fake(GOOD, 10) as fake:
        start = time.monotonic()
        with pytest.raises(QueryTimeout, match="the query ran into its deadline"):
            run_pool(fake, 0.3)
        assert time.monotonic() - start < 5
        assert fake.left.wait(5)


def test_a_client_that_leaves_ends_the_request_to_the_store() -> None:
    with run_fake(GOOD, 20) as fake:
        assert run_pool(fake, 20, leave=0.3) < 5
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


@pytest.mark.parametrize("name", ["a page", "a redirect", "wrong credentials", "less than was announced", "no HTTP"])
def test_nothing_is_written_to_a_service_that_answers_badly(
    name: str, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("g7kg.build.service.target._PAUSES", (0.01,))
    _, said, class_, _ = BAD[name]
    with run_fake(said, close=True) as fake:
        with pytest.raises(class_):
            publish_snapshot(snapshot.folder, target_of(fake), quiet)
        assert {request.partition(b"query=")[2][:6] for request in fake.requests} == {b"SELECT"}
    assert isinstance(snapshot.manifest, Manifest)
