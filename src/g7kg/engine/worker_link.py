"""The server's end of a worker: frames that go to and from it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, cast

from g7kg.engine.request import FRAME_HEAD, EngineRequest, Frame, make_frame, read_error
from g7kg.errors import G7kgError, Overload, WorkerKilled

_AHEAD: Final = 4
"""Frames that are read ahead of whoever takes them; after these the worker has to wait."""


class RequestPipe(asyncio.Protocol):
    """The pipe to ``worker``, which breaks as soon as that is gone; of what it has died its answers tell soon after."""

    def __init__(self, worker: WorkerLink) -> None:
        self.worker = worker

    def connection_lost(self, error: Exception | None) -> None:
        """Note that the worker is gone, unless somebody waits for an answer, or for why there is none."""
        if self.worker.waiter is None:
            self.worker.connection_lost(error)


class WorkerLink(asyncio.Protocol):
    """One worker process, as the event loop sees it. ``lost`` is called once, with why, if it goes away by itself."""

    pid: int

    def __init__(self, lost: Callable[[WorkerLink, G7kgError], None]) -> None:
        self.lost = lost
        self.handle = -1
        self.failure: G7kgError | None = None
        self.answers: asyncio.ReadTransport | None = None
        self.requests: asyncio.WriteTransport | None = None
        self.received = bytearray()
        self.frames: deque[tuple[Frame, bytes]] = deque()
        self.death: G7kgError = WorkerKilled("the process that evaluated the query is gone", hint="ask again")
        self.waiter: asyncio.Future[None] | None = None

    def identify(self, pid: int) -> None:
        """Note that the process is ``pid``, and keep hold of it where the system can (pidfd_open(2), Linux)."""
        self.pid = pid
        if hasattr(os, "pidfd_open"):
            with suppress(OSError):
                self.handle = os.pidfd_open(pid)

    def kill(self) -> None:
        """End the process at once, where the system can do that from here."""
        if self.handle >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)
            os.close(self.handle)
            self.handle = -1

    def ask(self, request: EngineRequest) -> None:
        """Send ``request``."""
        if self.requests is not None and self.failure is None:
            try:
                self.requests.write(make_frame(Frame.REQUEST, request.to_bytes()))
            except (OSError, RuntimeError):  # its end is known to the event loop, but not here yet
                self.end(Overload("the worker was gone before it was asked", hint="ask again"))

    async def read(self) -> tuple[Frame, bytes]:
        """Return the next frame; raise the error with which the worker was ended, or that of which it has died."""
        while not self.frames:
            if self.failure is not None:
                raise self.failure
            self.waiter = asyncio.get_running_loop().create_future()
            try:
                await self.waiter
            finally:
                self.waiter = None
        if len(self.frames) == _AHEAD and self.answers is not None:
            self.answers.resume_reading()
        return self.frames.popleft()

    def end(self, reason: G7kgError) -> None:
        """Take nothing more from the worker: whoever reads from now on gets ``reason``."""
        if self.failure is None:
            self.failure = reason
            self.frames.clear()
            self._close()
            self._wake()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the pipe from the worker; that to it is noted by whoever opens it."""
        self.answers = cast("asyncio.ReadTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Take frames from what the worker sent."""
        self.received += data
        while len(self.received) >= FRAME_HEAD.size:
            kind, length = FRAME_HEAD.unpack_from(self.received)
            end = FRAME_HEAD.size + length
            if len(self.received) < end:
                break
            payload = bytes(self.received[FRAME_HEAD.size : end])
            del self.received[:end]
            if kind == Frame.DEAD:
                self.death = read_error(payload)
            else:
                self.frames.append((Frame(kind), payload))
        if self.frames and self.failure is None:
            if len(self.frames) >= _AHEAD and self.answers is not None:
                self.answers.pause_reading()
            self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """Note that the worker is gone."""
        del error
        if self.failure is None:
            self.failure = self.death
            self._close()
            self._wake()
            self.lost(self, self.failure)

    def _close(self) -> None:
        if self.answers is not None:
            self.answers.close()
        if self.requests is not None and not self.requests.is_closing():
            self.requests.abort()

    def _wake(self) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)
