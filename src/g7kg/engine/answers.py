"""Answers read by whoever wants no stream: whole, or some lines of them."""

from collections.abc import AsyncIterator

from g7kg.engine.pool import Answer


async def read_answer(answer: Answer, limit: int) -> bytes | None:
    """Return the whole body of ``answer``, or ``None`` if it has more than ``limit`` bytes."""
    body = bytearray()
    async for chunk in _read_chunks(answer):
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


async def read_lines(answer: Answer, start: int, number: int, limit: int) -> tuple[bytes | None, int]:
    """Return the head of ``answer`` with ``number`` lines from ``start`` on, and how many lines come after the head.

    The rest is not kept. ``None``: what was asked for has more than ``limit`` bytes.
    """
    kept, rest, seen = bytearray(), b"", 0
    async for chunk in _read_chunks(answer):
        *lines, rest = (rest + chunk).split(b"\n")
        wanted = [line for place, line in enumerate(lines, seen - 1) if place < 0 or start <= place < start + number]
        kept += b"".join(line + b"\n" for line in wanted)
        seen += len(lines)
        if len(kept) + len(rest) > limit:
            return None, 0
    return bytes(kept), seen - 1


async def _read_chunks(answer: Answer) -> AsyncIterator[bytes]:
    if isinstance(answer.body, bytes):
        yield answer.body
        return
    try:
        async for chunk in answer.body:
            yield chunk
    finally:
        answer.close()
