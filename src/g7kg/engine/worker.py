"""A worker process: gives up what it does not need, then answers one query at a time.

It reads requests from a pipe and writes frames to another. Whatever goes wrong in it, stack overflow and exhausted
memory included, ends this process only; its pool starts another.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from io import RawIOBase
from typing import Protocol

from g7kg.engine.evaluation import Result, write_result
from g7kg.engine.limits import Limits
from g7kg.engine.output import FramedOutput
from g7kg.engine.request import FRAME_HEAD, EngineRequest, Frame
from g7kg.errors import EngineError, G7kgError


class Queried(Protocol):
    """What a worker asks: a store of its own, or one behind a service."""

    def answer(self, request: EngineRequest) -> AbstractContextManager[Result]:
        """Return the context in which the result of ``request`` can be read; raises the project's errors."""


def work(store: Queried, limits: Limits, requests: int, answers: int) -> None:
    """Say that the worker is ready, then answer what comes from the file ``requests`` to the file ``answers``.

    Ends with ``requests``; raises ``ConnectionError`` if nobody is there to read the answers.
    """
    with os.fdopen(requests, "rb") as source, os.fdopen(answers, "wb", buffering=0) as target:
        send = partial(_write_all, target)
        FramedOutput(send, "", limits).send(Frame.READY, str(os.getpid()).encode())
        while head := source.read(FRAME_HEAD.size):
            _, length = FRAME_HEAD.unpack(head)
            _answer(store, EngineRequest.from_bytes(source.read(length)), limits, send)


def _write_all(target: RawIOBase, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[target.write(rest) :]


def _answer(store: Queried, request: EngineRequest, limits: Limits, send: Callable[[bytes], None]) -> None:
    output = FramedOutput(send, request.encoding, limits)
    try:
        with store.answer(request) as result:
            write_result(result, request, limits, output, output.begin)
    except G7kgError as error:
        output.fail(error)
    except ConnectionError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever an evaluation raises is reported, and the worker lives on
        output.fail(EngineError(f"the evaluation failed: {error}"))
    else:
        output.finish()
