"""All that a build reads, as one digest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from g7kg.build.work import WorkFolder
from g7kg.errors import WorkspaceError
from g7kg.texts.files import MOST, open_plain


def digest_inputs(work: WorkFolder, folders: Iterable[Path], *purpose: str) -> str:
    """Return the key of what this program makes of all files in ``folders``, and of the date that it is given.

    ``purpose`` says what is made of them, and how. Each folder counts, also one that is empty or not there.
    """
    date = os.environb.get(b"SOURCE_DATE_EPOCH")
    dated = (b"undated",) if date is None else (b"dated", date)
    return work.make_key(*map(str.encode, purpose), *dated, *_list_files(folders))


def _list_files(folders: Iterable[Path]) -> Iterator[bytes]:
    """Yield for each folder its path in itself, and path there and SHA-256 of each file; what is not read has none."""
    for folder in folders:
        yield b"."
        for path in sorted(_walk(folder)):
            yield os.fsencode(path.relative_to(folder))
            yield _digest_file(path)


def _digest_file(path: Path) -> bytes:
    try:
        with open_plain(path) as file:
            if os.fstat(file.fileno()).st_size <= MOST:
                return hashlib.file_digest(file, "sha256").digest()
    except (OSError, WorkspaceError):
        pass
    return b"unreadable"  # whoever needs it will complain of it


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files below ``folder``, through symbolic links, too, but into each folder once."""
    seen: set[str] = set()
    for root, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        if real in seen:
            folders.clear()
        else:
            yield from (Path(root, name) for name in files)
        seen.add(real)
