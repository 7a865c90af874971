"""Advisory locks on folders: one publisher at a time, and no snapshot removed under a server."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from g7kg.errors import WorkspaceError
from g7kg.snapshot.manifest import MANIFEST


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Hold the only right to publish to ``folder``; waits for whoever has it."""
    with _open_lock(folder) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def serve_snapshot(folder: Path) -> Iterator[None]:
    """Mark the snapshot in ``folder`` as served for as long as the context lasts.

    Raises ``WorkspaceError`` if it was removed at the last moment.
    """
    path = folder / MANIFEST
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        if not _is_still(file.fileno(), path):
            raise WorkspaceError("the snapshot was removed", location=folder, hint="try again")
        yield


@contextmanager
def claim_unserved(folder: Path) -> Iterator[bool]:
    """Keep servers from the snapshot in ``folder`` for as long as the context lasts.

    Yield ``False`` if one has marked it, or if that cannot be told.
    """
    try:
        file = (folder / MANIFEST).open()
    except OSError:
        yield False
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


@contextmanager
def _open_lock(folder: Path) -> Iterator[int]:
    """Yield the lock file in ``folder``, never that behind a link, its content untouched."""
    path = folder / ".lock"
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno not in {errno.ELOOP, errno.EISDIR, errno.ENXIO}:
            raise
        raise _refuse(path) from error
    try:
        if not stat.S_ISREG(os.fstat(lock).st_mode):
            raise _refuse(path)
        yield lock
    finally:
        os.close(lock)


def _is_still(opened: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(opened), path.stat())
    except FileNotFoundError:
        return False


def _refuse(path: Path) -> WorkspaceError:
    hint = "remove it, or choose another folder with --out"
    return WorkspaceError("the lock is no plain file", location=path, hint=hint)
