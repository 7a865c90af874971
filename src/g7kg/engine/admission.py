"""Admission: which query gets which worker, and when; checks of RDF are admitted to their processes in the same way.

Waiting queries are served in turn over clients, not in order of arrival, and no client has more than half of the
workers. A query that has run for a while ends to make room for a client that has none running and waits: whoever asks
short queries is answered soon, whatever the others ask. Queries that yield, such as those of pages, of which one asks
a dozen, leave the processors to the others: they run one a processor, unless they take long.
"""

import asyncio
import sys
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from g7kg.errors import ClientOverload, G7kgError, Overload
from g7kg.http.tally import Tally

_HINT: Final = "try again in a few seconds"

_LOOK_SECONDS: Final = 0.1
"""How often what waits for its client's share in other processes, or yields, is looked at again."""

_BRIEF_SECONDS: Final = 0.02
"""For so long a query counts as one of the light ones, of which only so many run at once."""


class Worker(Protocol):
    """What does one thing at a time; ``failure`` is why it does no more."""

    @property
    def failure(self) -> G7kgError | None:
        """The error with which it was ended."""


W = TypeVar("W", bound=Worker)


@dataclass(frozen=True, kw_only=True)
class AdmissionSettings:
    """Bounds of the queue: of all queries that wait, of one client's, and the seconds that a query may wait.

    ``share`` is how many queries of one client may run at once, ``brief`` how many of all may that have only begun:
    more than there are processors would only take the store out of each other's caches. After ``patience`` seconds a
    client that has nothing running gets the worker of the query that has run longest, if that has had as many.
    No more than ``brief`` of those that yield run before they have had ``patience``. ``kind`` is what waits, for
    messages.
    """

    share: int
    brief: int = sys.maxsize
    queue: int
    per_client: int
    wait: float
    patience: float = 1.0
    kind: str = "queries"


class Asker(NamedTuple):
    """Who has queries that wait in one queue: a client, and whether they yield."""

    client: str
    yields: bool


class Admission(Generic[W]):
    """Idle workers and waiting queries, brought together. ``evict`` ends a worker with an error for its query.

    ``waits`` counts the queries that wait over all processes of a server, whose bounds those of the settings are.
    ``runs`` counts those that run in the same way, if the share is one of all processes; else it is one of this.
    """

    def __init__(
        self,
        settings: AdmissionSettings,
        evict: Callable[[W, G7kgError], None],
        waits: Tally | None = None,
        runs: Tally | None = None,
    ) -> None:
        self.settings = settings
        self.evict = evict
        self.waits = waits or Tally()
        self.runs = runs
        self.look: asyncio.TimerHandle | None = None
        self.idle: list[W] = []
        self.running: dict[W, tuple[Asker, float]] = {}
        self.shares: Counter[str] = Counter()
        self.waiting: dict[Asker, deque[asyncio.Future[W]]] = {}
        self.length = 0

    async def take(self, client: str, *, yields: bool = False) -> W:
        """Return a worker for a query of ``client``, which may yield, to be handed back by ``add`` or ``remove``.

        Raises ``Overload`` if too many wait or none becomes free in time, ``ClientOverload`` if too many of its own do.
        """
        asker = Asker(client, yields)
        if self.idle and asker not in self.waiting and self._may_run(asker) and not self._is_busy():
            worker = self.idle.pop()
            self._start(worker, asker)
            return worker
        future = self._join(asker)
        try:
            return await self._wait(client, future)
        except BaseException:
            self._return_unused(future)
            raise
        finally:
            self._leave(asker, future)

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

    def _may_run(self, asker: Asker) -> bool:
        running = self.shares[asker.client] if self.runs is None else self.runs.count(asker.client)
        return running < self.settings.share and not (asker.yields and self._must_yield())

    def _must_yield(self) -> bool:
        """Whether as many queries that yield run as may before their patience is over."""
        since = asyncio.get_running_loop().time() - self.settings.patience
        return sum(other.yields and begun > since for other, begun in self.running.values()) >= self.settings.brief

    def _is_busy(self) -> bool:
        """Whether as many queries as may have begun only just now."""
        if len(self.running) < self.settings.brief:
            return False
        _, begun = next(islice(reversed(self.running.values()), self.settings.brief - 1, None))
        return asyncio.get_running_loop().time() - begun < _BRIEF_SECONDS

    def _join(self, asker: Asker) -> asyncio.Future[W]:
        """Return what gets a worker for a query of ``asker``; it is counted first: no two processes take one place."""
        client = asker.client
        self.waits.add(client, 1)
        if self.waits.total > self.settings.queue:
            self.waits.add(client, -1)
            raise Overload(f"too many {self.settings.kind} are waiting", hint=_HINT)
        if self.waits.count(client) > self.settings.per_client:
            self.waits.add(client, -1)
            raise ClientOverload(f"too many of your {self.settings.kind} are waiting", hint=_HINT)
        self.length += 1
        future: asyncio.Future[W] = asyncio.get_running_loop().create_future()
        self.waiting.setdefault(asker, deque()).append(future)
        self._look_again()
        return future

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

    def _leave(self, asker: Asker, future: asyncio.Future[W]) -> None:
        self.waits.add(asker.client, -1)
        self.length -= 1
        queue = self.waiting.get(asker)
        if queue is not None and future in queue:
            queue.remove(future)
            if not queue:
                del self.waiting[asker]

    def _return_unused(self, future: asyncio.Future[W]) -> None:
        """Hand back the worker of a query that was given up just when it got one."""
        if future.done() and not future.cancelled() and future.exception() is None:
            self.add(future.result())

    def _make_room(self, now: float) -> None:
        """End the query that has run longest among those of the clients that run most, if it has run for a while."""
        old = [
            (self.shares[asker.client], now - since, worker)
            for worker, (asker, since) in self.running.items()
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
            asker = None if self._is_busy() else next(filter(self._may_run, self.waiting), None)
            if asker is None:
                self._look_again()
                return
            queue = self.waiting.pop(asker)
            future = queue.popleft()
            if queue:
                self.waiting[asker] = queue
            if not future.done():
                worker = self.idle.pop()
                self._start(worker, asker)
                future.set_result(worker)

    def _look_again(self) -> None:
        """Look again soon whether what waits may run, if that is for time, or other processes, to say."""
        if self.look is not None or not self.waiting:
            return
        if (busy := self._is_busy()) or self.runs is not None or self._must_yield():
            seconds = _BRIEF_SECONDS if busy else _LOOK_SECONDS
            self.look = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        self.look = None
        self._dispatch()

    def _start(self, worker: W, asker: Asker) -> None:
        self.running[worker] = (asker, asyncio.get_running_loop().time())
        self.shares[asker.client] += 1
        if self.runs is not None:
            self.runs.add(asker.client, 1)

    def _stop(self, worker: W) -> None:
        asker, _ = self.running.pop(worker, (None, 0.0))
        if asker is not None:
            client = asker.client
            self.shares[client] -= 1
            if self.runs is not None:
                self.runs.add(client, -1)
            if not self.shares[client]:
                del self.shares[client]
