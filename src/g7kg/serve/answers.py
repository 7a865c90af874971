"""Answers to HTTP responses: conditional, cached, compressed, streamed, broken off."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from g7kg.engine import Answer
from g7kg.errors import G7kgError
from g7kg.http.connection import connection_of
from g7kg.http.negotiation import IDENTITY, WORTHWHILE, compress, negotiate_encoding, refuses_identity
from g7kg.queries.language import LANGUAGES
from g7kg.queries.warnings import WARNING_SEPARATOR
from g7kg.serve.caching import IMMUTABLE, Representation, ResultCache, compute_etag, matches
from g7kg.serve.pages.html import PageResponse
from g7kg.serve.site import CHOICE, LANGUAGE_COOKIE, address_of, exchange_of, header_of, language_of, site_of

_YEAR: Final = 365 * 24 * 60 * 60
"""For so many seconds a chosen language is kept."""

_PIECE: Final = 1 << 16
"""Bytes of a body that are sent at once."""


T = TypeVar("T")


@dataclass(frozen=True)
class Variant:
    """The representation that a request has chosen.

    ``etag`` stands for its bytes; ``None`` if they may differ each time. ``conditional``: the client is told the tag,
    and when the snapshot was ``published`` (an HTTP date). ``weak``: another server may write the same otherwise.
    ``worded``: it has labels in the client's language; ``location`` is the path at which it stands by itself, for a
    304; ``strict``: it is taken in no other coding.
    """

    etag: str | None
    encoding: str
    cache_control: str
    conditional: bool
    published: str
    weak: bool = False
    worded: bool = False
    location: str = ""
    strict: bool = False

    @cached_property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The headers that tell how long the representation keeps, and its tag."""
        control = (b"cache-control", self.cache_control.encode())
        vary = (b"vary", b"Accept, Accept-Encoding" + b", Accept-Language, Cookie" * self.worded)
        if self.etag is None or not self.conditional:
            return (control, vary)
        tag = ("W/" if self.weak else "") + self.etag
        return (control, vary, (b"etag", tag.encode()), (b"last-modified", self.published.encode()))

    def find_unmodified(self, request: Request) -> bool:
        """Whether the client of ``request`` has the right representation already (RFC 9110, section 13.2.2).

        A date counts only if it is the very one that was told: two snapshots may be published within a second.
        """
        if self.etag is None or not self.conditional:
            return False
        tags = header_of(request, b"if-none-match")
        if tags is None:
            return header_of(request, b"if-modified-since") == self.published
        return matches(tags, self.etag)


def choose_variant(
    request: Request,
    *key: str | None,
    repeatable: bool = True,
    immutable: bool = False,
    worded: bool = False,
    location: str = "",
) -> Variant:
    """Return the variant of what ``key`` stands for that the client of ``request`` gets.

    ``repeatable``: the same bytes each time; ``immutable``: at an address that stands for this snapshot only;
    ``worded``: with labels in the language of the client.
    """
    site = site_of(request)
    key = (*key, language_of(request)) if worded else key
    accepted = header_of(request, b"accept-encoding") or ""
    encoding, strict = negotiate_encoding(accepted), refuses_identity(accepted)
    etag = compute_etag(site.key, f"{encoding} only" if strict else encoding, *key) if repeatable else None
    if etag is None or request.method == "POST":
        return Variant(
            etag, encoding, "no-store", conditional=False, published=site.published, worded=worded, strict=strict
        )
    remote = site.settings.store is not None  # whoever writes to it can change what it answers
    control = IMMUTABLE if immutable and not remote else f"public, max-age={site.settings.max_age}"
    return Variant(etag, encoding, control, True, site.published, remote, worded, location, strict)  # noqa: FBT003 - as listed


async def respond(request: Request, variant: Variant, produce: Callable[[], Awaitable[Response]]) -> Response:
    """Return the response of ``variant``: 304, what is kept, or what ``produce`` makes, which is kept if it may be.

    ``produce`` returns headers of its own; those of the variant are added.

    Where the address chooses a language for labels, that is remembered, and leads to the address without the choice.
    """
    if variant.worded and request.query_params.get(CHOICE) in LANGUAGES:
        return _remember_language(request)
    if variant.find_unmodified(request):
        return _unmodified(request, variant)
    cache = site_of(request).cache
    kept = cache.get(variant.etag) if variant.etag else None
    if kept is not None:
        response: Response = ReadyResponse(kept)
        exchange_of(request.scope).outcome = "cached"
    else:
        response = await _finish(request, await produce(), variant)
        if variant.etag:
            _keep(cache, variant.etag, response)
    if variant.conditional and header_of(request, b"if-none-match") == "*":
        if isinstance(response, StreamedResponse):
            response.answer.close()
        return _unmodified(request, variant)
    response.raw_headers += variant.headers
    return response


Handler = Callable[..., Awaitable[Response]]


def kept(*, addressed: bool = False, worded: bool = False) -> Callable[[Handler], Handler]:
    """Have what a handler returns kept and sent as ``respond`` does, by its name and its parameters.

    ``addressed``: it also depends on the address at which the server is known; ``worded``: see ``choose_variant``.
    """

    def decorate(handler: Handler) -> Handler:
        async def answer(request: Request, **given: Any) -> Response:  # noqa: ANN401 - whatever FastAPI reads
            name = f"{handler.__module__}.{handler.__name__}"
            key = (name, address_of(request) if addressed else None, *map(repr, given.values()))
            variant = choose_variant(request, *key, worded=worded)
            return await respond(request, variant, partial(handler, request, **given))

        answer.__name__, answer.__doc__ = handler.__name__, handler.__doc__
        answer.__signature__ = inspect.signature(handler, eval_str=True)  # type: ignore[attr-defined]  # FastAPI reads it
        return answer

    return decorate


