"""The server's end of the template: the process that forks workers and ends them."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, Final

from g7kg.engine.template import FORK, KILL, LOADED, ORDER, TemplateSettings
from g7kg.engine.worker_link import RequestPipe, WorkerLink
from g7kg.errors import EngineError, G7kgError
from g7kg.sandbox.confinement import isolate

_START_SECONDS: Final = 10.0
"""How long a worker may take until it is ready."""


_MALLOC: Final = {"MALLOC_ARENA_MAX": "1", "GLIBC_TUNABLES": "glibc.malloc.mxfast=0:glibc.malloc.tcache_count=500"}
"""One arena, for there is one thread; and what a query takes and gives back by the hundred is kept for the next one:
a light query takes two thirds of the time (mallopt(3), glibc's manual on tunables)."""

logger = logging.getLogger(__name__)


class TemplateLink:
    """A template that is started when it is first needed, and again if it is gone."""

    def __init__(self, settings: TemplateSettings) -> None:
        self.settings = settings
        self.process: asyncio.subprocess.Process | None = None
        self.control: socket.socket | None = None
        self.starting = asyncio.Lock()
        self.listening: asyncio.Task[None] | None = None

    async def fork(self, lost: Callable[[WorkerLink, G7kgError], None]) -> WorkerLink:
        """Return a new worker that is ready; ``EngineError`` if there is none to be had."""
        control = await self._start()
        with ExitStack() as unsent, _report_system_errors():
            read_request, write_request = _open_pipe(unsent)
            read_answer, write_answer = _open_pipe(unsent)
            socket.send_fds(control, [ORDER.pack(FORK, 0)], [read_request.fileno(), write_answer.fileno()])
            read_request.close()
            write_answer.close()
            unsent.pop_all()
        loop, worker = asyncio.get_running_loop(), WorkerLink(lost)
        try:
            with _report_system_errors():
                await loop.connect_read_pipe(lambda: worker, read_answer)
                worker.requests, _ = await loop.connect_write_pipe(lambda: RequestPipe(worker), write_request)
            return await self._greet(worker, control)
        except BaseException:  # such as the end of the pool
            worker.end(EngineError("the worker is not needed any more"))
            read_answer.close()
            write_request.close()
            raise

    async def _greet(self, worker: WorkerLink, control: socket.socket) -> WorkerLink:
        """Wait until ``worker``, asked for by ``control``, says that it is ready, and who it is."""
        try:
            async with asyncio.timeout(_START_SECONDS):
                _, pid = await worker.greeting.read()
        except TimeoutError as error:
            worker.end(EngineError("the worker was too slow to start"))
            await self._give_up(control)
            raise EngineError("a worker did not start in time") from error
        worker.identify(int(pid))
        return worker

    def kill(self, worker: WorkerLink) -> None:
        """End the process of ``worker`` at once: from here if the system can, for the template may be stopped.

        The template, whose child it is, waits for its end.
        """
        worker.kill()
        if self.control is not None:
            with suppress(OSError):
                self.control.send(ORDER.pack(KILL, worker.pid))

    async def close(self) -> None:
        """End the template, and with it every worker."""
        if self.control is not None:
            self.control.close()
            self.control = None
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()
            self.process = None
        if self.listening is not None:
            await self.listening
            self.listening = None

    async def _give_up(self, control: socket.socket) -> None:
        """End the template behind ``control``, which does not fork and may be stopped: the next worker is another's."""
        async with self.starting:
            if self.control is control:
                logger.error("the process that starts workers does not do it, and is replaced")
                await self.close()

    async def _start(self) -> socket.socket:
        """Return the socket to a template that can fork; ``EngineError`` if it cannot load its store."""
        async with self.starting:
            if self.control is not None and self.process is not None and self.process.returncode is None:
                return self.control
            await self.close()
            with _report_system_errors():
                control, theirs = socket.socketpair()
            with theirs, _report_system_errors(control):
                self.process = await asyncio.create_subprocess_exec(
                    *isolate("from g7kg.engine.template import main; main()", self.settings.to_json()),
                    stdin=theirs.fileno(),
                    stderr=asyncio.subprocess.PIPE,
                    env={**os.environ, **_MALLOC},
                    start_new_session=True,
                )
            self.listening = asyncio.get_running_loop().create_task(_log_output(self.process))
            control.settimeout(0)
            loaded = await asyncio.get_running_loop().sock_recv(control, len(LOADED))
            if loaded != LOADED:
                control.close()
                raise EngineError(
                    f"the store in {self.settings.store} cannot be opened", hint="build the snapshot again"
                )
            self.control = control
            return control


def _open_pipe(stack: ExitStack) -> tuple[IO[bytes], IO[bytes]]:
    """Return the two ends of a new pipe, which ``stack`` closes.

    Pipes wake a reader on the writer's processor: a round trip took 25 to 43 µs here, and 100 through sockets.
    """
    reader, writer = os.pipe()
    return stack.enter_context(os.fdopen(reader, "rb", 0)), stack.enter_context(os.fdopen(writer, "wb", 0))


@contextmanager
def _report_system_errors(opened: socket.socket | None = None) -> Iterator[None]:
    """Turn a refusal of the system, such as too many open files, into ``EngineError``; close ``opened`` then."""
    try:
        yield
    except OSError as error:
        if opened is not None:
            opened.close()
        raise EngineError(f"a worker cannot be started: {error.strerror or error}") from error


async def _log_output(process: asyncio.subprocess.Process) -> None:
    """Log what the template and its workers write on standard error, such as their last words."""
    while process.stderr is not None and (said := await process.stderr.read(4096)):
        for line in said.decode(errors="replace").splitlines():
            if line:
                logger.warning("a worker said: %s", line)
