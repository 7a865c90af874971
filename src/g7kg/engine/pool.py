"""The pool of workers: takes an idle one, holds it to the deadline, replaces it when it fails."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final, Self

from g7kg.engine.request import FRAME_HEAD, EngineRequest, Frame
from g7kg.errors import (
    EngineError,
    G7kgError,
    Location,
    NotAcceptable,
    Overload,
    QueryError,
    QueryTimeout,
    WorkspaceError,
)

_ERRORS: Final[dict[str, type[G7kgError]]] = {
    class_.__name__: class_ for class_ in (QueryError, NotAcceptable, EngineError)
}


logger = logging.getLogger(__name__)

START_SECONDS: Final = 30.0
"""How long a worker may take to open the store."""


@dataclass(frozen=True)
class PoolSettings:
    """Number of worker processes, deadline of a query in seconds, memory of a worker in bytes, length of the queue."""

    workers: int = field(default_factory=lambda: os.cpu_count() or 2)
    deadline: float = 10.0
    memory: int = 1 << 30
    queue: int = 64


@dataclass(frozen=True)
class Answer:
    """The answer to a query: the name of its format and its body, either whole or as a stream of chunks.

    Whoever takes an answer must ``close`` it, read or not.
    """

    format: str
    body: bytes | AsyncIterator[bytes]
    close: Callable[[], None] = lambda: None


class Pool:
    """Worker processes over one store. Use it as an asynchronous context manager."""

    def __init__(self, store: Path, settings: PoolSettings) -> None:
        self.store = store
        self.settings = settings
        self.idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self.started: set[_Worker] = set()
        self.workers: set[_Worker] = set()
        self.waiting = 0
        self.closing = False
        self.tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Start the workers; ``WorkspaceError`` if they cannot open the store."""
        try:
            await asyncio.gather(*(self._start() for _ in range(self.settings.workers)))
        except EngineError as error:
            await self.__aexit__()
            hint = "build the snapshot again"
            raise WorkspaceError("the store cannot be opened", location=Location(str(self.store)), hint=hint) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the workers."""
        self.closing = True
        for task in tuple(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await asyncio.gather(*(self._reap(worker) for worker in tuple(self.started)))

    async def run(self, request: EngineRequest) -> Answer:
        """Return the answer to ``request``.

        Raises ``QueryError``, ``NotAcceptable``, ``QueryTimeout``, ``Overload``, or ``EngineError`` if a worker fails.
        A stream that cannot be finished raises one of them too, after its last chunk.
        """
        worker = await self._take()
        end = asyncio.get_running_loop().time() + self.settings.deadline
        try:
            kind, payload = await worker.ask(request, end)
        except BaseException:
            self.replace(worker)
            raise
        if kind is Frame.HEAD:
            stream = _Stream(self, worker, end)
            return Answer(payload.decode(), stream, stream.close)
        self.give_back(worker)
        if kind is Frame.ERROR:
            raise _read_error(payload)
        name, _, body = payload.partition(b"\n")
        return Answer(name.decode(), body)

    async def _take(self) -> _Worker:
        if self.waiting >= self.settings.queue:
            raise Overload("too many queries are waiting", hint="try again in a few seconds")
        self.waiting += 1
        try:
            async with asyncio.timeout(self.settings.deadline):
                worker = await self.idle.get()
                while worker.process.returncode is not None:
                    self.replace(worker)
                    worker = await self.idle.get()
                return worker
        except TimeoutError as error:
            raise Overload("no worker became free in time", hint="try again in a few seconds") from error
        finally:
            self.waiting -= 1

    async def _start(self) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "g7kg.engine.worker",
            str(self.store),
            str(self.settings.memory),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "MALLOC_ARENA_MAX": "1"},
            start_new_session=True,
        )
        worker = _Worker(process)
        self.started.add(worker)
        try:
            await worker.read(asyncio.get_running_loop().time() + START_SECONDS)
        except G7kgError:
            await self._reap(worker)
            raise
        self.workers.add(worker)
        self.idle.put_nowait(worker)

    async def _reap(self, worker: _Worker) -> None:
        await worker.end()
        self.started.discard(worker)

    async def _restart(self, gone: _Worker) -> None:
        """Start a worker in the place of one that is gone; try again, ever more slowly, until it starts."""
        await self._reap(gone)
        for attempt in count():
            try:
                await self._start()
            except G7kgError as error:
                logger.warning("a worker does not start: %s", error)
                await asyncio.sleep(min(2**attempt / 10, 30))
            else:
                return

    def give_back(self, worker: _Worker) -> None:
        """Have ``worker`` ready for the next query."""
        self.idle.put_nowait(worker)

    def replace(self, worker: _Worker) -> None:
        """End ``worker`` and start another in its place."""
        worker.kill()
        self.workers.discard(worker)
        if not self.closing:
            task = asyncio.get_running_loop().create_task(self._restart(worker))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)


class _Worker:
    """One worker process and the frames that go to and from it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.ended = False

    async def ask(self, request: EngineRequest, end: float) -> tuple[Frame, bytes]:
        """Send ``request`` and return the first frame of the answer."""
        payload = request.to_bytes()
        if self.process.stdin is None:
            raise EngineError("the worker has no input")
        self.process.stdin.write(FRAME_HEAD.pack(Frame.REQUEST, len(payload)) + payload)
        return await self.read(end)

    async def read(self, end: float) -> tuple[Frame, bytes]:
        """Return the next frame; ``QueryTimeout`` at loop time ``end``, ``EngineError`` if the worker has died."""
        if self.process.stdout is None:
            raise EngineError("the worker has no output")
        try:
            async with asyncio.timeout_at(end):
                kind, length = FRAME_HEAD.unpack(await self._read_bytes(self.process.stdout, FRAME_HEAD.size))
                return Frame(kind), await self._read_bytes(self.process.stdout, length)
        except TimeoutError as error:
            hint = "ask for less: add a LIMIT, or bind more of the pattern"
            raise QueryTimeout("the query ran into its deadline", hint=hint) from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            hint = "the query may need too much memory or be nested too deep"
            raise EngineError("the worker that evaluated the query has died", hint=hint) from error

    async def _read_bytes(self, output: asyncio.StreamReader, size: int) -> bytes:
        data = await output.readexactly(size)
        if self.ended:
            raise EngineError("the worker that evaluated the query was ended")
        return data

    async def end(self) -> None:
        """End the process and wait until it is gone.

        What it wrote and nobody read is read here: asyncio does not see a process end while its output is held up.
        Whoever waited for output may still be about to notice; two readers must not wait at once, so this one tries.
        """
        self.kill()
        while self.process.stdout is not None and not self.process.stdout.at_eof():
            with suppress(TimeoutError, RuntimeError):
                async with asyncio.timeout(0.1):
                    await self.process.stdout.read()
            await asyncio.sleep(0)
        await self.process.wait()

    def kill(self) -> None:
        """End the process at once; nothing more is taken from it."""
        self.ended = True
        if self.process.returncode is None:
            self.process.kill()


