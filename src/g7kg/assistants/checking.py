"""Checks of other people's RDF, each in a confined process of its own."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from g7kg.checks import COMMAND, CheckOutcome, CheckRequest, Source, read_outcome
from g7kg.errors import Overload, QueryTimeout, TooLarge

AT_ONCE: Final = 2
"""Checks that run at once; each is a process that takes about a second to start."""

MOST_WAITING: Final = 8

MOST_BYTES: Final = 1 << 20
"""The longest document that is checked."""


class Checks:
    """The checks of one server: a few at once, a few waiting; each may take ``memory`` bytes and ``seconds``."""

    def __init__(self, memory: int, seconds: float) -> None:
        self.memory = memory
        self.seconds = seconds
        self.slots = asyncio.Semaphore(AT_ONCE)
        self.waiting = 0

    async def run(self, text: str, form: str) -> CheckOutcome:
        """Return the outcome for ``text``, RDF in the format ``form``, under the project's shapes, as plain JSON.

        Raises ``TooLarge`` for more than ``MOST_BYTES``, ``Overload`` if too many checks wait, ``QueryTimeout`` if it
        takes too long, ``DataError`` if the text cannot be read.
        """
        data = text.encode(errors="surrogatepass")
        if len(data) > MOST_BYTES:
            hint = f"send at most {MOST_BYTES:,} at once, or run g7kg validate on files"
            raise TooLarge(f"the document has {len(data):,} bytes", hint=hint)
        if self.waiting >= MOST_WAITING:
            raise Overload("too many checks are waiting", hint="try again in a few seconds")
        self.waiting += 1
        try:
            async with self.slots:
                request = CheckRequest((Source("rdf", form, data),), (), "json", self.memory)
                return await _run(request, self.seconds)
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
