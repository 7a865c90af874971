"""The folder that is published to: its mark, without which nothing there is touched."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from g7kg.errors import Location, WorkspaceError
from g7kg.snapshot.manifest import CURRENT, MANIFEST, name_snapshot

SNAPSHOTS: Final = "snapshots"
WORK: Final = "work"

PUBLISHED: Final = "published"
"""The file with the digest of every snapshot that was ever published here, a line each, the oldest first."""

RELEASE: Final = "release"
"""The file in a snapshot's folder that names the release that it is: such a snapshot is never removed."""

MARK: Final = ".g7kg"
"""The file that says whose folder it is."""

_TEXT: Final = f"g7kg publishes to this folder, and removes what is its own and old from {SNAPSHOTS}/ and {WORK}/.\n"
_LINK: Final = f".{CURRENT}"
_NEEDED: Final = (SNAPSHOTS, WORK, CURRENT, _LINK, ".lock")
_SNAPSHOT: Final = re.compile(r"[0-9a-f]{16}(-[0-9]+)?")


def prepare_output(output: Path) -> None:
    """Make ``output`` a folder that can be published to.

    Raises ``WorkspaceError`` if it cannot be written, or if what it needs is there and is not its own.
    """
    try:
        mark_output(output)
        (output / SNAPSHOTS).mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=output / SNAPSHOTS):
            pass
    except OSError as error:
        message, hint = f"the output folder cannot be written: {error.strerror}", "choose another with --out"
        raise WorkspaceError(message, location=Location(str(output)), hint=hint) from error


def mark_output(output: Path) -> None:
    """Mark ``output`` as a folder of this program, made if it is not there; ``OSError`` if it cannot be written.

    Raises ``WorkspaceError`` if something there has a name that this program needs, and the mark is missing.
    """
    output.mkdir(parents=True, exist_ok=True)
    mark = output / MARK
    taken = [name for name in _NEEDED if os.path.lexists(output / name)]
    if taken and not (_is_plain(mark) or _is_published(output)):
        hint = "choose another folder with --out, or move that elsewhere"
        raise WorkspaceError("what lies here is not of g7kg", location=Location(str(output / taken[0])), hint=hint)
    for path, fits in ((output / CURRENT, Path.is_symlink), (output / _LINK, Path.is_symlink), (mark, _is_plain)):
        if os.path.lexists(path) and not fits(path):
            raise WorkspaceError("this is in the way", location=Location(str(path)), hint="move it elsewhere")
    with suppress(FileExistsError), mark.open("x", encoding="utf-8") as file:
        file.write(_TEXT)


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def is_own_snapshot(folder: Path) -> bool:
    """Whether ``folder``, in the folder of snapshots of a marked one, is a snapshot that was published there."""
    return _SNAPSHOT.fullmatch(folder.name) is not None and not folder.is_symlink() and (folder / MANIFEST).is_file()


def _is_published(output: Path) -> bool:
    """Whether a snapshot is published in ``output``, as by former versions, which left no mark."""
    try:
        target = (output / CURRENT).readlink()
        return target.parent == Path(SNAPSHOTS) and is_named_snapshot(output / target)
    except OSError:
        return False


def is_named_snapshot(folder: Path) -> bool:
    """Whether the name of ``folder`` is the one that follows from its manifest; ``OSError`` if there is none."""
    return _SNAPSHOT.fullmatch(folder.name) is not None and folder.name.partition("-")[0] == name_snapshot(
        (folder / MANIFEST).read_bytes()
    )
