"""A worker process: gives up what it does not need, then answers one query at a time.

It reads requests from a pipe and writes frames to another. Whatever goes wrong in it, stack overflow and exhausted
memory included, ends this process only; its pool starts another.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from io import RawIOBase

from pyoxigraph import Store

from g7kg.engine.evaluation import evaluate, write_result
from g7kg.engine.limits import Limits
from g7kg.engine.output import FramedOutput
from g7kg.engine.request import FRAME_HEAD, EngineRequest, Frame
from g7kg.errors import EngineError, NotAcceptable, QueryError, TooLarge


def work(store: Store, limits: Limits, requests: int, answers: int) -> None:
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


def _answer(store: Store, request: EngineRequest, limits: Limits, send: Callable[[bytes], None]) -> None:
    output = FramedOutput(send, request.encoding, limits)
    try:
        write_result(evaluate(store, request), request, limits, output, output.begin)
    except (QueryError, NotAcceptable, TooLarge) as error:
        output.fail(error)
    except ConnectionError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever an evaluation raises is reported, and the worker lives on
        output.fail(EngineError(f"the evaluation failed: {error}"))
    else:
        output.finish()
