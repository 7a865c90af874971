"""The server for assistants over HTTP: no client, behind a proxy or not, can take what the others need."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from subprocess import DEVNULL, PIPE
from types import SimpleNamespace
from typing import Any, cast

import anyio
import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send
from tests.helpers.attacks import connect
from tests.helpers.server import Server

from g7kg.build.snapshot import Snapshot
from g7kg.dataset.dataset import WIDTH, Gates, open_dataset
from g7kg.serve.mcp.bounds import MOST_SESSIONS_OF_CLIENT, ClientBounds
from g7kg.serve.mcp.served import Served
from g7kg.serve.mcp.tools import Tools

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
HEADERS = {"Accept": "application/json, text/event-stream"}


@contextmanager
def run_assistants(snapshot: Snapshot, *options: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "g7kg", "mcp", "--http", "--port", "0", "--snapshot", str(snapshot.folder)]
    with subprocess.Popen([*command, *options], stdout=PIPE, stderr=DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert found
            with httpx.Client(transport=httpx.HTTPTransport(retries=20)) as client:
                client.get(found[0], timeout=20)
            yield Server(found[0], process.pid, Path())
        finally:
            process.terminate()
            assert process.wait(20) == 0


@pytest.fixture(scope="module")
def assistants(snapshot: Snapshot) -> Iterator[Server]:
    with run_assistants(snapshot) as server:
        yield server


def initialize(server: Server, client: str) -> httpx.Response:
    headers = {**HEADERS, "X-Forwarded-For": client}
    return httpx.post(f"{server.base}/mcp", json=INITIALIZE, headers=headers, timeout=20)


def test_clients_behind_a_proxy_have_bounds_of_their_own(assistants: Server) -> None:
    head = b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 192.0.2.1\r\nContent-Length: 9\r\n"
    head += b"Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(50):
            connect(assistants, stack, head)
        time.sleep(0.5)
        assert initialize(assistants, "192.0.2.1").status_code == 429
        assert initialize(assistants, "192.0.2.2").status_code == 200
    time.sleep(0.5)
    assert initialize(assistants, "192.0.2.1").status_code == 200


def test_who_is_no_trusted_proxy_is_one_client_whatever_it_says(snapshot: Snapshot) -> None:
    with run_assistants(snapshot, "--trusted-proxies", "192.0.2.99") as server, ExitStack() as stack:
        for number in range(50):
            head = f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 192.0.2.{number}\r\n"
            connect(server, stack, head.encode())
        time.sleep(0.5)
        assert initialize(server, "198.51.100.1").status_code == 429


def test_there_is_no_stream_to_hold_open(assistants: Server) -> None:
    session = initialize(assistants, "192.0.2.1").headers.get("mcp-session-id", "")
    headers = {**HEADERS, "mcp-session-id": session}
    with httpx.stream("GET", f"{assistants.base}/mcp", headers=headers, timeout=5) as answer:
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
    answered = httpx.post(f"{assistants.base}/mcp", json=listen, headers=headers, timeout=5)
    assert (answered.status_code, answered.json()["error"]["message"]) == (404, "Method not found")


def list_tools(server: Server, client: str, session: str) -> int:
    headers = {**HEADERS, "X-Forwarded-For": client, "mcp-session-id": session}
    asked = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    return httpx.post(f"{server.base}/mcp", json=asked, headers=headers, timeout=20).status_code


def test_a_client_that_begins_too_many_sessions_ends_its_own(assistants: Server) -> None:
    other = initialize(assistants, "192.0.2.5").headers["mcp-session-id"]
    first, second, *_, last = [
        initialize(assistants, "192.0.2.4").headers["mcp-session-id"] for _ in range(MOST_SESSIONS_OF_CLIENT + 1)
    ]
    assert [list_tools(assistants, "192.0.2.4", session) for session in (first, second, last)] == [404, 200, 200]
    assert list_tools(assistants, "192.0.2.5", other) == 200
    initialize(assistants, "192.0.2.4")
    assert list_tools(assistants, "192.0.2.4", second) == 200


def test_when_all_sessions_are_taken_the_client_that_has_most_gives_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("g7kg.serve.mcp.bounds.MOST_SESSIONS", 4)
    ended: list[bytes] = []
    numbers = count()

    async def server(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        if scope["method"] == "DELETE":
            ended.append(dict(scope["headers"])[b"mcp-session-id"])
        headers = [(b"mcp-session-id", b"%d" % next(numbers))] if scope["method"] == "POST" else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def begin() -> None:
        bounds = ClientBounds(server, "/mcp", 1)
        for client in ("a", "b", "b", "b", "c", "d"):
            await bounds({"type": "http", "method": "POST", "client": (client, 1), "headers": []}, receive, send)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        """Take it."""

    anyio.run(begin)
    assert ended == [b"1", b"2"]


def test_requests_sent_ahead_take_little_memory(assistants: Server) -> None:
    ahead = b"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 7_000
    before = assistants.memory()
    with ExitStack() as stack:
        for _ in range(100):
            connection = connect(assistants, stack)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.setblocking(False)  # noqa: FBT003 - as the socket has it
            with suppress(BlockingIOError):
                connection.send(ahead)
        assert initialize(assistants, "192.0.2.3").status_code == 200
        assert assistants.memory() - before < 80 << 20


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
