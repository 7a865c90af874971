"""The server under attack: whatever comes in, it stays up, others are answered, and nobody takes a part for the whole.

Clients are told apart by X-Forwarded-For, which the server believes of 127.0.0.1.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from urllib.parse import quote, urlsplit

import httpx
import pytest

from g7kg.engine.lexer import is_repeatable, refuse_federation
from g7kg.errors import QueryError
from g7kg.snapshot import Snapshot
from g7kg.web.site import group_address
from tests.conftest import Server, run_server

ASK = "ASK { ?who a <https://w3id.org/g7kg/ontology#Minister> }"
PRODUCT = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
SLOW = f"SELECT (COUNT(*) AS ?n) WHERE {{ {PRODUCT} }}"
DOUBLING = " ".join(f"BIND(CONCAT(?a{step}, ?a{step}) AS ?a{step + 1})" for step in range(40))
LIMITS = ("--timeout", "1", "--memory", "128", "--request-timeout", "2", "--stall-timeout", "1")


@pytest.fixture(scope="module")
def attacked(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("attacked") / "log"
    with run_server(log, "--snapshot", snapshot.folder, "--workers", "4", *LIMITS) as server:
        yield server


def query(server: Server, text: str, client: str = "192.0.2.1", **parameters: str) -> httpx.Response:
    headers = {"X-Forwarded-For": client}
    return httpx.get(f"{server.base}/sparql", params={"query": text, **parameters}, headers=headers, timeout=20)


def post(server: Server, text: str, client: str = "192.0.2.1") -> httpx.Response:
    headers = {"X-Forwarded-For": client, "Content-Type": "application/sparql-query"}
    return httpx.post(f"{server.base}/sparql", content=text, headers=headers, timeout=20)


def seconds_of_a_short_query(server: Server, client: str = "198.51.100.7") -> float:
    """Return how long another client waits for the answer to a query that nobody has asked before."""
    begun = time.monotonic()
    response = query(server, f"{ASK} # {begun}", client)
    assert (response.status_code, response.json()["boolean"]) == (200, True)
    return time.monotonic() - begun


HOSTILE = {
    "nested parentheses": ("SELECT * WHERE { FILTER(" + "(" * 50_000 + "1" + ")" * 50_000 + ") }", {400, 503}),
    "many unions": ("SELECT * WHERE {" + " UNION ".join(["{ ?s ?p ?o }"] * 20_000) + "}", {503}),
    "nested collections": ("SELECT * WHERE { ?s ?p " + "(" * 200 + "1" + ")" * 200 + " }", {503, 504}),
    "nested groups": ("SELECT * WHERE " + "{" * 20_000 + "}" * 20_000, {503}),
    "long path": ("SELECT * WHERE { ?s " + "/".join(["<http://e/p>"] * 20_000) + " ?o }", {503, 504}),
    "many nots": ("SELECT * WHERE { FILTER(" + "!" * 50_000 + "true) }", {503}),
    "cartesian count": (SLOW, {504}),
    "everything path": (
        "SELECT (COUNT(*) AS ?n) { ?s (<http://e/p>|!<http://e/p>)* ?o . ?o !<http://e/q>* ?x }",
        {504},
    ),
    "sorted product": (f"SELECT * WHERE {{ {PRODUCT} }} ORDER BY ?i ?a", {503, 504}),
    "concatenated product": (f"SELECT (GROUP_CONCAT(?c) AS ?all) WHERE {{ {PRODUCT} }}", {503, 504}),
    "doubled string": (
        f"SELECT (STRLEN(?a40) AS ?n) WHERE {{ BIND('0123456789abcdef' AS ?a0) {DOUBLING} }}",
        {503},
    ),
    "distinct product": (f"SELECT DISTINCT ?a ?d ?i WHERE {{ {PRODUCT} }} ORDER BY ?a", {503, 504}),
    "repeated regular expression": (
        f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} FILTER(!REGEX(STR(?c), '(a+)+(b|c)*x{{1,50}}$')) }}",
        {504},
    ),
    "large regular expression": ("SELECT * { FILTER(REGEX('a', '((a{1,500}){1,500}){1,500}')) }", {200, 503, 504}),
}


@pytest.mark.parametrize(("text", "statuses"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_query_ends_in_a_clear_error(attacked: Server, text: str, statuses: set[int]) -> None:
    response = post(attacked, text)
    assert response.status_code in statuses
    if response.status_code != 200:
        problem = response.json()
        assert problem["status"] == response.status_code
        assert problem["detail"]
    assert seconds_of_a_short_query(attacked) < 2


def test_a_query_of_two_megabytes_is_refused_unread(attacked: Server) -> None:
    response = post(attacked, f"{ASK} #" + "x" * (2 << 20))
    assert (response.status_code, response.json()["status"]) == (413, 413)
    assert seconds_of_a_short_query(attacked) < 2


@pytest.mark.parametrize(("size", "status"), [(140_000, b"HTTP/1.1 414 "), (4_000_000, b"HTTP/1.1 431 ")])
def test_an_address_that_is_too_long_is_refused(attacked: Server, size: int, status: bytes) -> None:
    with ExitStack() as stack:
        connection = connect(attacked, stack, f"GET /sparql?query={quote(ASK)}%23".encode())
        answer = b""
        with suppress(ConnectionError):
            connection.sendall(b"x" * size + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        with suppress(ConnectionError):
            answer = read_all(connection)
        assert answer.startswith(status)
    assert seconds_of_a_short_query(attacked) < 2


def test_sixty_four_slow_queries_of_one_client_do_not_hold_up_another(attacked: Server) -> None:
    with ThreadPoolExecutor(64) as threads:
        slow = [threads.submit(query, attacked, f"{SLOW} # {number}") for number in range(64)]
        time.sleep(0.3)
        waits = [seconds_of_a_short_query(attacked) for _ in range(5)]
        responses = [future.result() for future in slow]
    assert max(waits) < 2
    statuses = Counter(response.status_code for response in responses)
    assert set(statuses) <= {429, 503, 504}
    assert statuses[429] > 20
    assert all("retry-after" in response.headers for response in responses if response.status_code in {429, 503})


def test_slow_queries_of_many_clients_do_not_hold_up_another(attacked: Server) -> None:
    with ThreadPoolExecutor(64) as threads:
        slow = [threads.submit(query, attacked, f"{SLOW} # {n}", f"192.0.2.{n}") for n in range(64)]
        time.sleep(0.3)
        status = query(attacked, f"{ASK} # among many", "198.51.100.8").status_code
        responses = [future.result() for future in slow]
    assert status in {200, 503}
    assert {response.status_code for response in responses} <= {503, 504}
    assert seconds_of_a_short_query(attacked) < 2


def test_memory_is_flat_over_thousands_of_hostile_queries(
    snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = tmp_path_factory.mktemp("flat") / "log"
    texts = [
        "SELECT * WHERE { FILTER(" + "(" * 20_000 + "1" + ")" * 20_000 + ") }",
        "SELECT",
        f"SELECT * WHERE {{ {PRODUCT} }}",
        "SELECT * WHERE { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        f"SELECT (STRLEN(?a40) AS ?n) WHERE {{ BIND('0123456789abcdef' AS ?a0) {DOUBLING} }}",
    ]
    options = ("--timeout", "0.05", "--memory", "64", "--workers", "4", "--cache", "1", "--log-level", "warning")
    with run_server(log, "--snapshot", snapshot.folder, *options) as server:
        attack(server, texts, 300)
        before = server.memory()
        attack(server, texts, 1700)
        assert server.memory() - before < 8 << 20
        assert seconds_of_a_short_query(server) < 2


def attack(server: Server, texts: list[str], times: int) -> None:
    """Send ``times`` queries from eight clients at once, each of whom leaves after the first bytes of an answer."""

    def send(number: int) -> None:
        text = f"{texts[number % len(texts)]} # {number}"
        headers = {"X-Forwarded-For": f"192.0.2.{number % 8}", "Content-Type": "application/sparql-query"}
        with httpx.stream("POST", f"{server.base}/sparql", content=text, headers=headers, timeout=20) as response:
            assert response.status_code in {200, 400, 429, 503, 504}

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(send, range(times)))


def test_a_worker_that_is_killed_from_outside_costs_one_answer(attacked: Server) -> None:
    with ThreadPoolExecutor(1) as threads:
        pending = threads.submit(query, attacked, f"{SLOW} # killed", timeout="1")
        time.sleep(0.4)
        for pid in find_busy_workers(attacked):
            os.kill(pid, 9)
        response = pending.result()
    assert (response.status_code, response.json()["detail"]) == (503, "the worker that evaluated the query has died")
    assert seconds_of_a_short_query(attacked) < 2


def find_busy_workers(server: Server) -> list[int]:
    """Return the workers, children of the template, that are running and do not wait."""
    (template,) = children_of(server.pid)
    return [pid for pid in children_of(template) if state_of(pid) == "R"]


def children_of(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:  # noqa: PTH123 - no file of a folder
        return [int(child) for child in file.read().split()]


def state_of(pid: int) -> str:
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - no file of a folder
        return file.read().rpartition(") ")[2].split()[0]


def connect(server: Server, stack: ExitStack, request: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
    host, port = urlsplit(server.base).netloc.split(":")
    opened = stack.enter_context(socket.create_connection((host, int(port)), 10, (source, 0)))
    opened.sendall(request)
    return opened


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"\r\n",
        b"GET /sparql HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 50\r\n\r\nASK",
    ],
    ids=["nothing", "blank lines", "slow head", "slow body"],
)
def test_a_client_that_is_slow_to_ask_is_cut_off(attacked: Server, begun: bytes) -> None:
    with ExitStack() as stack:
        connection = connect(attacked, stack, begun)
        begin = time.monotonic()
        answer = read_all(connection)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert 1 < time.monotonic() - begin < 5


def test_a_client_that_sends_a_byte_now_and_then_is_cut_off_all_the_same(attacked: Server) -> None:
    with ExitStack() as stack:
        connection = connect(attacked, stack, b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        with pytest.raises(ConnectionError):
            for _ in range(40):
                time.sleep(0.1)
                connection.sendall(b"x")


def test_a_client_that_does_not_listen_is_cut_off(attacked: Server) -> None:
    long = quote("SELECT * WHERE { ?a ?b ?c . ?d ?e ?f }")
    with ExitStack() as stack:
        connection = connect(attacked, stack)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(f"GET /sparql?query={long} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(4)
        with pytest.raises(ConnectionResetError):
            read_all(connection)


def test_an_answer_to_http_1_0_that_cannot_be_finished_ends_in_a_reset(attacked: Server) -> None:
    endless = quote(f"SELECT * WHERE {{ {PRODUCT} }}")
    with ExitStack() as stack:
        connection = connect(attacked, stack, f"GET /sparql?query={endless} HTTP/1.0\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            read_all(connection)


def test_one_address_has_a_bounded_number_of_connections(
    snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = tmp_path_factory.mktemp("connections") / "log"
    with run_server(log, "--snapshot", snapshot.folder, "--client-connections", "8", "--workers", "1") as server:
        request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        with ExitStack() as stack:
            for _ in range(8):
                connect(server, stack, source="127.0.0.2")
            ninth = connect(server, stack, source="127.0.0.2")
            assert read_all(ninth).startswith(b"HTTP/1.1 429 ")
            assert read_all(connect(server, stack, request, "127.0.0.3")).startswith(b"HTTP/1.1 200 ")
        time.sleep(0.2)
        with ExitStack() as stack:
            assert read_all(connect(server, stack, request, "127.0.0.2")).startswith(b"HTTP/1.1 200 ")


def test_an_answer_with_too_many_rows_or_bytes_is_an_error(
    snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = tmp_path_factory.mktemp("limits") / "log"
    options = ("--max-rows", "1000", "--max-size", "1", "--workers", "2")
    with run_server(log, "--snapshot", snapshot.folder, *options) as server:
        for name in ("json", "xml", "csv", "tsv"):
            exact = query(server, "SELECT ?s WHERE { ?s ?p ?o } LIMIT 1000", format=name)
            assert exact.status_code == 200
            beyond = query(server, "SELECT ?o WHERE { VALUES ?o { <a:b> <a:c> } ?s ?p ?x } LIMIT 1001", format=name)
            assert (beyond.status_code, beyond.json()["detail"]) == (413, "the answer has more than 1000 rows")
        triples = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT"
        assert query(server, f"{triples} 1000", format="nt").status_code == 200
        with pytest.raises(httpx.ReadError):
            query(server, f"{triples} 1001", format="nt")
        wide = "SELECT ?o WHERE { BIND('" + "x" * 20_000 + "' AS ?o) { SELECT ?s WHERE { ?s ?p ?x } LIMIT 100 } }"
        with pytest.raises(httpx.ReadError):
            query(server, wide)


def test_the_log_of_an_attacked_server_has_no_traceback_and_every_line_is_json(attacked: Server) -> None:
    query(attacked, ASK, client="203.0.113.9")
    time.sleep(0.5)
    lines = [json.loads(line) for line in attacked.log.read_text("utf-8").splitlines()]
    assert not [line for line in lines if "traceback" in line]
    mine = [line for line in lines if line.get("client") == "203.0.113.9"]
    assert [(line["status"], line["path"]) for line in mine] == [(200, "/sparql")]
    assert len(mine[0]["query"]) == 16


def test_an_answer_that_was_cut_off_is_not_kept(attacked: Server) -> None:
    text = "SELECT * WHERE { ?s ?p ?o } # cut off"
    with ExitStack() as stack:
        connection = connect(attacked, stack)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(f"GET /sparql?query={quote(text)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.5)
    time.sleep(0.5)
    assert len(query(attacked, text).json()["results"]["bindings"]) > 10_000


def test_a_page_of_very_many_cells_is_not_made(attacked: Server) -> None:
    variables = " ".join(f"?v{number}" for number in range(1000))
    headers = {"Accept": "text/html", "Content-Type": "application/sparql-query"}
    text = f"SELECT {variables} WHERE {{ ?s ?p ?o }}"
    page = httpx.post(f"{attacked.base}/sparql", content=text, headers=headers, timeout=20)
    assert (page.status_code, "too large for a page" in page.text) == (200, True)
    nested = "BIND(<a:b> AS ?x0) " + " ".join(
        f"BIND(TRIPLE(<a:b>, <a:b>, ?x{number}) AS ?x{number + 1})" for number in range(1500)
    )
    deep = httpx.post(f"{attacked.base}/sparql", content=f"SELECT ?x1500 {{ {nested} }}", headers=headers, timeout=20)
    assert deep.status_code in {200, 503, 504}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Accept", "a/b" + " " * 60_000 + "x"),
        ("Accept", "text/html;" + " " * 60_000 + "q"),
        ("Accept", ",".join(["text/html;q=0.1"] * 4000)),
        ("Accept-Encoding", "gzip" + " " * 60_000 + "x"),
        ("If-None-Match", '"' * 60_000),
        ("If-None-Match", 'W/"a' * 15_000),
    ],
    ids=lambda value: value[:12],
)
def test_a_header_that_is_made_to_take_long_does_not(attacked: Server, name: str, value: str) -> None:
    begun = time.monotonic()
    response = httpx.get(f"{attacked.base}/sparql", params={"query": ASK}, headers={name: value}, timeout=20)
    assert response.status_code in {200, 406}
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("part", ['"\\', "a.", "'''\\", "<a", "a:\\", "[", "_:"], ids=str)
def test_a_query_that_is_made_to_take_the_lexer_long_does_not(part: str) -> None:
    begun = time.monotonic()
    is_repeatable(f"SELECT * {{ ?now {part * (20_000 // len(part) - 20)}")
    refuse_federation(f"SELECT * {{ ?services {part * 20_000}")
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("escape", ["e:a\\#", "e:a\\'", 'e:\\"', ":\\#"])
def test_an_escape_in_a_name_hides_no_keyword(escape: str) -> None:
    assert not is_repeatable(f"SELECT ?t {{ OPTIONAL {{ ?s {escape} ?o }} BIND(NOW() AS ?t)\n}}")
    with pytest.raises(QueryError, match="SERVICE in line 1 is refused"):
        refuse_federation(f"SELECT * {{ ?s {escape} ?o . SERVICE <http://127.0.0.1/> {{ }}\n}}")


def test_trailers_without_end_are_cut_off_and_take_no_memory(attacked: Server) -> None:
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    head += b"Transfer-Encoding: chunked\r\n\r\n"
    before = attacked.memory()
    with ExitStack() as stack:
        connection = connect(attacked, stack, head + b"3\r\nASK\r\n0\r\n")
        with pytest.raises(ConnectionError):
            for _ in range(400):
                connection.sendall(b"a:b\r\n" * 10_000)
                time.sleep(0.01)
    assert attacked.memory() - before < 8 << 20


@pytest.mark.parametrize("split", [False, True])
def test_a_body_after_upgrade_is_never_taken_for_a_request(attacked: Server, split: bool) -> None:  # noqa: FBT001
    body = b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nConnection: Upgrade\r\n"
    head += b"Content-Length: %d\r\nUpgr" % len(body)
    with ExitStack() as stack:
        connection = connect(attacked, stack, head)
        time.sleep(0.3 if split else 0)
        connection.sendall(b"ade: h2c\r\n\r\n")
        answer = b""
        with suppress(OSError):
            time.sleep(0.3)
            connection.sendall(body)
            time.sleep(0.3)
            connection.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            answer = read_all(connection)
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert b'"ready"' not in answer


def test_a_client_that_always_asks_for_http_2_is_answered_in_http_1(attacked: Server) -> None:
    headers = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "Content-Type": "application/sparql-query"}
    response = httpx.post(f"{attacked.base}/sparql", content=ASK, headers=headers, timeout=20)
    assert response.json()["boolean"] is True


def test_a_large_kept_answer_reaches_a_client_that_listens_slowly(attacked: Server) -> None:
    text = "SELECT * WHERE { ?s ?p ?o } # slowly"
    identity = {"Accept-Encoding": "identity"}
    whole = httpx.get(f"{attacked.base}/sparql", params={"query": text}, headers=identity, timeout=20).content
    with ExitStack() as stack:
        connection = connect(attacked, stack)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        request = f"GET /sparql?query={quote(text)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        received = b""
        while data := connection.recv(16384):
            received += data
            time.sleep(0.01)
    assert received.endswith(whole[-1000:])


def test_an_ipv6_client_is_its_network() -> None:
    assert group_address("2001:db8::1") == group_address("2001:db8::2") == "2001:db8::/64"
    assert group_address("2001:db8:1::5:6") == group_address("2001:db8:1:0:5:6:7:8")
    assert group_address("2001:db8:0:1::1") != group_address("2001:db8::1")
    assert group_address("::ffff:192.0.2.1") == group_address("192.0.2.1") == "192.0.2.1"
    assert group_address("unknown:thing") == "unknown:thing"
