"""The front: where every request comes in, gets the snapshot that it is answered from, and is recorded.

The SPARQL endpoint is called from here: on its way through a framework a request would take several times as long.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from g7kg.errors import EngineError, Misdirected, NotFound, Overload
from g7kg.serve.answers import ReadyResponse
from g7kg.serve.caching import Repeats, Representation, RequestKey
from g7kg.serve.failures import list_methods, respond_to_error
from g7kg.serve.live import LiveSite
from g7kg.serve.site import Exchange, Site, begin_exchange
from g7kg.serve.telemetry import RequestRecord, Telemetry

ENDPOINT: Final = "/sparql"
_ENDPOINTS: Final = frozenset({ENDPOINT, f"{ENDPOINT}/"})

CORS: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Content-Location, ETag, G7kg-Warning, Link, Retry-After"),
    (b"x-content-type-options", b"nosniff"),
)
"""What every answer says: scripts of any site may read it (https://fetch.spec.whatwg.org/#http-cors-protocol).

And it is what it says it is, so that no browser takes data for a page."""

PRIVATE: Final = ((b"cross-origin-resource-policy", b"same-origin"), (b"x-content-type-options", b"nosniff"))
"""What every answer says instead where only the server's own pages may read it."""

_TELLING: Final = frozenset(
    {b"accept", b"accept-encoding", b"accept-language", b"host", b"if-none-match", b"if-modified-since"}
)
"""Headers on which an answer of the endpoint to GET depends."""

Handler = Callable[[Request], Awaitable[Response]]


class Front:
    """An ASGI application over another: HEAD as GET without the body, CORS, a site for each request, its record."""

    def __init__(self, app: ASGIApp, endpoint: Handler, live: LiveSite, telemetry: Telemetry) -> None:
        self.app = app
        self.endpoint = endpoint
        self.live = live
        self.telemetry = telemetry
        self.hosts = live.settings.private
        self.headers = CORS if self.hosts is None else PRIVATE
        self.repeats = Repeats()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        record = RequestRecord(scope["method"], scope["path"], scope["client"][0] if scope.get("client") else "")
        lease = self.live.lease()
        exchange = begin_exchange(scope, lease.site)
        prepared = _prepare(send, record, self.headers)
        key = _read_key(scope, lease.site) if scope["path"] == ENDPOINT else None
        try:
            if key and (response := self._repeat(key, exchange)):
                await response(scope, receive, prepared)
                return
            if scope["path"] in _ENDPOINTS:  # the way of most requests: it names no snapshot
                await self._answer(scope, receive, prepared)
            else:
                await self._visit(scope, receive, prepared, exchange)
            if key and exchange.repeat:
                self.repeats.put(key, exchange.repeat)
        finally:
            lease.give_back()
            record.seconds = time.perf_counter() - started
            record.outcome, record.query = exchange.outcome, exchange.query
            self.telemetry.record(record)

    async def _visit(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        """Answer a request that may be about another snapshot than the one that is served."""
        async with AsyncExitStack() as stack:
            visit = self.live.kept.visit(scope["path"], exchange.site)
            try:
                exchange.site = await stack.enter_async_context(visit)
            except (NotFound, EngineError) as error:
                await respond_to_error(Request(scope), error)(scope, receive, send)
            else:
                await self._answer(scope, receive, send)

    def _repeat(self, key: RequestKey, exchange: Exchange) -> Response | None:
        """Return the answer to the request ``key`` if it is known and what answers it is kept, or need not be."""
        repeat = self.repeats.get(key)
        if repeat is None:
            return None
        if repeat.unmodified:
            kept, status, exchange.outcome = Representation((), b""), HTTPStatus.NOT_MODIFIED, "unmodified"
        elif (found := exchange.site.cache.find(repeat.etag)) is not None:
            kept, status, exchange.outcome = found, HTTPStatus.OK, "cached"
        else:
            return None
        exchange.query = repeat.query
        return ReadyResponse(Representation((*kept.headers, *repeat.headers), kept.body), status)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET", "g7kg.head": True}
        if self.hosts is not None and _name_of_host(scope) not in self.hosts:
            error = Misdirected("this server is not addressed so", hint="use the address that it was started with")
            await respond_to_error(Request(scope), error)(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await _tell_methods(scope["path"], public=self.hosts is None)(scope, receive, send)
        elif scope["path"] in _ENDPOINTS:
            response = await self._query(Request(scope, receive))
            await response(scope, receive, send)
        else:
            await self.app(_without_unknown_range(scope), receive, send)

    async def _query(self, request: Request) -> Response:
        try:
            return await self.endpoint(request)
        except asyncio.CancelledError:
            return respond_to_error(request, Overload("the server is shutting down", hint="ask again"))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told, and a defect is logged
            return respond_to_error(request, error)


def _read_key(scope: Scope, site: Site) -> RequestKey | None:
    """Return all that the answer of ``site``'s endpoint to the request in ``scope`` depends on; ``None``: not known."""
    if scope["method"] != "GET":
        return None
    telling = [part for pair in scope["headers"] if pair[0] in _TELLING for part in pair]
    return (site.key, scope["query_string"], scope["scheme"], *telling)


def _without_unknown_range(scope: Scope) -> Scope:
    """Return ``scope`` without any Range in another unit than bytes, which is ignored (RFC 9110, section 14.2)."""
    known = [pair for pair in scope["headers"] if pair[0] != b"range" or _has_unit_of_bytes(pair[1])]
    return scope if len(known) == len(scope["headers"]) else {**scope, "headers": known}


def _has_unit_of_bytes(value: bytes) -> bool:
    unit, equals, _ = value.partition(b"=")
    return bool(equals) and unit.strip().lower() == b"bytes"


def _name_of_host(scope: Scope) -> str:
    """Return the host as which the server is addressed, without the port."""
    stated = dict(scope["headers"]).get(b"host", b"").decode("latin-1").lower()
    return re.sub(r":\d*$", "", stated)


def _tell_methods(path: str, *, public: bool) -> Response:
    """Return the answer to OPTIONS, to scripts of other sites, too, if ``public``: with what ``path`` may be asked."""
    methods = list_methods(path)
    others = {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "*, Authorization",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Allow": methods, **(others if public else {})})


def _prepare(send: Send, record: RequestRecord, common: Iterable[tuple[bytes, bytes]]) -> Send:
    """Return a ``send`` that adds the headers ``common``, leaves the body to HEAD out, and keeps the record."""
    bodiless = record.method == "HEAD"

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            record.status = message["status"]
            message["headers"] = [*message["headers"], *common]
        elif message["type"] == "http.response.body":
            record.size += len(message.get("body", b""))
            if bodiless:
                message = {**message, "body": b""}
        await send(message)

    return send_on
