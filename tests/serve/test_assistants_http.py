"""The server for assistants over HTTP: no client, behind a proxy or not, can take what the others need."""

import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from itertools import count
from subprocess import DEVNULL, PIPE
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send
from tests.helpers.assistants import HEADERS, INITIALIZE, run_assistants
from tests.helpers.attacks import connect, send_ahead
from tests.helpers.server import Server

from g7kg.build.snapshot import Snapshot
from g7kg.dataset.dataset import WIDTH, Gates, open_dataset
from g7kg.serve.mcp.bounds import MOST_SESSIONS_OF_CLIENT, ClientBounds
from g7kg.serve.mcp.served import Served
from g7kg.serve.mcp.tools import Tools


def initialize(server: Server, client: str) -> httpx.Response:
    headers = {**HEADERS, "X-Forwarded-For": client}
    return httpx.post(f"{server.base}/mcp", json=INITIALIZE, headers=headers, timeout=20)


def test_clients_behind_a_proxy_have_bounds_of_their_own(http: Server) -> None:
    head = b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 192.0.2.1\r\nContent-Length: 9\r\n"
    head += b"Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(connect(http, head))
        time.sleep(0.5)
        assert initialize(http, "192.0.2.1").status_code == 429
        assert initialize(http, "192.0.2.2").status_code == 200
    time.sleep(0.5)
    assert initialize(http, "192.0.2.1").status_code == 200


def test_who_is_no_trusted_proxy_is_one_client_whatever_it_says(snapshot: Snapshot) -> None:
    with run_assistants(snapshot.folder, "--trusted-proxies", "192.0.2.99") as server, ExitStack() as stack:
        for number in range(50):
            head = f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 192.0.2.{number}\r\n"
            stack.enter_context(connect(server, head.encode()))
        time.sleep(0.5)
        assert initialize(server, "198.51.100.1").status_code == 429


def test_there_is_no_stream_to_hold_open(http: Server) -> None:
    session = initialize(http, "192.0.2.1").headers.get("mcp-session-id", "")
    headers = {**HEADERS, "mcp-session-id": session}
    with httpx.stream("GET", f"{http.base}/mcp", headers=headers, timeout=5) as answer:
        assert (answer.status_code, answer.headers.get("allow")) == (405, "POST, DELETE")
    listen = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "subscriptions/listen",
        "params": {
            "notifications": {"toolsListChanged": True},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    }
    headers = {**HEADERS, "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen"}
    answered = httpx.post(f"{http.base}/mcp", json=listen, headers=headers, timeout=5)
    assert (answered.status_code, answered.json()["error"]["message"]) == (404, "Method not found")


def list_tools(server: Server, client: str, session: str) -> int:
    headers = {**HEADERS, "X-Forwarded-For": client, "mcp-session-id": session}
    asked = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    return httpx.post(f"{server.base}/mcp", json=asked, headers=headers, timeout=20).status_code


def test_a_client_that_begins_too_many_sessions_ends_its_own(http: Server) -> None:
    other = initialize(http, "192.0.2.5").headers["mcp-session-id"]
    first, second, *_, last = [
        initialize(http, "192.0.2.4").headers["mcp-session-id"] for _ in range(MOST_SESSIONS_OF_CLIENT + 1)
    ]
    assert [list_tools(http, "192.0.2.4", session) for session in (first, second, last)] == [404, 200, 200]
    assert list_tools(http, "192.0.2.5", other) == 200
    initialize(http, "192.0.2.4")
    assert list_tools(http, "192.0.2.4", second) == 200


