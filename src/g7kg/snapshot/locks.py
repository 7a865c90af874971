"""Advisory locks on folders: one publisher at a time, and no snapshot removed under a server."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from g7kg.snapshot.manifest import MANIFEST


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Hold the only right to publish to ``folder``; waits for whoever has it."""
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def serve_snapshot(folder: Path) -> Iterator[None]:
    """Mark the snapshot in ``folder`` as served for as long as the context lasts."""
    with (folder / MANIFEST).open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def is_served(folder: Path) -> bool:
    """Whether a server has marked the snapshot in ``folder``."""
    try:
        with (folder / MANIFEST).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