def _remember_language(request: Request) -> Response:
    """Return what has the client keep the language that it chose, and leads it back; nobody else may keep that."""
    pairs = request.query_params.multi_items()
    query = urlencode([pair for pair in pairs if pair[0] not in {CHOICE, "language"}], safe="/")
    path = bytes(request.scope["raw_path"]).decode("ascii")
    headers = {"Location": f"{path}?{query}" if query else path, "Cache-Control": "no-store"}
    response = Response(status_code=HTTPStatus.SEE_OTHER, headers=headers)
    chosen = request.query_params[CHOICE]
    response.set_cookie(LANGUAGE_COOKIE, chosen, _YEAR, httponly=True, samesite="lax")
    return response


def _unmodified(request: Request, variant: Variant) -> Response:
    exchange_of(request.scope).outcome = "unmodified"
    location = ((b"content-location", variant.location.encode()),) if variant.location else ()
    return ReadyResponse(Representation((*variant.headers, *location), b""), HTTPStatus.NOT_MODIFIED)


async def _finish(request: Request, response: Response, variant: Variant) -> Response:
    """Return ``response`` with its body as it is sent; what takes long is done beside the event loop."""
    if isinstance(response, PageResponse) or len(response.body) > _PIECE:
        renderer, loop = site_of(request).renderer, asyncio.get_running_loop()
        return await loop.run_in_executor(renderer, _encode, response, variant)
    return _encode(response, variant)


def _encode(response: Response, variant: Variant) -> Response:
    """Return ``response`` in the coding of ``variant``, unless the engine has done that or it is not worth it."""
    if isinstance(response, PageResponse):
        response.finish()
    encoding = variant.encoding
    worth = not isinstance(response, StreamedResponse) and (variant.strict or len(response.body) >= WORTHWHILE)
    if encoding != IDENTITY and worth and "content-encoding" not in response.headers:
        response.body = compress(bytes(response.body), encoding)
        response.headers["Content-Encoding"] = encoding
        response.headers["Content-Length"] = str(len(response.body))
    return response


def _keep(cache: ResultCache, etag: str, response: Response) -> None:
    headers = tuple(response.raw_headers)
    if isinstance(response, StreamedResponse):
        response.cache = cache
        response.keep = lambda body: cache.put(etag, Representation((*headers, _length(body)), body))
    else:
        cache.put(etag, Representation(headers, bytes(response.body)))


def _length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", str(len(body)).encode()


class ReadyResponse(Response):
    """A response whose headers are ready as they are."""

    def __init__(self, representation: Representation, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.status_code = status
        self.background = None
        self.body = representation.body
        self.raw_headers = list(representation.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response, a large one in pieces: a client that listens slowly is seen to listen."""
        if len(self.body) <= _PIECE:
            await super().__call__(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for start in range(0, len(self.body), _PIECE):
            more = start + _PIECE < len(self.body)
            await send({"type": "http.response.body", "body": self.body[start : start + _PIECE], "more_body": more})


class StreamedResponse(Response):
    """Streams a long answer, and closes it however the exchange ends.

    An answer that cannot be finished ends in a reset of the connection, so that nobody takes a part for the whole.
    ``keep`` is called with the whole body when it was sent, unless it is too large for ``cache``.
    """

    def __init__(self, answer: Answer, body: AsyncIterator[bytes], headers: Mapping[str, str]) -> None:
        super().__init__(None, headers=headers)
        del self.headers["content-length"]
        self.answer = answer
        self.chunks = body
        self.cache: ResultCache | None = None
        self.kept: list[bytes] = []
        self.keep: Callable[[bytes], None] = lambda _body: None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        """Send the response."""
        connection = connection_of(scope)
        if connection is not None:
            connection.on_leave = self.answer.close
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if scope.get("g7kg.head"):
                await send({"type": "http.response.body", "body": b""})
                return
            async for chunk in self.chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                self._collect(chunk)
            await send({"type": "http.response.body", "body": b""})
            if self.cache is not None:
                self.keep(b"".join(self.kept))
        except G7kgError as error:
            exchange_of(scope).outcome = type(error).__name__
            if connection is None:
                raise
            connection.abort()
            await asyncio.sleep(0)
        finally:
            self.answer.close()
            if connection is not None:
                connection.on_leave = None

    def _collect(self, chunk: bytes) -> None:
        if self.cache is not None:
            self.kept.append(chunk)
            if not self.cache.takes(sum(map(len, self.kept))):
                self.cache = None
                self.kept = []


def head_warnings(warnings: Sequence[str]) -> dict[str, str]:
    """Return the header that tells ``warnings``, if there are any."""
    return {"G7kg-Warning": WARNING_SEPARATOR.join(warnings)} if warnings else {}


def to_response(answer: Answer, headers: dict[str, str]) -> Response:
    """Return the response with the body of ``answer`` and ``headers``."""
    if answer.encoding != IDENTITY:
        headers = {**headers, "Content-Encoding": answer.encoding}
    if not isinstance(answer.body, bytes):
        return StreamedResponse(answer, answer.body, headers)
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    return ReadyResponse(Representation((*raw, _length(answer.body)), answer.body))


async def run_while_connected(request: Request, work: Awaitable[T]) -> T:
    """Return what ``work`` comes to; if the client leaves before, end it and raise ``ClientDisconnect``."""
    connection, task = connection_of(request.scope), asyncio.current_task()
    if connection is None or task is None:
        return await work
    connection.on_leave = task.cancel
    try:
        return await work
    except asyncio.CancelledError as error:
        if connection.transport.is_closing():
            task.uncancel()
            raise ClientDisconnect from error
        raise
    finally:
        connection.on_leave = None
