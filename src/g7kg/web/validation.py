"""Validation over HTTP, for those who have no Python: RDF in, a report out."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from g7kg.checks import COMMAND, DOCUMENTS, CheckOutcome, CheckRequest, Source, read_outcome
from g7kg.errors import MethodNotAllowed, Overload, QueryTimeout, UnsupportedMediaType
from g7kg.negotiation import Format, find_format, negotiate
from g7kg.validation import RENDERINGS
from g7kg.web.answers import run_while_connected
from g7kg.web.protocol import read_body
from g7kg.web.site import accept_of, site_of

FORMATS: Final = tuple(Format(name, rendering.media_type) for name, rendering in RENDERINGS.items())

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


async def answer_validate(request: Request) -> Response:
    """Return the report on the RDF in the body under the project's shapes, in the form of Accept or ``format``."""
    if request.method != "POST":
        raise MethodNotAllowed(request.method, "POST, OPTIONS")
    name = request.query_params.get("format")
    chosen = find_format(name, FORMATS) if name else negotiate(accept_of(request), FORMATS)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in DOCUMENTS:
        raise UnsupportedMediaType(f"RDF is not sent as “{media_type}”", hint="use " + ", ".join(DOCUMENTS))
    settings = site_of(request).settings.pool
    source = Source("request body", DOCUMENTS[media_type], await read_body(request))
    asked = CheckRequest((source,), (), chosen.name, settings.limits.memory)
    checks: Checks = request.app.state.checks
    outcome = await run_while_connected(request, checks.run(asked, settings.deadline))
    headers = {"Content-Type": chosen.content_type, "Cache-Control": "no-store", "Vary": "Accept"}
    return Response(outcome.text.encode(), headers=headers)


async def _run(request: CheckRequest, seconds: float) -> CheckOutcome:
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*COMMAND, stdin=pipe, stdout=pipe, stderr=nothing)
    try:
        async with asyncio.timeout(seconds):
            answer, _ = await process.communicate(request.to_bytes())
    except TimeoutError as error:
        raise QueryTimeout("the check ran into its deadline", hint="send less, or install g7kg") from error
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return read_outcome(answer)
