"""Servers for assistants in processes of their own, and clients of the SDK that ask them."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

import anyio
import httpx
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, TextResourceContents
from tests.helpers.server import Server

Ask = Callable[..., Any]

HEADERS = {"Accept": "application/json, text/event-stream"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


def command(folder: Path, *options: str, seconds: int = 2) -> list[str]:
    return ["-m", "g7kg", "mcp", "--snapshot", str(folder), "--timeout", str(seconds), *options]


def over_stdio(folder: Path, *options: str, seconds: int = 2) -> StdioServerParameters:
    return StdioServerParameters(command=sys.executable, args=command(folder, *options, seconds=seconds))


@contextmanager
def run_assistants(folder: Path, *options: str, seconds: int = 2) -> Iterator[Server]:
    """Serve over HTTP below ``/mcp``; the server is stopped at the end."""
    arguments = command(folder, "--http", "--port", "0", *options, seconds=seconds)
    with subprocess.Popen([sys.executable, *arguments], stdout=PIPE, stderr=DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.fullmatch(r"serving assistants at (http://127\.0\.0\.1:\d+)/mcp\n", process.stdout.readline())
            assert found
            with httpx.Client(transport=httpx.HTTPTransport(retries=20)) as client:
                client.get(found[1], timeout=20)
            yield Server(found[1], process.pid, Path())
        finally:
            process.terminate()
            assert process.wait(20) == 0


def open_client(server: StdioServerParameters | Server, mode: str = "auto", **options: Any) -> Client:  # noqa: ANN401 - of the SDK
    """Return a client of ``server``, to be entered."""
    return Client(f"{server.base}/mcp" if isinstance(server, Server) else server, mode=mode, **options)


def call(server: StdioServerParameters | Server, tool: str, **arguments: object) -> CallToolResult:
    async def run() -> CallToolResult:
        async with open_client(server) as client:
            return await client.call_tool(tool, arguments)

    return anyio.run(run)


def ask(server: StdioServerParameters | Server, tool: str, **arguments: object) -> Any:  # noqa: ANN401 - as the tool has it
    """Return the value that a tool answers; it may not fail."""
    result = call(server, tool, **arguments)
    assert not result.is_error, read_text(result)
    assert result.structured_content is not None
    return result.structured_content


def read_text(result: CallToolResult) -> str:
    (content,) = result.content
    assert content.type == "text"
    return content.text


async def read_resource(client: Client, uri: str) -> str:
    (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    return content.text
