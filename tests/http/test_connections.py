"""Connections that attack the server: none can be held open, smuggled through, or taken for more than it is."""

import re
import socket
import time
import tomllib
from contextlib import ExitStack, suppress
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from tests.helpers.attacks import ASK, PRODUCT, SLOW, answer_another, connect, exchange, query, read_all, send_ahead
from tests.helpers.project import ROOT
from tests.helpers.server import Server, run_server

from g7kg.build.snapshot import Snapshot
from g7kg.http.tally import group_address


@pytest.mark.parametrize(("size", "status"), [(140_000, b"HTTP/1.1 414 "), (4_000_000, b"HTTP/1.1 431 ")])
def test_an_address_that_is_too_long_is_refused(attacked: Server, size: int, status: bytes) -> None:
    with connect(attacked, f"GET /sparql?query={quote(ASK)}%23".encode()) as connection:
        answer = b""
        with suppress(ConnectionError):
            connection.sendall(b"x" * size + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        with suppress(ConnectionError):
            answer = read_all(connection)
        assert answer.startswith(status)
    answer_another(attacked)


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
    assert exchange(attacked, begun).startswith(b"HTTP/1.1 408 ")


def test_a_client_that_sends_a_byte_now_and_then_is_cut_off_all_the_same(attacked: Server) -> None:
    with connect(attacked, b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ") as connection, pytest.raises(ConnectionError):
        for _ in range(40):
            time.sleep(0.1)
            connection.sendall(b"x")


def test_a_client_that_does_not_listen_is_cut_off(attacked: Server) -> None:
    long = quote("SELECT * WHERE { ?a ?b ?c . ?d ?e ?f }")
    request = f"GET /sparql?query={long} HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(attacked, request.encode(), room=4096) as connection:
        time.sleep(4)
        with pytest.raises(ConnectionResetError):
            read_all(connection)


def test_an_answer_to_http_1_0_that_cannot_be_finished_ends_in_a_reset(attacked: Server) -> None:
    endless = quote(f"SELECT * WHERE {{ {PRODUCT} }}")
    with pytest.raises(ConnectionResetError):
        exchange(attacked, f"GET /sparql?query={endless} HTTP/1.0\r\n\r\n".encode())


def test_one_address_has_a_bounded_number_of_connections(snapshot: Snapshot, tmp_path: Path) -> None:
    few = {"connections": {"per_client": 8}}
    with run_server(tmp_path / "log", "--snapshot", snapshot.folder, "--workers", "1", constants=few) as server:
        request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        with ExitStack() as stack:
            for _ in range(8):
                stack.enter_context(connect(server, source="127.0.0.2"))
            assert exchange(server, b"", "127.0.0.2").startswith(b"HTTP/1.1 429 ")
            assert exchange(server, request, "127.0.0.3").startswith(b"HTTP/1.1 200 ")
        time.sleep(0.2)
        assert exchange(server, request, "127.0.0.2").startswith(b"HTTP/1.1 200 ")


def test_an_answer_that_was_cut_off_is_not_kept(attacked: Server) -> None:
    text = "SELECT * WHERE { ?s ?p ?o } # cut off"
    with connect(attacked, f"GET /sparql?query={quote(text)} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), room=4096):
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
    before = attacked.processor_seconds()
    response = httpx.get(f"{attacked.base}/sparql", params={"query": ASK}, headers={name: value}, timeout=20)
    assert response.status_code in {200, 406}
    assert attacked.processor_seconds() - before < 1


def test_trailers_without_end_are_cut_off_and_take_no_memory(attacked: Server) -> None:
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    head += b"Transfer-Encoding: chunked\r\n\r\n"
    before = attacked.memory()
    with connect(attacked, head + b"3\r\nASK\r\n0\r\n") as connection, pytest.raises(ConnectionError):
        for _ in range(400):
            connection.sendall(b"a:b\r\n" * 10_000)
            time.sleep(0.01)
    assert attacked.memory() - before < 8 << 20


@pytest.mark.parametrize("split", [False, True])
def test_a_body_after_upgrade_is_never_taken_for_a_request(attacked: Server, split: bool) -> None:  # noqa: FBT001
    body = b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nConnection: Upgrade\r\n"
    head += b"Content-Length: %d\r\nUpgr" % len(body)
    with connect(attacked, head) as connection:
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
    text = "SELECT * WHERE { ?s ?p ?o } LIMIT 8000 # slowly"
    identity = {"Accept-Encoding": "identity"}
    whole = httpx.get(f"{attacked.base}/sparql", params={"query": text}, headers=identity, timeout=20).content
    request = f"GET /sparql?query={quote(text)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with connect(attacked, request.encode(), room=65536) as connection:
        received = b""
        while data := connection.recv(16384):
            received += data
            time.sleep(0.01)
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"content-length: %d" % len(whole) in head.lower()
    assert body == whole


GET = f"GET /sparql?query={quote(ASK)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
TEXT = f"{ASK}\r\n\r\nGET / HTTP/1.1\r\n\r\n".encode()
"""A query with what looks like the end of a head in it; it is no valid one."""

PIPELINE = [
    (GET, b"200"),
    (POST + b"Content-Length: %d\r\n\r\n" % len(TEXT) + TEXT, b"400"),
    (POST + b"Content-Length: 7\r\n\r\nASK { }", b"200"),
    (POST + b"Transfer-Encoding: chunked\r\n\r\n7\r\nASK { }\r\n4\r\n\r\n\r\n\r\n0\r\n\r\n", b"200"),
    (b"\r\n" + GET.replace(b"GET", b"HEAD"), b"200"),
    (b"GET /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", b"404"),
    (GET.replace(b"Host", b"Connection: close\r\nHost"), b"200"),
]


def statuses_of(answers: bytes) -> list[bytes]:
    return re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)


@pytest.mark.parametrize("size", [1 << 20, 997, 61, 7, 1])
def test_requests_that_are_sent_ahead_are_answered_in_order_however_they_are_cut(attacked: Server, size: int) -> None:
    sent = b"".join(request for request, _ in PIPELINE)
    with connect(attacked) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(sent), size):
            connection.sendall(sent[start : start + size])
        assert statuses_of(read_all(connection)) == [status for _, status in PIPELINE]


@pytest.mark.parametrize(
    ("last", "status"),
    [
        (b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", b"501"),
        (b"FOO / HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (b"nonsense\r\n\r\n", b"400"),
        (GET.replace(b"GET /", b"GET /" + b"x" * 70_000), b"414"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 140_000, b"431"),
    ],
    ids=["connect", "unknown method", "nonsense", "long address", "long head"],
)
def test_what_is_refused_among_requests_sent_ahead_is_refused_in_its_turn(
    attacked: Server, last: bytes, status: bytes
) -> None:
    slow = GET.replace(quote(ASK).encode(), quote(f"{SLOW} # {status.decode()} {len(last)}").encode())
    assert statuses_of(exchange(attacked, slow + GET + last + GET * 3)) == [b"504", b"200", status]
    assert b"Traceback" not in attacked.log.read_bytes()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nASK\r\nzz\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.0\r\nHost: x\r\nhost: y\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.0\r\n\r\n", b"200"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"200"),
    ],
    ids=["a body that ends in nonsense", "no host", "two hosts", "two in 1.0", "none in 1.0", "one"],
)
def test_a_request_that_is_sound_to_its_end_and_names_its_host_once_has_one_answer(
    attacked: Server, request_: bytes, status: bytes
) -> None:
    assert statuses_of(exchange(attacked, request_)) == [status]
    assert b"Traceback" not in attacked.log.read_bytes()


@pytest.mark.soak
def test_requests_sent_ahead_of_unread_answers_take_little_memory(snapshot: Snapshot, tmp_path: Path) -> None:
    large = f"GET /dataset/{snapshot.manifest.digest}/g7kg.nq.gz HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 4
    ahead = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 9_000
    with run_server(tmp_path / "log", "--snapshot", snapshot.folder, "--workers", "1") as server:
        before = server.memory()
        with send_ahead(server, large + ahead):
            assert httpx.get(f"{server.base}/healthz", timeout=10).status_code == 200
            time.sleep(1)
            assert server.memory() - before < 80 << 20
            assert httpx.get(f"{server.base}/healthz", timeout=10).status_code == 200


def test_only_versions_of_uvicorn_that_were_tried_are_taken() -> None:
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    (bounds,) = [re.fullmatch(r"uvicorn>=[\d.]+,<(\d+)\.(\d+)", name) for name in stated if name.startswith("uvicorn")]
    assert bounds
    major, minor = version("uvicorn").split(".")[:2]
    assert (int(major), int(minor) + 1) == (int(bounds[1]), int(bounds[2]))


def test_an_ipv6_client_is_its_network() -> None:
    assert group_address("2001:db8::1") == group_address("2001:db8::2") == "2001:db8::/64"
    assert group_address("2001:db8:1::5:6") == group_address("2001:db8:1:0:5:6:7:8")
    assert group_address("2001:db8:0:1::1") != group_address("2001:db8::1")
    assert group_address("::ffff:192.0.2.1") == group_address("192.0.2.1") == "192.0.2.1"
    assert group_address("unknown:thing") == "unknown:thing"
