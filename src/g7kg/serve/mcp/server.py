"""The server for assistants: the tools and resources over standard input and output, or over HTTP."""

import asyncio
import json
import signal
import socket
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio
import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError, UnexpectedToolError
from mcp.server.mcpserver.resources import FunctionResource
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import CallToolResult, InputRequiredResult, TextContent, ToolAnnotations
from pydantic import AnyUrl, ValidationError

from g7kg import __version__
from g7kg.engine import PoolSettings
from g7kg.errors import G7kgError, NotFound, RequestError
from g7kg.http.connection import configure_server
from g7kg.http.limits import ConnectionLimits
from g7kg.rdf.suggestions import suggest
from g7kg.serve.logs import write_logs
from g7kg.serve.mcp.bounds import ClientBounds
from g7kg.serve.mcp.guide import TOPICS, write_guide, write_query
from g7kg.serve.mcp.paging import clip_text
from g7kg.serve.mcp.served import Served, open_served
from g7kg.serve.mcp.tools import Tools
from g7kg.snapshot.manifest import find_snapshot

PATH: Final = "/mcp"
"""Where the server answers over HTTP."""

MOST_MESSAGE: Final = 2_000
"""The longest message of an error, in characters: it may repeat what was sent."""

MOST_BODY: Final = 4 << 20
CONNECTIONS: Final = ConnectionLimits(total=200, per_client=50)
"""As many requests of one client are answered at once as it may have connections: of those behind a proxy, too."""

GRACE_SECONDS: Final = 3
"""How long requests may go on after the server was told to stop."""

_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_MARKDOWN: Final = "text/markdown"

_INSTRUCTIONS: Final = """\
A knowledge graph of what the digital and technology ministers of the G7 declare: statements, undertakings, what \
became of them, each with a pointer to its words. Begin with read_guide(model). Try run_query before sparql. \
"No follow-up on record" never means that something was not done. A gist is a summary, never a quotation. \
A result with next_offset or next_links was cut."""


class AssistantServer(MCPServer[Any]):
    """The SDK's server, whose errors say what is wrong and what to do, and whose results are compact."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Return the result of the tool ``name``; ``ToolError`` with message and hint if it cannot be had."""
        try:
            await self._check_names(name, arguments)
            result = await super().call_tool(name, arguments, context)
        except G7kgError as error:
            raise ToolError(explain(error)) from error
        except ToolError as error:
            raise _reword(error) from error.__cause__
        return _compact(result) if isinstance(result, CallToolResult) else result

    async def read_resource(self, uri: AnyUrl | str, context: Context[Any, Any] | None = None) -> Any:  # noqa: ANN401 - as the SDK has it
        """Return what stands at ``uri``; ``ResourceNotFoundError`` with the nearest address if there is nothing."""
        try:
            return await super().read_resource(uri, context)
        except ResourceNotFoundError as error:
            if error.__cause__ is not None:
                raise
            known = [str(resource.uri) for resource in await self.list_resources()]
            raise ResourceNotFoundError(f"there is no resource {uri}\nHint: {suggest(str(uri), known)}") from error

    async def _check_names(self, name: str, arguments: Iterable[str]) -> None:
        """Raise ``NotFound`` for an unknown tool, ``RequestError`` for an unknown parameter: the SDK lets it pass."""
        tools = {tool.name: tool for tool in await self.list_tools()}
        if name not in tools:
            raise NotFound(f"there is no tool {name}", hint=suggest(name, tools))
        known = tools[name].input_schema["properties"]
        for argument in arguments:
            if argument not in known:
                raise RequestError(f"the tool {name} has no parameter {argument}", hint=suggest(argument, known))


def _compact(result: CallToolResult) -> CallToolResult:
    """Return ``result`` with its value as text without indentation, which would be read as words; plain text stays."""
    value = result.structured_content
    if value is None or value.keys() == {"result"}:
        return result
    text = json.dumps(value, ensure_ascii=False)
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=value)


