"""Checks of other people's RDF by a server: each in a confined process of its own, a few at once, shared by clients."""

import asyncio
import logging
from asyncio.subprocess import Process
from contextlib import suppress
from typing import Final, cast

from g7kg.engine.admission import Admission, AdmissionSettings
from g7kg.errors import G7kgError, Overload, QueryTimeout
from g7kg.http.tally import Tally
from g7kg.sandbox.exchange import COMMAND, READY, CheckOutcome, CheckRequest, read_outcome

AT_ONCE: Final = 2
"""Checks that run at once; each is a process that takes about a second to start."""

START_SECONDS: Final = 30.0
"""How long a process may take to start: that is the machine's matter, and not in the deadline of a check."""

SHARE: Final = 1
"""Checks of one client that run at once."""

MOST_WAITING: Final = 32
MOST_WAITING_OF_CLIENT: Final = 8

logger = logging.getLogger(__name__)


class _Process:
    """Room for the process of one check: it has none for another."""

    vacant = prompt = False
    process: Process | None = None
    failure: G7kgError | None = None

    def end(self, reason: G7kgError) -> None:
        """End the check, which raises ``reason``."""
        self.failure = reason
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.kill()


class Checks:
    """The checks of one server: a few at once, a few waiting, admitted as queries are.

    Each may run for ``seconds`` once its process has started, and wait as long; after half of that it makes room for
    another client, if need be. ``at_once`` run in this process; ``waits`` and ``runs`` count them over all processes of
    the server.
    """

    def __init__(
        self, seconds: float, at_once: int = AT_ONCE, waits: Tally | None = None, runs: Tally | None = None
    ) -> None:
        self.seconds = seconds
        settings = AdmissionSettings(
            share=SHARE,
            queue=MOST_WAITING,
            per_client=MOST_WAITING_OF_CLIENT,
            wait=seconds,
            patience=seconds / 2,
            kind="checks",
        )
        self.admission = Admission[_Process](settings, _Process.end, waits, runs)
        for _ in range(at_once):
            self.admission.add(_Process())

    async def run(self, request: CheckRequest, client: str) -> CheckOutcome:
        """Return the outcome of ``request`` of ``client``.

        Raises ``Overload`` if too many wait, it waits too long, it has to make room, or no process can be started,
        ``ClientOverload`` if too many of this client wait, ``QueryTimeout`` if it takes too long, ``DataError`` if the
        data cannot be read.
        """
        place = await self.admission.take(client)
        try:
            return await self._run(place.worker, request)
        finally:
            self.admission.give_back(place)
            self.admission.add(_Process())

    async def _run(self, place: _Process, request: CheckRequest) -> CheckOutcome:
        process = place.process = await _start_process()
        try:
            await _send(process, request)
            async with asyncio.timeout(self.seconds):
                answer = await _output_of(process).read()
                await process.wait()  # before it is killed, which could hide how it has ended
        except TimeoutError as error:
            hint = "send less, or run g7kg validate on files"
            raise QueryTimeout("the check ran into its deadline", hint=hint) from error
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if place.failure is not None:
            raise place.failure
        return read_outcome(answer, process.returncode or 0)


async def _send(process: Process, request: CheckRequest) -> None:
    """Send ``request`` and wait until the check begins; ``Overload`` if the process takes too long to get there."""
    try:
        async with asyncio.timeout(START_SECONDS):
            requests = cast(asyncio.StreamWriter, process.stdin)
            with suppress(BrokenPipeError, ConnectionResetError):
                requests.write(request.to_bytes())
                await requests.drain()
            requests.close()
            await _output_of(process).read(len(READY))
    except TimeoutError as error:
        raise Overload("the server is too busy to start a check", hint="try again in a few seconds") from error


def _output_of(process: Process) -> asyncio.StreamReader:
    return cast(asyncio.StreamReader, process.stdout)


async def _start_process() -> Process:
    """Start the process of a check; ``Overload`` if there are no descriptors, processes or memory for it."""
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        return await asyncio.create_subprocess_exec(*COMMAND, stdin=pipe, stdout=pipe, stderr=nothing)
    except OSError as error:
        logger.warning("a check does not start: %s", error)
        raise Overload("the server cannot start a check now", hint="try again in a few seconds") from error
