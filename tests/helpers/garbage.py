"""Garbage as it is collected wherever that happens to be: in another thread than the one that left it."""

import gc
import threading
from collections.abc import Callable

import pytest

from g7kg.errors import G7kgError


def collect_elsewhere(fail: Callable[[], object]) -> list[object]:
    """Have a thread call what fails and keep the error in a circle; return what cannot be dropped by this thread."""
    lost: list[object] = []

    def keep() -> None:
        kept: list[object] = []
        try:
            fail()
        except G7kgError as error:
            kept += [error, kept]
        assert kept

    gc.disable()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.unraisablehook", lost.append)
            thread = threading.Thread(target=keep)
            thread.start()
            thread.join()
            gc.collect()
    finally:
        gc.enable()
    return lost
