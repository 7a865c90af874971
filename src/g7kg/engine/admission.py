"""Admission: which query gets which worker, and when; checks of RDF are admitted to their processes in the same way.

Waiting queries are served in turn over clients, not in order of arrival, and no client has more than half of the
workers. A query that has run for a while ends to make room for a client that has none running and waits: whoever asks
short queries is answered soon, whatever the others ask. Queries that yield, such as those of pages, of which one asks
a dozen, leave the processors to the others: they run one a processor, unless they take long. A worker that is
prompt is given several of those that wait, so that the next is there when it is done with one.
"""

import asyncio
import sys
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from g7kg.errors import ClientOverload, G7kgError, Overload
from g7kg.http.tally import Tally

_HINT: Final = "try again in a few seconds"

_LOOK_SECONDS: Final = 0.1
"""How often what waits for its client's share in other processes, or yields, is looked at again."""

BRIEF_SECONDS: Final = 0.02
"""For so long a query counts as one of the light ones, of which only so many run at once."""


class Worker(Protocol):
    """What does one thing after the other; ``failure`` is why it does no more."""

    @property
    def vacant(self) -> bool:
        """Whether it has nothing to do."""

    @property
    def prompt(self) -> bool:
        """Whether it has begun what it does only just now, so that more may wait for it."""

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
    No more than ``brief`` of those that yield run before they have had ``patience``. ``line`` is how many queries a
    prompt worker may have. ``kind`` is what waits, for messages.
    """

    share: int
    brief: int = sys.maxsize
    line: int = 1
    queue: int
    per_client: int
    wait: float
    patience: float = 1.0
    kind: str = "queries"


class Asker(NamedTuple):
    """Who has queries that wait in one queue: a client, and whether they yield."""

    client: str
    yields: bool


@dataclass(frozen=True, eq=False)
class Place(Generic[W]):
    """A place in the line of ``worker``: for a query of ``asker``, since ``begun`` in the time of the event loop."""

    worker: W
    asker: Asker
    begun: float


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
        self.running: dict[Place[W], None] = {}
        self.shares: Counter[str] = Counter()
        self.waiting: dict[Asker, deque[asyncio.Future[Place[W]]]] = {}
        self.length = 0

    async def take(self, client: str, *, yields: bool = False, again: bool = False) -> Place[W]:
        """Return a place for a query of ``client``, which may yield, to be given back by ``give_back``.

        ``again``: it had a place, and is the next of its client. Raises ``Overload`` if too many wait or none becomes
        free in time, ``ClientOverload`` if too many of its own do.
        """
        asker = Asker(client, yields)
        if self.idle and asker not in self.waiting and self._may_run(asker) and not self._is_busy():
            return self._start(self.idle.pop(), asker)
        future = self._join(asker, again=again)
        try:
            return await self._wait(client, future)
        except BaseException:
            self._return_unused(future)
            raise
        finally:
            self._leave(asker, future)

    def add(self, worker: W) -> None:
        """Have ``worker``, which is vacant, ready for queries."""
        if worker.failure is None and not self._count_places(worker):
            self.idle.append(worker)
            self._dispatch()

    def give_back(self, place: Place[W]) -> None:
        """Note that ``place`` is not needed any more; another query gets it if the worker is prompt or vacant."""
        worker, client = place.worker, place.asker.client
        del self.running[place]
        self.shares[client] -= 1
        if not self.shares[client]:
            del self.shares[client]
        if self.runs is not None:
            self.runs.add(client, -1)
        if worker.failure is None:
            places = self._count_places(worker)
            if worker.vacant and not places:
                self.idle.append(worker)
            elif worker.prompt:
                self._fill_line(worker, self.settings.line - places)
        self._dispatch()

    def remove(self, worker: W) -> None:
        """Forget ``worker``, which is no more; whoever has a place there gives it back."""
        if worker in self.idle:
            self.idle.remove(worker)

    def count_working(self) -> int:
        """Return how many workers have queries."""
        return len({place.worker for place in self.running})

    def _count_places(self, worker: W) -> int:
        return sum(place.worker is worker for place in self.running)

    def _may_run(self, asker: Asker) -> bool:
        running = self.shares[asker.client] if self.runs is None else self.runs.count(asker.client)
        return running < self.settings.share and not (asker.yields and self._must_yield())

    def _must_yield(self) -> bool:
        """Whether as many queries that yield run as may before their patience is over."""
        since = asyncio.get_running_loop().time() - self.settings.patience
        return sum(place.asker.yields and place.begun > since for place in self.running) >= self.settings.brief

    def _is_busy(self) -> bool:
        """Whether as many workers as may have begun only just now."""
        if len(self.running) < self.settings.brief:
            return False
        since = asyncio.get_running_loop().time() - BRIEF_SECONDS
        workers = set()
        for place in reversed(self.running):
            if place.begun <= since:
                break
            workers.add(place.worker)
            if len(workers) >= self.settings.brief:
                return True
        return False

    def _join(self, asker: Asker, *, again: bool) -> asyncio.Future[Place[W]]:
        """Return what gets a worker for a query of ``asker``; it is counted first: no two processes take one place."""
        client = asker.client
        self.waits.add(client, 1)
        if self.waits.total > self.settings.queue and not again:
            self.waits.add(client, -1)
            raise Overload(f"too many {self.settings.kind} are waiting", hint=_HINT)
        if self.waits.count(client) > self.settings.per_client and not again:
            self.waits.add(client, -1)
            raise ClientOverload(f"too many of your {self.settings.kind} are waiting", hint=_HINT)
        self.length += 1
        future: asyncio.Future[Place[W]] = asyncio.get_running_loop().create_future()
        queue = self.waiting.setdefault(asker, deque())
        (queue.appendleft if again else queue.append)(future)
        self._look_again()
        return future

    async def _wait(self, client: str, future: asyncio.Future[Place[W]]) -> Place[W]:
        loop = asyncio.get_running_loop()
        end = loop.time() + self.settings.wait
        patience = min(self.settings.patience, self.settings.wait)
        timer = loop.call_later(patience, self._lose_patience, client, future, end)
        try:
            return await future
        finally:
            timer.cancel()

    def _lose_patience(self, client: str, future: asyncio.Future[Place[W]], end: float) -> None:
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

    def _leave(self, asker: Asker, future: asyncio.Future[Place[W]]) -> None:
        self.waits.add(asker.client, -1)
        self.length -= 1
        queue = self.waiting.get(asker)
        if queue is not None and future in queue:
            queue.remove(future)
            if not queue:
                del self.waiting[asker]

    def _return_unused(self, future: asyncio.Future[Place[W]]) -> None:
        """Hand back the worker of a query that was given up just when it got one."""
        if future.done() and not future.cancelled() and future.exception() is None:
            self.give_back(future.result())

    def _make_room(self, now: float) -> None:
        """End the query that has run longest among those of the clients that run most, if it has run for a while."""
        old = [
            (self.shares[place.asker.client], now - place.begun, place.worker)
            for place in self.running
            if now - place.begun >= self.settings.patience
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
            if self._is_busy() or not self._fill_line(self.idle[-1], self.settings.line):
                self._look_again()
                return
            self.idle.pop()

    def _fill_line(self, worker: W, room: int) -> bool:
        """Give up to ``room`` queries that may run a place at ``worker``; return whether there was any."""
        left = room
        while left and (asker := next(filter(self._may_run, self.waiting), None)):
            queue = self.waiting.pop(asker)
            future = queue.popleft()
            if queue:
                self.waiting[asker] = queue
            if not future.done():
                future.set_result(self._start(worker, asker))
                left -= 1
        return left < room

    def _look_again(self) -> None:
        """Look again soon whether what waits may run, if that is for time, or other processes, to say."""
        if self.look is not None or not self.waiting:
            return
        if (busy := self._is_busy()) or self.runs is not None or self._must_yield():
            seconds = BRIEF_SECONDS if busy else _LOOK_SECONDS
            self.look = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        self.look = None
        self._dispatch()

    def _start(self, worker: W, asker: Asker) -> Place[W]:
        place = Place(worker, asker, asyncio.get_running_loop().time())
        self.running[place] = None
        self.shares[asker.client] += 1
        if self.runs is not None:
            self.runs.add(asker.client, 1)
        return place
