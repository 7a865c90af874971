"""Bounds on what one client has open over HTTP, whether or not it comes through a proxy: requests and sessions."""

from collections import Counter
from http import HTTPStatus
from typing import Final

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from g7kg.http.tally import client_of

MOST_SESSIONS: Final = 500
MOST_SESSIONS_OF_CLIENT: Final = 50
"""Sessions, which older clients have. The one that was longest out of use ends when its client begins one too many."""

_SESSION: Final = b"mcp-session-id"
_METHODS: Final = ("POST", "DELETE")
_OURSELVES: Final = (b"host", b"127.0.0.1")


class ClientBounds:
    """An ASGI application over another: at most ``most`` requests of one client at once, and a share of the sessions.

    The other one speaks the protocol at ``path``.
    A client is told by the address that the request comes from, or that a trusted proxy names. GET, which would open a
    stream for what a server says unasked, is refused: this one says nothing unasked.
    """

    def __init__(self, app: ASGIApp, path: str, most: int) -> None:
        self.app = app
        self.path = path
        self.most = most
        self.open: Counter[str] = Counter()
        self.sessions: dict[bytes, str] = {}  # to their clients, the one that was used last at the end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it: 405 for another method, 429 for too many at once."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        client = client_of(scope)
        refusal = self._refuse(scope["method"], client)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        self.open[client] += 1
        try:
            await self._answer(scope, receive, send, client)
        finally:
            self.open[client] -= 1
            if not self.open[client]:
                del self.open[client]

    def _refuse(self, method: str, client: str) -> Response | None:
        if method not in _METHODS:
            allowed = {"Allow": ", ".join(_METHODS)}
            return PlainTextResponse("use POST\n", HTTPStatus.METHOD_NOT_ALLOWED, allowed)
        if self.open[client] >= self.most:
            told = f"you have {self.most} requests open; try again when one is answered\n"
            return PlainTextResponse(told, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "5"})
        return None

    async def _answer(self, scope: Scope, receive: Receive, send: Send, client: str) -> None:
        stated = dict(scope["headers"]).get(_SESSION, b"")
        if stated in self.sessions:
            self.sessions[stated] = self.sessions.pop(stated)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and not stated:
                for session in (value for name, value in message["headers"] if name.lower() == _SESSION):
                    self.sessions[session] = client
                    await self._make_room(client)
            await send(message)

        await self.app(scope, receive, send_on)
        if scope["method"] == "DELETE":
            self.sessions.pop(stated, None)

    async def _make_room(self, client: str) -> None:
        counts = Counter(self.sessions.values())
        if counts[client] <= MOST_SESSIONS_OF_CLIENT:
            if counts.total() <= MOST_SESSIONS:
                return
            ((client, _),) = counts.most_common(1)
        session = next(session for session, owner in self.sessions.items() if owner == client)
        del self.sessions[session]
        await self._end(session)

    async def _end(self, session: bytes) -> None:
        """End ``session`` as its client would (Model Context Protocol 2025-06-18, Session Management)."""
        headers = [_OURSELVES, (_SESSION, session)]
        scope = {"type": "http", "method": "DELETE", "path": self.path, "query_string": b"", "headers": headers}

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            """Tell nobody."""

        await self.app(scope, receive, send)
