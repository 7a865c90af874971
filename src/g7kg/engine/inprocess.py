"""Queries answered by the process that asks: for notebooks and the command line, whose own queries they are."""

import io
import sys
from collections.abc import Coroutine
from pathlib import Path
from traceback import clear_frames
from typing import Any, Final, TypeVar

from pyoxigraph import Store

from g7kg.engine.evaluation import LocalStore, evaluate, write_result
from g7kg.engine.limits import Limits
from g7kg.engine.pool import Answer
from g7kg.engine.request import EngineRequest
from g7kg.errors import EngineError

T = TypeVar("T")

_UNLIMITED: Final = Limits(rows=sys.maxsize)


class InProcess:
    """An engine over ``store``, or the one in that folder. It has no deadline and no limits, and never suspends."""

    def __init__(self, store: Path | Store) -> None:
        self.store = store if isinstance(store, Store) else Store.read_only(str(store))

    async def run(self, request: EngineRequest, timeout: float | None = None) -> Answer:  # noqa: ARG002, ASYNC109
        """Return the whole answer to ``request``; ``QueryError`` and ``NotAcceptable`` as ``Engine`` says."""
        output, formats = io.BytesIO(), list[str]()
        try:
            write_result(evaluate(self.store, request), request, _UNLIMITED, output, formats.append)
        except Exception as error:
            # A result may be dropped by the thread that asked only, and whoever keeps an error keeps its frames.
            clear_frames(error.__traceback__)
            raise
        return Answer(formats[0], output.getvalue(), unknown=LocalStore(self.store).list_unknown(request.named))


def complete(work: Coroutine[Any, Any, T]) -> T:
    """Return what ``work`` comes to, which asks an engine of this process only: no event loop is needed for it.

    Raises ``EngineError`` if it waits for anything else.
    """
    try:
        work.send(None)
    except StopIteration as stop:
        found: T = stop.value
        return found
    work.close()
    raise EngineError("this work waits for more than an engine of this process")
