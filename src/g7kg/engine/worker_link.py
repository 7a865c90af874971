"""The server's end of a worker: frames that go to and from it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Final, cast

from g7kg.engine.admission import BRIEF_SECONDS
from g7kg.engine.request import EngineRequest, Frame, make_frame, read_error, take_frames
from g7kg.errors import ClientLeft, G7kgError, WorkerKilled

_AHEAD: Final = 4
"""Frames that are read ahead of whoever takes them; after these the worker has to wait."""

_PATIENCE: Final = 1.0
"""So many seconds the worker may be at what nobody waits for any more; to replace it costs more than that may."""

_LAST: Final = frozenset({Frame.READY, Frame.COMPLETE, Frame.END, Frame.ERROR, Frame.RECALLED})
"""With these a turn is over."""


class Recalled(Exception):
    """The worker did not come to the request in time: it is to be sent to another."""


class Turn:
    """A request's turn at a worker, with the frames that answer it; ``ended`` is called once, when it is over."""

    def __init__(self, worker: WorkerLink, ended: Callable[[], object]) -> None:
        self.worker = worker
        self.ended = ended
        self.over = False
        self.failure: Exception | None = None
        self.frames: deque[tuple[Frame, bytes]] = deque()
        self.waiter: asyncio.Future[None] | None = None

    async def read(self) -> tuple[Frame, bytes]:
        """Return the next frame; raise ``Recalled``, or the error with which the turn was ended."""
        while not self.frames:
            if self.failure is not None:
                raise self.failure
            self.waiter = asyncio.get_running_loop().create_future()
            try:
                await self.waiter
            finally:
                self.waiter = None
        if len(self.frames) == _AHEAD and not self.over:
            self.worker.resume()
        return self.frames.popleft()

    def take(self, kind: Frame, payload: bytes) -> None:
        """Note a frame for whoever reads."""
        self.frames.append((kind, payload))
        self._wake()
        if kind in _LAST:
            self.over = True
            self.ended()

    def fail(self, reason: Exception) -> None:
        """End the turn: whoever reads from now on gets ``reason``; who is to ask again keeps the place until then."""
        if not self.over:
            self.over = True
            self.failure = reason
            self.frames.clear()
            self._wake()
            if isinstance(reason, Recalled):
                asyncio.get_running_loop().call_later(0, self.ended)
            else:
                self.ended()

    def _wake(self) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)


class RequestPipe(asyncio.Protocol):
    """The pipe to ``worker``, which breaks as soon as that is gone; of what it has died its answers tell soon after."""

    def __init__(self, worker: WorkerLink) -> None:
        self.worker = worker

    def connection_lost(self, error: Exception | None) -> None:
        """Note that the worker is gone, unless somebody waits for an answer, or for why there is none."""
        if not self.worker.line:
            self.worker.connection_lost(error)
        elif isinstance(error, BrokenPipeError):  # the last request did not get there
            self.worker.line[-1].fail(Recalled())


