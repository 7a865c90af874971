"""Answers of the engine to HTTP responses."""

from __future__ import annotations

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
