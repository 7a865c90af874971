"""Connections that cannot be held open: bounds in time and size that the HTTP server itself does not have."""

import asyncio
import logging
import re
import socket
import struct
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar, Final, cast

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from g7kg.http.limits import ConnectionLimits
from g7kg.http.tally import Tally, group_address

HEAD_BYTES: Final = 1 << 17
"""The largest head of a request."""

ADDRESS_BYTES: Final = 65_000
"""The longest address, its query included; the parser of addresses can count little further."""

READ_AHEAD: Final = 1 << 16
"""How many bytes may wait behind a request that is not answered yet; then the connection is not read any more."""

_END: Final = b"\r\n\r\n"
"""What ends a head, and a body in chunks; the parser takes nothing else for it."""

_EXTENSION: Final = "g7kg.http.connection"
_LINGER_SECONDS: Final = 1.0
_UPGRADE: Final = re.compile(rb"(?i)\r\nupgrade:")
_OVERLOAD: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing resets the connection, so that the other side cannot take it for a proper end."""


logger = logging.getLogger(__name__)


class GuardedConnection(HttpToolsProtocol):
    """A connection that ends when its client is too slow to ask or to listen, asks too much, or has too many of them.

    Of what a client sends ahead no request is read before the one before it is answered, so that answers, refusals
    among them, come in order. The application finds the connection in the scope: see ``connection_of``.
    """

    limits: ClassVar[ConnectionLimits]
    exempt: ClassVar[frozenset[str]]
    clients: ClassVar[Tally]
    refusals: ClassVar[Counter[str]]

    timer: asyncio.TimerHandle | None = None
    stalled: asyncio.TimerHandle | None = None
    reading_head: bool = True
    unread: int = 0
    body_left: int = 0
    seam: bytes = b""
    waiting: bytearray
    held: bool = False
    refused: bool = False
    address: str = ""
    on_leave: Callable[[], object] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Count the connection; refuse it if its client has enough, or the server."""
        super().connection_made(transport)
        self.waiting = bytearray()
        self.address = self.client[0] if self.client else ""
        group = group_address(self.address)
        self.clients.add(group, 1)
        exempt = self.address in self.exempt or "*" in self.exempt
        if self.clients.total > self.limits.total:
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        elif not exempt and self.clients.count(group) > self.limits.per_client:
            self.refuse(HTTPStatus.TOO_MANY_REQUESTS)
        else:
            self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; tell whoever answers its request."""
        self.clients.add(group_address(self.address), -1)
        self._stop_timer()
        _cancel(self.stalled)
        self.waiting.clear()
        super().connection_lost(exc)
        if self.on_leave is not None:
            self.on_leave()

    def data_received(self, data: bytes) -> None:
        """Take ``data``; stop reading while too much of it waits for an answer to what came before."""
        if self.refused:
            return
        self.waiting += data
        self._parse()
        if len(self.waiting) > READ_AHEAD and not self.transport.is_closing():
            self.held = True
            self.transport.pause_reading()

    def on_response_complete(self) -> None:
        """Go on to the next request."""
        super().on_response_complete()
        self._parse()
        if self.held and len(self.waiting) <= READ_AHEAD and not self.transport.is_closing():
            self.held = False
            if not self.flow.read_paused:
                self.transport.resume_reading()

    def _parse(self) -> None:
        while self.waiting and not (self.refused or self.transport.is_closing()):
            if self.reading_head and self._find_unanswered() is not None:
                return
            end = self._find_end()
            part = bytes(self.waiting[:end])
            del self.waiting[:end]
            self._parse_part(part)

    def _find_unanswered(self) -> RequestResponseCycle | None:
        cycle: RequestResponseCycle | None = self.cycle
        return None if cycle is None or cycle.response_complete else cycle

    def _find_end(self) -> int:
        """Return how much of what waits the parser may read: no more than one request can end there."""
        if self.body_left:
            return min(self.body_left, len(self.waiting))
        across = (self.seam + self.waiting[: len(_END) - 1]).find(_END)
        if across >= 0:
            return across + len(_END) - len(self.seam)
        found = self.waiting.find(_END)
        return len(self.waiting) if found < 0 else found + len(_END)

    def _parse_part(self, part: bytes) -> None:
        """Have the parser read ``part``, unless a head, or what follows a body, has become too long."""
        self._start_timer()
        self.body_left = max(self.body_left - len(part), 0)
        self.seam = (self.seam + part)[1 - len(_END) :]
        self.unread += len(part)
        endless = self.reading_head and self.unread > HEAD_BYTES and _END not in part
        if self.unread > HEAD_BYTES + len(part) or endless:
            self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        super().data_received(_without_upgrade(part) if self.reading_head else part)

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        super().on_message_begin()
        self.reading_head = True
        cast("dict[str, object]", self.scope)[_EXTENSION] = self
        self._start_timer()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what comes after a body in chunks is no header of use."""
        if self.reading_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Take the head of the request, unless it is too long, or asks for another protocol or a tunnel.

        It names its host once (RFC 9112, section 3.2); in HTTP/1.0 it need not.
        """
        size, self.reading_head, self.unread = self.unread, False, 0
        names = [name for name, _ in self.headers]
        if len(self.url) > ADDRESS_BYTES:
            self.refuse(HTTPStatus.REQUEST_URI_TOO_LONG)
        elif size > HEAD_BYTES:
            self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self.parser.should_upgrade():
            self.refuse(HTTPStatus.NOT_IMPLEMENTED)
        elif names.count(b"host") != 1 and (b"host" in names or self.parser.get_http_version() == "1.1"):
            self.refuse(HTTPStatus.BAD_REQUEST)
        else:
            self.body_left = next((int(value) for name, value in self.headers if name == b"content-length"), 0)
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the request's body, unless it was refused or is for nothing."""
        self.unread = 0
        if not self.refused and self.scope["method"] == "POST":
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the whole request is there."""
        self._stop_timer()
        self.reading_head, self.unread = True, 0
        if not self.refused:
            super().on_message_complete()
            self.flow.resume_reading()  # a large body stops it, and then it would not be seen that the client leaves

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - as uvicorn has it
        """Refuse what is no HTTP, or has a method that no server knows."""
        self.refuse(HTTPStatus.BAD_REQUEST)

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing more: what asks for another protocol was refused."""

    def pause_writing(self) -> None:
        """Give a client that does not listen some time to begin again."""
        super().pause_writing()
        _cancel(self.stalled)
        self.stalled = self.loop.call_later(self.limits.stall_seconds, self.abort)

    def resume_writing(self) -> None:
        """Go on."""
        _cancel(self.stalled)
        super().resume_writing()

    def abort(self) -> None:
        """Reset the connection, so that nobody takes what was sent for the whole."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None and not self.transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()

    def refuse(self, status: HTTPStatus) -> None:
        """Answer with ``status`` alone and close; not at once, or unread data would make that a reset.

        A request whose answer has begun ends in a reset instead, one without answer gets no other.
        """
        if self.refused:
            return
        self.refused = True
        self.waiting.clear()
        cycle = self._find_unanswered()
        if cycle is not None:
            if cycle.response_started:
                self.abort()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        self.refusals[str(status.value)] += 1
        logger.info("a connection of %s was refused: %s", self.address, status.phrase)
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nContent-Length: 0\r\n"
        retry = "Retry-After: 5\r\n" if status in _OVERLOAD else ""
        self.transport.write(f"{head}{retry}\r\n".encode())
        self.transport.write_eof()
        self._stop_timer()
        self.timer = self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    def _start_timer(self) -> None:
        self.timer = self.timer or self.loop.call_later(self.limits.request_seconds, self._expire)

    def _stop_timer(self) -> None:
        _cancel(self.timer)
        self.timer = None

    def _expire(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and cycle.response_complete and not self.reading_head:
            self.transport.close()
        else:
            self.refuse(HTTPStatus.REQUEST_TIMEOUT)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def _without_upgrade(data: bytes) -> bytes:
    """Return ``data``, which begins in the head of a request, with the header Upgrade named otherwise.

    A server may ignore it (RFC 9110, section 7.8), and some clients send it always; but the parser would take what
    follows for another protocol.
    """
    if b"pgrade" not in data and b"PGRADE" not in data:
        return data
    head, end, rest = data.partition(_END)
    return _UPGRADE.sub(b"\r\nx-grade:", head) + end + rest


def configure_server(
    app: ASGIApp, limits: ConnectionLimits, grace: int, refusals: Counter[str], clients: Tally | None = None
) -> uvicorn.Config:
    """Return how uvicorn serves ``app`` over connections with ``limits``, and ends requests after ``grace`` seconds.

    ``refusals`` counts those of this process by status, ``clients`` the open connections of all processes.
    """
    exempt = frozenset(address.strip() for address in limits.trusted.split(","))
    members: dict[str, Any] = {"limits": limits, "exempt": exempt, "clients": clients or Tally(), "refusals": refusals}
    return uvicorn.Config(
        app,
        http=type("GuardedConnection", (GuardedConnection,), members),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=limits.trusted,
        timeout_graceful_shutdown=grace,
    )


def connection_of(scope: Scope) -> GuardedConnection | None:
    """Return the connection that brought the request; ``None`` on a server of another kind."""
    found = scope.get(_EXTENSION)
    return found if isinstance(found, GuardedConnection) else None
