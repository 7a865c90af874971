"""The pool of workers: takes an idle one, holds it to the deadline, replaces it when it fails."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final, Protocol, Self

from g7kg.engine.admission import Admission, AdmissionSettings
from g7kg.engine.limits import Limits
from g7kg.engine.remote import Service
from g7kg.engine.request import EngineRequest, Frame, read_error
from g7kg.engine.template import TemplateSettings
from g7kg.engine.template_link import TemplateLink
from g7kg.engine.worker_link import Recalled, Turn, WorkerLink
from g7kg.errors import (
    ClientLeft,
    EngineError,
    G7kgError,
    Location,
    QueryTimeout,
    WorkspaceError,
)
from g7kg.http.negotiation import IDENTITY
from g7kg.http.tally import Tally
from g7kg.sandbox.confinement import count_processors

SHORTEST_SECONDS: Final = 0.05
"""The shortest deadline that a client may ask for: each that expires costs a worker."""

LONGEST_PAUSE: Final = 2.0
"""The longest pause, in seconds, between two attempts to start a worker."""

logger = logging.getLogger(__name__)


_WORKERS: Final = 6
"""Workers a processor: for queries that take long, of which one client may have half. Light ones run one a processor:
each worker has its own copy of the store in the processor's cache, and several at once took twice the time each."""


_LINE: Final = 4
"""Queries that a worker may have, the one that it is at and those behind it: it need not be woken for these. One that
asks a service has one."""


