"""Connections that attack the server: none can be held open, smuggled through, or taken for more than it is."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, suppress
from urllib.parse import quote

import httpx
import pytest
from tests.conftest import Server, run_server
from tests.helpers.attacks import ASK, PRODUCT, connect, query, read_all, seconds_of_a_short_query

from g7kg.build.snapshot import Snapshot
from g7kg.http.connection import group_address


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


def test_an_answer_that_was_cut_off_is_not_kept(attacked: Server) -> None:
    text = "SELECT * WHERE { ?s ?p ?o } # cut off"
    with ExitStack() as stack:
        connection = connect(attacked, stack)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(f"GET /sparql?query={quote(text)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.5)
    time.sleep(0.5)
    assert len(query(attacked, text).json()["results"]["bindings"]) > 10_000


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
