"""Admission: which query gets which worker, and when; checks of RDF are admitted to their processes in the same way.

Waiting queries are served in turn over clients, not in order of arrival, and no client has more than half of the
workers. A query that has run for a while ends to make room for a client that has none running and waits: whoever asks
short queries is answered soon, whatever the others ask.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from g7kg.errors import ClientOverload, G7kgError, Overload

_HINT: Final = "try again in a few seconds"


class Worker(Protocol):
    """What does one thing at a time; ``failure`` is why it does no more."""

    @property
    def failure(self) -> G7kgError | None:
        """The error with which it was ended."""


W = TypeVar("W", bound=Worker)


@dataclass(frozen=True)
class AdmissionSettings:
    """Bounds of the queue: of all queries that wait, of one client's, and the seconds that a query may wait.

    ``share`` is how many queries of one client may run at once. After ``patience`` seconds a client that has nothing
    running gets the worker of the query that has run longest, if that has had as many. ``kind`` is what waits, for
    messages.
    """

    share: int
    queue: int = 64
    per_client: int = 16
    wait: float = 10.0
    patience: float = 1.0
    kind: str = "queries"


class Admission(Generic[W]):
    """Idle workers and waiting queries, brought together. ``evict`` ends a worker with an error for its query."""

    def __init__(self, settings: AdmissionSettings, evict: Callable[[W, G7kgError], None]) -> None:
        self.settings = settings
        self.evict = evict
        self.idle: list[W] = []
        self.running: dict[W, tuple[str, float]] = {}
        self.shares: Counter[str] = Counter()
        self.waiting: dict[str, deque[asyncio.Future[W]]] = {}
        self.length = 0

    async def take(self, client: str) -> W:
        """Return a worker for a query of ``client``, to be handed back by ``add`` or ``remove``.

        Raises ``Overload`` if too many wait or none becomes free in time, ``ClientOverload`` if too many of its own do.
        """
        if self.idle and client not in self.waiting and self.shares[client] < self.settings.share:
            worker = self.idle.pop()
            self._start(worker, client)
            return worker
        queue = self._join(client)
        future: asyncio.Future[W] = asyncio.get_running_loop().create_future()
        queue.append(future)
        self.length += 1
        try:
            return await self._wait(client, future)
        except BaseException:
            self._return_unused(future)
            raise
        finally:
            self._leave(client, future)

    def add(self, worker: W) -> None:
        """Have ``worker``, which is new or done with its query, ready for the next one."""
        self._stop(worker)
        if worker.failure is not None:
            return
        self.idle.append(worker)
        self._dispatch()

    def remove(self, worker: W) -> None:
        """Forget ``worker``, which is no more."""
        self._stop(worker)
        if worker in self.idle:
            self.idle.remove(worker)
        self._dispatch()

    def _join(self, client: str) -> deque[asyncio.Future[W]]:
        if self.length >= self.settings.queue:
            raise Overload(f"too many {self.settings.kind} are waiting", hint=_HINT)
        queue = self.waiting.setdefault(client, deque())
        if len(queue) >= self.settings.per_client:
            raise ClientOverload(f"too many of your {self.settings.kind} are waiting", hint=_HINT)
        return queue

    async def _wait(self, client: str, future: asyncio.Future[W]) -> W:
        loop = asyncio.get_running_loop()
        end = loop.time() + self.settings.wait
        patience = min(self.settings.patience, self.settings.wait)
        timer = loop.call_later(patience, self._lose_patience, client, future, end)
        try:
            return await future
        finally:
            timer.cancel()

    def _lose_patience(self, client: str, future: asyncio.Future[W], end: float) -> None:
        """Give up a query that has waited until loop time ``end``; else make room for it, if that is due."""
        loop = asyncio.get_running_loop()
        if future.done():
            return
        if loop.time() >= end:
            future.set_exception(Overload("no worker became free in time", hint=_HINT))
            return
        loop.call_at(min(loop.time() + self.settings.patience, end), self._lose_patience, client, future, end)
        if not self.shares[client]:
            self._make_room(loop.time())

    def _leave(self, client: str, future: asyncio.Future[W]) -> None:
        self.length -= 1
        queue = self.waiting.get(client)
        if queue is not None and future in queue:
            queue.remove(future)
            if not queue:
                del self.waiting[client]

    def _return_unused(self, future: asyncio.Future[W]) -> None:
        """Hand back the worker of a query that was given up just when it got one."""
        if future.done() and not future.cancelled() and future.exception() is None:
            self.add(future.result())

    def _make_room(self, now: float) -> None:
        """End the query that has run longest among those of the clients that run most, if it has run for a while."""
        old = [
            (self.shares[client], now - since, worker)
            for worker, (client, since) in self.running.items()
            if now - since >= self.settings.patience
        ]
        if old and not self.idle:
            _, _, worker = max(old, key=lambda entry: entry[:2])
            self.evict(
                worker,
                Overload(f"one of your {self.settings.kind} was ended to make room for other clients", hint=_HINT),
            )

    def _dispatch(self) -> None:
        """Give idle workers to waiting queries, one client after the other."""
        while self.idle:
            client = next((name for name in self.waiting if self.shares[name] < self.settings.share), None)
            if client is None:
                return
            queue = self.waiting.pop(client)
            future = queue.popleft()
            if queue:
                self.waiting[client] = queue
            if not future.done():
                worker = self.idle.pop()
                self._start(worker, client)
                future.set_result(worker)

    def _start(self, worker: W, client: str) -> None:
        self.running[worker] = (client, asyncio.get_running_loop().time())
        self.shares[client] += 1

    def _stop(self, worker: W) -> None:
        client, _ = self.running.pop(worker, ("", 0.0))
        if client in self.shares:
            self.shares[client] -= 1
            if not self.shares[client]:
                del self.shares[client]
