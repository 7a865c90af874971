"""Answers read whole, by whoever wants no stream."""

from g7kg.engine.pool import Answer


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