class _Stream:
    """The chunks of a long answer; gives its worker back at the end, and has it replaced at any other end."""

    def __init__(self, pool: Pool, worker: _Worker, end: float) -> None:
        self.pool = pool
        self.worker: _Worker | None = worker
        self.end = end
        self.expired = False
        self.timer = asyncio.get_running_loop().call_at(end, self._expire)

    def __aiter__(self) -> _Stream:
        return self

    async def __anext__(self) -> bytes:
        if self.expired:
            raise QueryTimeout("the answer was not read before its deadline")
        if self.worker is None:
            raise StopAsyncIteration
        try:
            kind, payload = await self.worker.read(self.end)
        except EngineError as error:
            self.close()
            raise self._explain(error) from error
        except BaseException:
            self.close()
            raise
        if kind is Frame.DATA:
            return payload
        self.timer.cancel()
        self.pool.give_back(self.worker)
        self.worker = None
        if kind is Frame.ERROR:
            raise _read_error(payload)
        raise StopAsyncIteration

    def _explain(self, error: EngineError) -> EngineError:
        return QueryTimeout("the query ran into its deadline") if self.expired else error

    def close(self) -> None:
        """Have the worker replaced if the answer has not come to its end."""
        self.timer.cancel()
        if self.worker is not None:
            self.pool.replace(self.worker)
            self.worker = None

    def _expire(self) -> None:
        """End the query at its deadline even if nobody reads: a slow client holds no worker."""
        self.expired = self.worker is not None
        self.close()


def _read_error(payload: bytes) -> G7kgError:
    name, message, hint = json.loads(payload)
    return _ERRORS.get(name, EngineError)(message, hint=hint)
