"""Finished pieces of work, kept under the digest of everything that they depend on.

A build that was broken off, and the next one, find here what need not be done again.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from g7kg.errors import WorkspaceError
from g7kg.snapshot.manifest import digest_file
from g7kg.snapshot.publish import WORK, mark_output
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
    seen: set[str] = set()
    for root, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        if real in seen:
            folders.clear()
        else:
            yield from (Path(root, name) for name in files)
        seen.add(real)


UNUSED_DAYS: Final = 14
"""What no build has used for so long is removed."""

_PIECE: Final = re.compile(r"[0-9a-f]{64}(\.[a-z]+)+")
_UNFINISHED: Final = ".unfinished-"
_DAY: Final = 86_400
_LIBRARIES: Final = ("pyarrow", "pyoxigraph", "pyshacl", "rdflib", "shacl", "pyyaml")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkFolder:
    """A folder of finished pieces: each is a file named by a key and a suffix, and never changes."""

    path: Path

    @cached_property
    def program(self) -> str:
        """The digest of this program and the versions of what it works with: another may do the work otherwise."""
        package = Path(__file__).parents[1]
        digest = hashlib.sha256(sys.version.encode())
        for name in _LIBRARIES:
            with suppress(PackageNotFoundError):
                digest.update(f"{name} {version(name)}\n".encode())
        for path in sorted(path for path in package.rglob("*") if path.suffix in {".py", ".ttl"}):
            digest.update(path.relative_to(package).as_posix().encode() + b"\n" + path.read_bytes())
        return digest.hexdigest()

    def make_key(self, *inputs: bytes) -> str:
        """Return the key of what this program makes of ``inputs``."""
        digest = hashlib.sha256(self.program.encode())
        for data in inputs:
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.hexdigest()

    def locate(self, key: str, suffix: str) -> Path:
        """Return where the piece is or will be."""
        return self.path / key[:2] / f"{key}{suffix}"

    def find(self, key: str, suffix: str) -> bytes | None:
        """Return what was kept as the piece, which counts as use of it; ``None`` if it is not there, or is damaged."""
        path = self.locate(key, suffix)
        try:
            os.utime(path)
            seal, _, data = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        return data if seal == _seal(data) else None

    def keep(self, key: str, suffix: str, data: bytes) -> None:
        """Keep ``data`` as a piece under its seal, in one step; ``WorkspaceError`` if it cannot be written."""
        self.keep_plain(key, suffix, _seal(data) + b"\n" + data)

    def keep_plain(self, key: str, suffix: str, data: bytes) -> str:
        """Keep ``data`` as a file of just these bytes; return their SHA-256, with which ``has_plain`` can tell them."""
        path = self.locate(key, suffix)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=path.parent, prefix=_UNFINISHED) as folder:
                unfinished = Path(folder) / path.name
                unfinished.write_bytes(data)
                unfinished.replace(path)
        except OSError as error:
            message = f"the work cannot be kept: {error.strerror}"
            raise WorkspaceError(message, location=self.path, hint="make room on the disk") from error
        return _seal(data).decode()

    def has_plain(self, key: str, suffix: str, digest: str) -> bool:
        """Whether the file of the piece is there with the bytes of ``digest``, which counts as use of it."""
        path = self.locate(key, suffix)
        try:
            os.utime(path)
            return digest_file(path) == digest
        except OSError:
            return False

    def sweep(self) -> None:
        """Remove what no build has used for ``UNUSED_DAYS``, and what one that was killed has left."""
        oldest = time.time() - UNUSED_DAYS * _DAY
        for path in self.path.glob("[0-9a-f][0-9a-f]/*"):
            with suppress(OSError):
                if not _is_own(path) or path.lstat().st_mtime >= oldest:
                    continue
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()


def _is_own(path: Path) -> bool:
    """Whether ``path``, two levels below a folder of work, has the name and the kind of a piece, or of its making."""
    if path.parent.is_symlink() or path.is_symlink():
        return False
    if path.is_dir():
        return path.name.startswith(_UNFINISHED)
    return _PIECE.fullmatch(path.name) is not None and path.name.startswith(path.parent.name)


def _seal(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


Progress = Callable[[str], None]
"""Told what is being done, in a few words; what stands before a colon stays while it lasts, after it is how far."""


@dataclass(frozen=True)
class Means:
    """What a build works with: a folder of finished pieces, whom it tells how far it is, how many processes."""

    work: WorkFolder
    progress: Progress
    jobs: int


@contextmanager
def open_work(output: Path) -> Iterator[WorkFolder]:
    """Yield the folder of finished pieces below ``output``; where none can be written, or is another's, a passing one.

    What no build uses any more is removed at the end.
    """
    folder = output / WORK
    try:
        mark_output(output)
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, WorkspaceError) as error:
        logger.info("finished work is not kept for the next build: %s: %s", folder, error)
        with tempfile.TemporaryDirectory(prefix="g7kg-") as passing:
            yield WorkFolder(Path(passing))
    else:
        work = WorkFolder(folder)
        yield work
        work.sweep()