async def test_when_all_sessions_are_taken_the_client_that_has_most_gives_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("g7kg.serve.mcp.bounds.MOST_SESSIONS", 4)
    ended: list[bytes] = []
    numbers = count()

    async def server(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        if scope["method"] == "DELETE":
            ended.append(dict(scope["headers"])[b"mcp-session-id"])
        headers = [(b"mcp-session-id", b"%d" % next(numbers))] if scope["method"] == "POST" else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        """Take it."""

    bounds = ClientBounds(server, "/mcp", 1)
    for client in ("a", "b", "b", "b", "c", "d"):
        await bounds({"type": "http", "method": "POST", "client": (client, 1), "headers": []}, receive, send)
    assert ended == [b"1", b"2"]


def test_requests_sent_ahead_take_little_memory(http: Server) -> None:
    ahead = b"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 7_000
    before = http.memory()
    with send_ahead(http, ahead):
        assert initialize(http, "192.0.2.3").status_code == 200
        assert http.memory() - before < 80 << 20


@pytest.mark.parametrize(
    ("address", "name", "client"),
    [
        ("192.0.2.1", "one", "192.0.2.1 "),
        ("2001:db8::1", "one", "2001:db8::/64 "),
        ("127.0.0.1", "one", "127.0.0.1 one"),
        (None, "one", " one"),
    ],
)
def test_only_on_this_machine_a_name_makes_another_client(
    address: str | None, name: str, client: str, snapshot: Snapshot
) -> None:
    request = SimpleNamespace(client=SimpleNamespace(host=address)) if address else None
    session = SimpleNamespace(client_params=SimpleNamespace(client_info=SimpleNamespace(name=name)))
    context = SimpleNamespace(request_context=SimpleNamespace(request=request, session=session))
    served = Served(*cast("Any", (None, open_dataset(snapshot.folder), None, (), Gates(WIDTH))))
    assert Tools(served).serve(cast("Any", context)).client == client


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "rebound.example"}, 421),
        ({"Host": "127.0.0.1.example:8010"}, 421),
        ({"Origin": "http://rebound.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_page_of_another_host_is_refused(http: Server, headers: dict[str, str], status: int) -> None:
    assert httpx.post(f"{http.base}/mcp", json=INITIALIZE, headers={**HEADERS, **headers}).status_code == status


def test_a_request_that_is_too_long_is_refused(http: Server) -> None:
    answer = httpx.post(
        f"{http.base}/mcp", content=b" " * (5 << 20), headers={**HEADERS, "Content-Type": "application/json"}
    )
    assert answer.status_code == 413


@pytest.mark.soak
def test_names_that_are_allowed_work_too(snapshot: Snapshot) -> None:
    with run_assistants(snapshot.folder, "--workers", "1", "--allow-host", "graph.example") as server:
        for host, status in (("graph.example", 200), ("rebound.example", 421)):
            named = httpx.post(f"{server.base}/mcp", json=INITIALIZE, headers={**HEADERS, "Host": host})
            assert named.status_code == status


IMPATIENT = """
import socket, sys
from dataclasses import replace
from pathlib import Path
from g7kg.serve.mcp.served import default_pool
from g7kg.serve.mcp.server import CONNECTIONS, serve_http
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
limits = replace(CONNECTIONS, request_seconds=1, per_client=3, trusted="")
serve_http(Path(sys.argv[1]), default_pool(), listener, (), limits)
"""


def test_clients_that_are_slow_to_ask_or_come_too_often_are_cut_off(snapshot: Snapshot) -> None:
    with ExitStack() as stack:
        options = [sys.executable, "-c", IMPATIENT, str(snapshot.folder)]
        process = stack.enter_context(subprocess.Popen(options, stdout=PIPE, stderr=DEVNULL, text=True))
        stack.callback(process.terminate)
        assert process.stdout is not None
        address = ("127.0.0.1", int(process.stdout.readline()))
        slow = [stack.enter_context(socket.create_connection(address, 20)) for _ in range(4)]
        for connection in slow[:3]:
            connection.sendall(b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        answers = [connection.recv(100).partition(b"\r\n")[0] for connection in slow]
        assert answers == [b"HTTP/1.1 408 Request Timeout"] * 3 + [b"HTTP/1.1 429 Too Many Requests"]
        for connection in slow:
            connection.close()
        time.sleep(0.5)
        assert httpx.post(f"http://127.0.0.1:{address[1]}/mcp", json=INITIALIZE, headers=HEADERS).status_code == 200
