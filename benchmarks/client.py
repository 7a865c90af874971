"""The load generator: clients that each ask, wait for the answer, and ask again, on connections that are kept."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final, TypeVar, cast

from benchmarks.http import ResponseReader

HOST: Final = "127.0.0.1"
_PAUSE: Final = 0.05
"""Seconds before a client whose connection was refused tries again."""

GRACE: Final = 2.0
"""Seconds after a load in which answers that are under way may still come; they are not counted."""

_T = TypeVar("_T")
_Next = Callable[[], bytes | None]
_Take = Callable[[ResponseReader | None, float], None]


@dataclass(frozen=True)
class Response:
    """An answer, and how many seconds it took from the request's first byte to the answer's last."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


@dataclass
class Load:
    """What a load measured: the seconds of each good answer that came in time, and how many were none.

    ``errors`` were no answers, or had a status other than 200; ``unfinished`` had not come long after the end.
    """

    seconds: float
    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    unfinished: int = 0


class _Connection(asyncio.Protocol):
    """Sends what ``next_request`` returns until that is ``None``, one at a time; ``take`` gets what comes back.

    ``take`` is told ``None`` if the connection ends before the answer does. ``lost`` is done when the connection is.
    """

    def __init__(self, next_request: _Next, take: _Take) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting = False
        self._next_request = next_request
        self._take = take

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        try:
            complete = self._reader.feed(data)
        except (ValueError, IndexError):
            self._transport.abort()
            return
        if complete:
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waiting:
            self.waiting = False
            complete = exc is None and self._reader.end()
            self._take(self._reader if complete else None, perf_counter() - self._sent)
        if not self.lost.done():
            self.lost.set_result(None)

    def abandon(self) -> None:
        """End the connection at once; nobody is told."""
        self.waiting = False
        self._transport.abort()

    def _send(self) -> None:
        request = self._next_request()
        if request is None:
            self._transport.close()
            return
        self._reader = ResponseReader()
        self.waiting = True
        self._sent = perf_counter()
        self._transport.write(request)

    def _finish(self) -> None:
        self.waiting = False
        self._take(self._reader, perf_counter() - self._sent)
        if self._reader.keeps_alive:
            self._send()
        else:
            self._transport.close()


def put_load(port: int, requests: Iterator[bytes], clients: int, seconds: float) -> Load:
    """Let ``clients`` ask ``requests`` for ``seconds``; what is not answered soon after is dropped, and counted."""
    return _run(_put_load(port, requests, clients, seconds))


def ask(port: int, requests: Sequence[bytes], limit: float) -> list[Response]:
    """Ask ``requests`` one after the other on one connection; return the answers.

    There are fewer answers than requests if the connection ended early, or if all took longer than ``limit`` seconds.
    """
    return _run(_ask(port, requests, limit))


def _run(work: Coroutine[Any, Any, _T]) -> _T:
    """Run ``work`` on an event loop that costs little, if there is one."""
    try:
        result: _T = importlib.import_module("uvloop").run(work)
    except ModuleNotFoundError:
        result = asyncio.run(work)
    return result


async def _put_load(port: int, requests: Iterator[bytes], clients: int, seconds: float) -> Load:
    load = Load(seconds)
    begin = perf_counter()
    end = begin + seconds

    def next_request() -> bytes | None:
        return next(requests) if perf_counter() < end else None

    def take(reader: ResponseReader | None, latency: float) -> None:
        if reader is None or reader.status != 200:  # noqa: PLR2004 - the status of a good answer
            load.errors += 1
        elif perf_counter() < end:
            load.latencies.append(latency)

    await asyncio.gather(*(_keep_asking(port, next_request, take, end, load) for _ in range(clients)))
    return load


async def _keep_asking(port: int, next_request: _Next, take: _Take, end: float, load: Load) -> None:
    """Keep one connection at work until ``end``, another in its place when it is lost."""
    while (left := end - perf_counter()) > 0:
        try:
            connection = await _connect(port, next_request, take)
        except OSError:
            load.errors += 1
            await asyncio.sleep(_PAUSE)
            continue
        if not await _wait(connection, left + GRACE):
            load.unfinished += 1


async def _ask(port: int, requests: Sequence[bytes], limit: float) -> list[Response]:
    left = iter(requests)
    responses: list[Response] = []

    def take(reader: ResponseReader | None, latency: float) -> None:
        if reader is not None:
            responses.append(Response(reader.status, reader.headers, bytes(reader.body), latency))

    try:
        connection = await _connect(port, lambda: next(left, None), take)
    except OSError:
        return []
    await _wait(connection, limit)
    return responses


async def _connect(port: int, next_request: _Next, take: _Take) -> _Connection:
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: _Connection(next_request, take), HOST, port)
    return connection


async def _wait(connection: _Connection, seconds: float) -> bool:
    """Wait until ``connection`` is lost; after ``seconds`` end it, and return whether it waited for no answer then."""
    await asyncio.wait([connection.lost], timeout=seconds)
    if connection.lost.done():
        return True
    was_waiting = connection.waiting
    connection.abandon()
    return not was_waiting
