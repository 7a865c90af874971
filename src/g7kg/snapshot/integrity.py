"""Files of a snapshot, whose digests are known without reading them again as long as they have not changed."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FileState:
    """What changes with a file's bytes: which file it is, its size, when it was written and when it was changed."""

    device: int
    inode: int
    size: int
    written: int
    changed: int


class FileDigests:
    """The SHA-256 of files, made when it is first asked for, and again when a file has changed."""

    def __init__(self) -> None:
        self.known: dict[Path, tuple[FileState, str]] = {}

    def find(self, path: Path) -> str | None:
        """Return the hexadecimal digest of the file at ``path``; ``None`` if it cannot be read. May take long."""
        try:
            state = _read_state(path.stat())
            kept = self.known.get(path)
            if kept is None or kept[0] != state:
                with path.open("rb") as file:
                    state = _read_state(os.fstat(file.fileno()))
                    kept = self.known[path] = (state, hashlib.file_digest(file, "sha256").hexdigest())
        except OSError:
            return None
        return kept[1]

    def size(self, path: Path) -> int:
        """Return how many bytes the file at ``path`` had when its digest was made."""
        return self.known[path][0].size


def _read_state(found: os.stat_result) -> FileState:
    return FileState(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