@dataclass(frozen=True)
class PoolSettings:
    """Number of worker processes, deadline of a query in seconds, limits of an answer; the rest has one good value.

    ``queue`` queries may wait, ``per_client`` of one client: with six workers a processor that is a few seconds of
    light queries, and who would wait longer had better ask again. ``in_memory`` is the largest store, in quads, that
    the workers hold in memory; a larger one they read from the disk, because at a million quads memory was slower and
    took six times as much. Half of the workers, or the only one, may run queries of one client at once.
    """

    workers: int = field(default_factory=lambda: _WORKERS * count_processors())
    deadline: float = 10.0
    limits: Limits = field(default_factory=Limits)
    queue: int = 96
    per_client: int = 24
    in_memory: int = 250_000

    @property
    def admission(self) -> AdmissionSettings:
        """The bounds of the queue that follow from the settings."""
        share = max(1, self.workers // 2)
        brief = max(1, self.workers // _WORKERS)
        return AdmissionSettings(
            share=share, brief=brief, line=_LINE, queue=self.queue, per_client=self.per_client, wait=self.deadline
        )


@dataclass(frozen=True)
class Answer:
    """The answer to a query: names of its format and its content coding; its body, whole or as a stream of chunks; and
    those of the IRIs named in the request that the store does not know.

    Whoever takes an answer must ``close`` it, read or not.
    """  # noqa: D205 - one sentence

    format: str
    body: bytes | AsyncIterator[bytes]
    encoding: str = IDENTITY
    close: Callable[[], None] = lambda: None
    unknown: tuple[str, ...] = ()


class Engine(Protocol):
    """What answers queries."""

    async def run(self, request: EngineRequest, timeout: float | None = None) -> Answer:  # noqa: ASYNC109
        """Return the answer to ``request``; ``timeout`` (seconds) may shorten the deadline.

        Raises ``QueryError``, ``NotAcceptable``, ``QueryTimeout``, ``TooLarge``, ``Overload``, or ``EngineError``. A
        stream that cannot be finished raises one of them too, after its last chunk.
        """


@dataclass(frozen=True)
class ClientEngine:
    """The engine as one client has it: its queries count towards its share, and yield to others where they are to."""

    pool: Pool
    client: str
    yields: bool = False

    async def run(self, request: EngineRequest, timeout: float | None = None) -> Answer:  # noqa: ASYNC109
        """Return the answer to ``request``, as ``Engine`` says."""
        return await self.pool.run(request, self.client, timeout, yields=self.yields)


class Pool:
    """Worker processes over one store of ``quads`` quads. Use it as an asynchronous context manager.

    ``store`` is a folder, or a service, to which each worker then has a connection of its own.

    ``ended`` counts the workers that were ended, by the kind of error that their query met; ``waits`` the queries that
    wait, over several processes.
    """

    def __init__(
        self,
        store: Path | Service,
        quads: int,
        settings: PoolSettings,
        ended: Counter[str] | None = None,
        waits: Tally | None = None,
    ) -> None:
        self.store = store
        self.settings = settings
        self.template = TemplateLink(_describe(store, quads, settings))
        bounds = settings.admission if isinstance(store, Path) else replace(settings.admission, line=1)
        self.admission = Admission[WorkerLink](bounds, self.end_worker, waits)
        self.workers: set[WorkerLink] = set()
        self.ended: Counter[str] = Counter() if ended is None else ended
        self.closing = False
        self.tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Start the workers; ``WorkspaceError`` if they cannot open the store."""
        try:
            await asyncio.gather(*(self._start() for _ in range(self.settings.workers)))
        except (G7kgError, OSError) as error:
            await self.__aexit__()
            message = f"the store cannot be opened: {getattr(error, 'message', error)}"
            raise WorkspaceError(
                message, location=Location(self.template.settings.store), hint="see the log"
            ) from error
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the workers."""
        self.closing = True
        for task in tuple(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for worker in tuple(self.workers):
            self.end_worker(worker, EngineError("the server is shutting down"))
        await self.template.close()

    async def run(
        self,
        request: EngineRequest,
        client: str = "",
        timeout: float | None = None,  # noqa: ASYNC109
        *,
        yields: bool = False,
    ) -> Answer:
        """Return the answer to ``request`` of ``client``, as ``Engine`` says; see ``Admission`` for what ``yields``."""
        seconds = min(max(timeout or self.settings.deadline, SHORTEST_SECONDS), self.settings.deadline)
        again = False
        while True:
            place = await self.admission.take(client, yields=yields, again=again)
            turn = place.worker.ask(request, partial(self.admission.give_back, place))
            timer = asyncio.get_running_loop().call_later(seconds, _expire, turn, seconds)
            try:
                kind, payload = await turn.read()
            except Recalled:
                timer.cancel()
                again = True
            except BaseException:
                timer.cancel()
                turn.worker.end_turn(turn, ClientLeft("the client has left"))
                raise
            else:
                return _begin(turn, timer, kind, payload)

    def end_worker(self, worker: WorkerLink, reason: G7kgError) -> None:
        """End ``worker`` with ``reason`` for its query, and start another in its place."""
        worker.end(reason)
        self.admission.remove(worker)
        if worker in self.workers:
            self.workers.discard(worker)
            self.ended["Retired" if self.closing else type(reason).__name__] += 1
            self.template.kill(worker)
            self._replace()

    async def _start(self) -> None:
        worker = await self.template.fork(self.end_worker)
        worker.vacated = partial(self.admission.add, worker)
        self.workers.add(worker)
        self.admission.add(worker)

    def _replace(self) -> None:
        if not self.closing:
            task = asyncio.get_running_loop().create_task(self._restart())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _restart(self) -> None:
        """Start a worker; try again, ever more slowly, until it starts."""
        for attempt in count():
            try:
                await self._start()
            except (G7kgError, OSError) as error:
                logger.warning("a worker does not start: %s", error)
                await asyncio.sleep(min(2**attempt / 10, LONGEST_PAUSE))
            else:
                return


def _expire(turn: Turn, seconds: float) -> None:
    hint = "ask for less: add a LIMIT, or bind more of the pattern"
    told = f"{seconds:g} second" + ("" if seconds == 1 else "s")
    turn.worker.end_turn(turn, QueryTimeout(f"the query ran into its deadline of {told}", hint=hint))


def _begin(turn: Turn, timer: asyncio.TimerHandle, kind: Frame, payload: bytes) -> Answer:
    """Return the answer that begins with a frame of ``kind``, or raise the error that it tells."""
    if kind is Frame.HEAD:
        stream = _Stream(turn, timer)
        name, encoding, *unknown = payload.decode().split(" ")
        return Answer(name, stream, encoding, stream.close, tuple(unknown))
    timer.cancel()
    if kind is Frame.ERROR:
        raise read_error(payload)
    head, _, body = payload.partition(b"\n")
    name, encoding, *unknown = head.decode().split(" ")
    return Answer(name, body, encoding, unknown=tuple(unknown))


class _Stream:
    """The chunks of a long answer; has its worker replaced at any other end than its own."""

    def __init__(self, turn: Turn, timer: asyncio.TimerHandle) -> None:
        self.turn = turn
        self.timer = timer
        self.finished = False
        self.closed = False

    def __aiter__(self) -> _Stream:
        return self

    async def __anext__(self) -> bytes:
        if self.closed:
            raise EngineError("the answer was closed before its end")
        if self.finished:
            raise StopAsyncIteration
        try:
            kind, payload = await self.turn.read()
        except BaseException:
            self.close()
            raise
        if kind is Frame.DATA:
            return payload
        self.finished = True
        self.timer.cancel()
        if kind is Frame.ERROR:
            raise read_error(payload)
        raise StopAsyncIteration

    def close(self) -> None:
        """Have the worker replaced if the answer has not come to its end."""
        if not self.finished and not self.closed:
            self.closed = True
            self.timer.cancel()
            self.turn.worker.end_turn(self.turn, ClientLeft("the client has left"))


def _describe(store: Path | Service, quads: int, settings: PoolSettings) -> TemplateSettings:
    if isinstance(store, Service):
        return TemplateSettings(store.address, in_memory=False, limits=settings.limits, remote=store)
    return TemplateSettings(str(store), quads <= settings.in_memory, settings.limits)