def explain(error: G7kgError) -> str:
    """Return ``error`` as an assistant reads it: what is wrong, where if that is known, what to do."""
    place = f" (line {error.location.line})" if error.location.line else ""
    told = f"{clip_text(error.message, MOST_MESSAGE)}{place}"
    return told + (f"\nHint: {clip_text(error.hint, MOST_MESSAGE)}" if error.hint else "")


def _reword(error: ToolError) -> ToolError:
    """Return ``error`` of the SDK with the words of the one that caused it; what nobody foresaw stays as it is."""
    cause = error.__cause__
    if isinstance(cause, G7kgError):
        return ToolError(explain(cause))
    if isinstance(cause, ValidationError):
        wrong = [f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in cause.errors()]
        return ToolError(clip_text("; ".join(wrong), MOST_MESSAGE) + "\nHint: see the tool's input schema")
    return error if isinstance(error, UnexpectedToolError) else ToolError(str(error))


def create_server(served: Served) -> AssistantServer:
    """Return the server over ``served``."""
    server = AssistantServer(
        "g7kg",
        title="G7 knowledge graph",
        version=__version__,
        instructions=_INSTRUCTIONS,
        log_level="WARNING",
        subscriptions=False,  # nothing here changes, so there is nothing to hold a stream open for
    )
    reading = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
    tools = Tools(served)
    asking = (tools.list_queries, tools.run_query, tools.sparql)
    for tool in (tools.read_guide, tools.search, tools.describe, *asking, tools.validate):
        server.add_tool(tool, annotations=reading)
    _add_resources(server, served)
    return server


def _add_resources(server: AssistantServer, served: Served) -> None:
    for topic, description in TOPICS.items():
        written = partial(write_guide, served, topic)
        resource = FunctionResource.from_function(
            written, f"g7kg://{topic}", name=topic, description=description, mime_type=_MARKDOWN
        )
        server.add_resource(resource)

    told = "One query of the catalogue: its text and parameters."

    @server.resource("g7kg://queries/{name}", name="query", description=told, mime_type=_MARKDOWN)
    def query(name: str) -> str:
        try:
            return write_query(served, name)
        except NotFound as error:
            raise ResourceNotFoundError(explain(error)) from error


def create_app(server: AssistantServer, hosts: Sequence[str], most: int) -> ClientBounds:
    """Return the ASGI application of ``server``; it answers at ``PATH``, for ``hosts`` and the names of this machine.

    A request with another Host, or from a page with another Origin, is refused, against rebinding of DNS names.
    Answers are streams, so that a client that leaves ends its query. A client has ``most`` requests
    at once.
    """
    allowed = [form for name in (*_LOOPBACK, *hosts) for form in (name, f"{name}:*")]
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=allowed,
        allowed_origins=[f"{scheme}://{host}" for scheme in ("http", "https") for host in allowed],
    )
    app = server.streamable_http_app(
        streamable_http_path=PATH, max_request_body_size=MOST_BODY, transport_security=security
    )
    return ClientBounds(app, PATH, most)


def serve_stdio(source: Path, pool: PoolSettings) -> None:
    """Serve the snapshot that ``source`` names now over standard input and output, until the input ends."""

    async def run() -> None:
        async with open_served(find_snapshot(source), pool) as served:
            await create_server(served).run_stdio_async()

    write_logs("warning")
    anyio.run(run)


class _Server(uvicorn.Server):
    """uvicorn, which on a signal returns instead of ending the process: the workers are still to be ended."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on the signals that ask for it."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def serve_http(
    source: Path,
    pool: PoolSettings,
    listener: socket.socket,
    hosts: Sequence[str],
    connections: ConnectionLimits = CONNECTIONS,
) -> None:
    """Serve the snapshot that ``source`` names now over streamable HTTP on ``listener``, until a signal comes."""

    async def run() -> None:
        async with open_served(find_snapshot(source), pool) as served:
            app = create_app(create_server(served), hosts, connections.per_client)
            config = configure_server(app, connections, GRACE_SECONDS, Counter())
            await _Server(config).serve(sockets=[listener])

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    write_logs("warning")
    anyio.run(run)
