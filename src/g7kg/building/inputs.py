"""All that a build reads, as one digest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from g7kg.building.work import WorkFolder


def digest_inputs(work: WorkFolder, folders: Iterable[Path], *purpose: str) -> str:
    """Return the key of what this program makes of all files in ``folders``, and of the date that it is given.

    ``purpose`` says what is made of them, and how.
    """
    date = str(os.environ.get("SOURCE_DATE_EPOCH"))
    return work.make_key(*(text.encode() for text in (*purpose, date)), *_list_files(folders))


def _list_files(folders: Iterable[Path]) -> Iterator[bytes]:
    """Yield path and SHA-256 of each file, folder by folder; what cannot be read, whoever needs it will complain of."""
    for path in (path for folder in folders for path in sorted(_walk(folder))):
        with suppress(OSError), path.open("rb") as file:
            yield os.fsencode(path) + hashlib.file_digest(file, "sha256").digest()


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files below ``folder``, through symbolic links, too, but into each folder once."""
    seen: set[str] = set()
    for root, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        if real in seen:
            folders.clear()
        else:
            yield from (path for path in (Path(root, name) for name in files) if path.is_file())
        seen.add(real)
