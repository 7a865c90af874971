"""Answers of the engine to HTTP responses."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from g7kg.engine import Answer


class AnswerResponse(StreamingResponse):
    """Streams a long answer, and closes it however the exchange ends.

    An error after the first byte breaks the connection off, so that nobody takes a part for the whole.
    """

    def __init__(self, answer: Answer, headers: dict[str, str]) -> None:
        if isinstance(answer.body, bytes):
            raise TypeError("a whole answer needs no stream")
        super().__init__(answer.body, headers=headers)
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.answer.close()


def respond(answer: Answer, headers: dict[str, str]) -> Response:
    """Return the response with the body of ``answer`` and ``headers``."""
    if isinstance(answer.body, bytes):
        return Response(answer.body, headers=headers)
    return AnswerResponse(answer, headers)


async def read_answer(answer: Answer, limit: int) -> bytes | None:
    """Return the whole body of ``answer``, or ``None`` if it has more than ``limit`` bytes."""
    if isinstance(answer.body, bytes):
        return answer.body if len(answer.body) <= limit else None
    body = bytearray()
    try:
        async for chunk in answer.body:
            body += chunk
            if len(body) > limit:
                return None
    finally:
        answer.close()
    return bytes(body)


async def run_while_connected(request: Request, work: Coroutine[None, None, Answer]) -> Answer:
    """Return the answer that ``work`` comes to; if the client leaves before, end it and raise ``ClientDisconnect``."""
    task = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_wait_for_leave(request))
    try:
        await asyncio.wait((task, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        leaving.cancel()
        task.cancel()


async def _wait_for_leave(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
