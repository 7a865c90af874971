"""The front: where every request comes in, gets the snapshot that it is answered from, and is recorded.

The SPARQL endpoint is called from here: on its way through a framework a request would take several times as long.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from g7kg.errors import EngineError
from g7kg.serve.failures import respond_to_error
from g7kg.serve.live import LiveSite
from g7kg.serve.site import begin_exchange
from g7kg.serve.telemetry import RequestRecord, Telemetry

ENDPOINT: Final = "/sparql"

CORS: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Content-Location, ETag, Link, Retry-After"),
    (b"x-content-type-options", b"nosniff"),
)
"""Every answer is for everybody: scripts of any site may read it (https://fetch.spec.whatwg.org/#http-cors-protocol).

And it is what it says it is, so that no browser takes data for a page."""

_READ: Final = "GET, HEAD, OPTIONS"
_READ_AND_POST: Final = "GET, HEAD, POST, OPTIONS"

Handler = Callable[[Request], Awaitable[Response]]


class Front:
    """An ASGI application over another: HEAD as GET without the body, CORS, a site for each request, its record."""

    def __init__(self, app: ASGIApp, endpoint: Handler, live: LiveSite, telemetry: Telemetry) -> None:
        self.app = app
        self.endpoint = endpoint
        self.live = live
        self.telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        record = RequestRecord(scope["method"], scope["path"], scope["client"][0] if scope.get("client") else "")
        lease = self.live.lease()
        exchange = begin_exchange(scope, lease.site)
        try:
            await self._answer(scope, receive, _prepare(send, record))
        finally:
            lease.give_back()
            record.seconds = time.perf_counter() - started
            record.outcome, record.query = exchange.outcome, exchange.query
            self.telemetry.record(record)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET", "g7kg.head": True}
        if scope["method"] == "OPTIONS":
            await _tell_methods(scope["path"])(scope, receive, send)
        elif scope["path"] == ENDPOINT:
            response = await self._query(Request(scope, receive))
            await response(scope, receive, send)
        else:
            await self.app(_without_unknown_range(scope), receive, send)

    async def _query(self, request: Request) -> Response:
        try:
            return await self.endpoint(request)
        except asyncio.CancelledError:
            return respond_to_error(request, EngineError("the server is shutting down", hint="ask again"))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told, and a defect is logged
            return respond_to_error(request, error)


def _without_unknown_range(scope: Scope) -> Scope:
    """Return ``scope`` without any Range in another unit than bytes, which is ignored (RFC 9110, section 14.2)."""
    known = [pair for pair in scope["headers"] if pair[0] != b"range" or _has_unit_of_bytes(pair[1])]
    return scope if len(known) == len(scope["headers"]) else {**scope, "headers": known}


def _has_unit_of_bytes(value: bytes) -> bool:
    unit, equals, _ = value.partition(b"=")
    return bool(equals) and unit.strip().lower() == b"bytes"


def _tell_methods(path: str) -> Response:
    """Return the answer to OPTIONS, to scripts of other sites among them: with what ``path`` may be asked."""
    methods = _READ_AND_POST if path == "/validate" or path.endswith(ENDPOINT) else _READ
    headers = {
        "Allow": methods,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)


def _prepare(send: Send, record: RequestRecord) -> Send:
    """Return a ``send`` that adds what every answer has, leaves the body of one to HEAD out, and keeps the record."""
    bodiless = record.method == "HEAD"

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            record.status = message["status"]
            message["headers"] = [*message["headers"], *CORS]
        elif message["type"] == "http.response.body":
            record.size += len(message.get("body", b""))
            if bodiless:
                message = {**message, "body": b""}
        await send(message)

    return send_on