class WorkerLink(asyncio.Protocol):
    """One worker process, as the event loop sees it. ``lost`` is called once, with why, if it is of no use any more.

    ``line`` has the turns whose requests it was sent and has not answered. It is at the first of them; if that takes
    long, the others are taken back. ``vacated`` is called when the last of them was one that nobody waits for any more.
    """

    pid: int

    def __init__(self, lost: Callable[[WorkerLink, G7kgError], object]) -> None:
        self.lost = lost
        self.vacated: Callable[[], object] = lambda: None
        self.handle = -1
        self.failure: G7kgError | None = None
        self.answers: asyncio.ReadTransport | None = None
        self.requests: asyncio.WriteTransport | None = None
        self.received = bytearray()
        self.greeting = Turn(self, lambda: None)
        self.line = deque([self.greeting])
        self.begun = 0.0
        self.watch: asyncio.TimerHandle | None = None
        self.death: G7kgError = WorkerKilled("the process that evaluated the query is gone", hint="ask again")

    @property
    def vacant(self) -> bool:
        """Whether it was asked nothing that it has not answered."""
        return not self.line

    @property
    def prompt(self) -> bool:
        """Whether it has begun only just now with the first of its line, which somebody waits for."""
        age = asyncio.get_running_loop().time() - self.begun
        return bool(self.line) and not self.line[0].over and age < BRIEF_SECONDS

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

    def ask(self, request: EngineRequest, ended: Callable[[], object]) -> Turn:
        """Send ``request``; return its turn, of which ``ended`` is told when it is over."""
        turn = Turn(self, ended)
        if self.failure is None:
            self._send(Frame.REQUEST, request.to_bytes())
        if self.failure is not None:
            turn.fail(Recalled())
            return turn
        self.line.append(turn)
        if len(self.line) == 1:
            self.begun = asyncio.get_running_loop().time()
        elif self.watch is None:
            self._watch(BRIEF_SECONDS)
        return turn

    def end_turn(self, turn: Turn, reason: G7kgError) -> None:
        """End ``turn`` with ``reason``, and the worker with it if it is at that."""
        if self.line and self.line[0] is turn:
            self._lose(reason)
        turn.fail(reason)

    def resume(self) -> None:
        """Read on, where that was paused because nobody took what was read."""
        if self.answers is not None:
            self.answers.resume_reading()

    def end(self, reason: G7kgError) -> None:
        """Take nothing more from the worker: what it is at is ended with ``reason``, what waits is asked of another."""
        if self.failure is None:
            self.failure = reason
            if self.watch is not None:
                self.watch.cancel()
            self._close()
            line, self.line = self.line, deque()
            for turn in reversed(line):
                turn.fail(reason if turn is line[0] else Recalled())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the pipe from the worker; that to it is noted by whoever opens it."""
        self.answers = cast("asyncio.ReadTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Take frames from what the worker sent."""
        self.received += data
        for kind, payload in take_frames(self.received):
            self._take(kind, payload)

    def connection_lost(self, error: Exception | None) -> None:
        """Note that the worker is gone."""
        del error
        if self.failure is None:
            self._lose(self.death)

    def _take(self, kind: Frame, payload: bytes) -> None:
        if kind is Frame.DEAD:
            self.death = read_error(payload)
        elif self.line:
            turn = self.line[0]
            if kind in _LAST:
                self.line.popleft()
                self.begun = asyncio.get_running_loop().time()
            elif kind is Frame.HEAD:  # a long answer is as one that has begun long ago
                self.begun = -inf
                self._recall()
            if turn.over:
                if not self.line:
                    self.vacated()
            elif kind is Frame.RECALLED:  # the worker had not even begun with the first of the line
                turn.fail(Recalled())
            else:
                turn.take(kind, payload)
                if len(turn.frames) >= _AHEAD and self.answers is not None:
                    if turn.over:  # what comes next is for another
                        self.answers.resume_reading()
                    else:
                        self.answers.pause_reading()

    def _watch(self, seconds: float) -> None:
        self.watch = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        """See to it that nobody waits for long behind what takes long, and that this is done for somebody."""
        self.watch = None
        if not self.line or (len(self.line) == 1 and not self.line[0].over):
            return
        age = asyncio.get_running_loop().time() - self.begun
        if age < BRIEF_SECONDS:
            self._watch(BRIEF_SECONDS - age)
        elif self.line[0].over and age >= _PATIENCE:
            self._lose(ClientLeft("nobody waits for the answer any more"))
        else:
            self._recall()
            self._watch(_PATIENCE)

    def _recall(self) -> None:
        """Take back what is behind the first of the line; the last first, for each will be the next of its client."""
        waiting = [turn for turn in self.line if turn is not self.line[0] and not turn.over]
        if waiting:
            self._send(Frame.RECALL, b"")
        for turn in reversed(waiting):
            turn.fail(Recalled())

    def _send(self, kind: Frame, payload: bytes) -> None:
        if self.requests is not None:
            try:
                self.requests.write(make_frame(kind, payload))
            except (OSError, RuntimeError):  # its end is known to the event loop, but not here yet
                self._lose(self.death)

    def _lose(self, reason: G7kgError) -> None:
        """End the worker with ``reason``, and say so."""
        self.end(reason)
        self.lost(self, reason)

    def _close(self) -> None:
        if self.answers is not None:
            self.answers.close()
        if self.requests is not None and not self.requests.is_closing():
            self.requests.abort()
