"""Checks of other people's RDF by a server: each in a confined process of its own, a few at once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from g7kg.errors import Overload, QueryTimeout
from g7kg.sandbox.exchange import COMMAND, CheckOutcome, CheckRequest, read_outcome

AT_ONCE: Final = 2
"""Checks that run at once; each is a process that takes about a second to start."""

MOST_WAITING: Final = 8


class Checks:
    """The checks of one server: a few at once, a few waiting."""

    def __init__(self) -> None:
        self.slots = asyncio.Semaphore(AT_ONCE)
        self.waiting = 0

    async def run(self, request: CheckRequest, seconds: float) -> CheckOutcome:
        """Return the outcome of ``request``.

        Raises ``Overload`` if too many wait, ``QueryTimeout`` if it takes more than ``seconds``, ``DataError`` if the
        data cannot be read.
        """
        if self.waiting >= MOST_WAITING:
            raise Overload("too many checks are waiting", hint="try again in a few seconds")
        self.waiting += 1
        try:
            async with self.slots:
                return await _run(request, seconds)
        finally:
            self.waiting -= 1


async def _run(request: CheckRequest, seconds: float) -> CheckOutcome:
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*COMMAND, stdin=pipe, stdout=pipe, stderr=nothing)
    try:
        async with asyncio.timeout(seconds):
            answer, _ = await process.communicate(request.to_bytes())
    except TimeoutError as error:
        raise QueryTimeout(
            "the check ran into its deadline", hint="send less, or run g7kg validate on files"
        ) from error
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return read_outcome(answer)
