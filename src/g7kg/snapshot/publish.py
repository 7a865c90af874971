"""Publication: a snapshot written beside the others, then made the current one in a single step; the folder for it."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path
from typing import Final

from g7kg.errors import WorkspaceError
from g7kg.snapshot.locks import claim_unserved, lock_folder
from g7kg.snapshot.manifest import CURRENT, MANIFEST, Manifest, name_snapshot, verify_snapshot

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
        raise WorkspaceError(message, location=output, hint=hint) from error


def mark_output(output: Path) -> None:
    """Mark ``output`` as a folder of this program, made if it is not there; ``OSError`` if it cannot be written.

    Raises ``WorkspaceError`` if something there has a name that this program needs, and the mark is missing.
    """
    output.mkdir(parents=True, exist_ok=True)
    mark = output / MARK
    taken = [name for name in _NEEDED if os.path.lexists(output / name)]
    if taken and not (_is_plain(mark) or _is_published(output)):
        hint = "choose another folder with --out, or move that elsewhere"
        raise WorkspaceError("what lies here is not of g7kg", location=output / taken[0], hint=hint)
    for path, fits in ((output / CURRENT, Path.is_symlink), (output / _LINK, Path.is_symlink), (mark, _is_plain)):
        if os.path.lexists(path) and not fits(path):
            raise WorkspaceError("this is in the way", location=path, hint="move it elsewhere")
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


_TRIES: Final = 40

KEPT: Final = 3
"""How many snapshots stay in an output folder, the published one included."""

_LEFT: Final = re.compile(r"\.building-[a-z0-9_]{8}|\.removed-[0-9a-f]{16}(-[0-9]+)?")
"""What a publication that was killed has left."""


def publish_snapshot(output: Path, write: Callable[[Path], Manifest]) -> tuple[Path, Manifest]:
    """Publish what ``write`` puts into a new folder below ``output``; return its folder and its manifest.

    ``current`` names it afterwards; if anything fails, ``current`` is untouched.
    """
    with _staging(output) as folder:
        target, manifest = _write(output, folder, write)
        _make_current(target, output, manifest)
    return target, manifest


def add_snapshot(output: Path, write: Callable[[Path], Manifest]) -> Path:
    """Put the snapshot that ``write`` makes below ``output``, where ``current`` is untouched; return its folder.

    One that is there already stays.
    """
    with _staging(output) as folder:
        return _write(output, folder, write)[0]


def publish_unless_kept(
    output: Path, find: Callable[[], str | None], write: Callable[[Path], Manifest], note: Callable[[str], None]
) -> tuple[Path, Manifest, bool]:
    """Publish the snapshot whose name ``find`` knows, if it lies undamaged below ``output``, or else a new one.

    ``find`` is asked when nobody else can publish here; ``note`` is told the name of a new one. Return folder, manifest
    and whether it is new; for the rest see ``publish_snapshot``.
    """
    with _staging(output) as folder:
        kept = _find_kept(output, find())
        if kept:
            _make_current(kept[0], output, kept[1])
            return (*kept, False)
        target, manifest = _write(output, folder, write)
        _make_current(target, output, manifest)
        note(target.name)
    return target, manifest, True


@contextmanager
def _staging(output: Path) -> Iterator[Path]:
    """Yield a new folder for a snapshot below ``output``, to which nobody else can publish meanwhile."""
    prepare_output(output)
    with lock_folder(output):
        for stale in (output / SNAPSHOTS).glob(".*"):
            if _LEFT.fullmatch(stale.name):
                shutil.rmtree(stale, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=".building-", dir=output / SNAPSHOTS))
        try:
            folder.chmod(0o755)
            yield folder
        finally:
            for _ in range(_TRIES):  # a store in it that was left open by an error may still write for a moment
                shutil.rmtree(folder, ignore_errors=True)
                if not folder.exists():
                    break
                time.sleep(0.05)


def _find_kept(output: Path, name: str | None) -> tuple[Path, Manifest] | None:
    """Return folder and manifest of the snapshot in the folder ``name``, unless it is gone or damaged."""
    folder = output / SNAPSHOTS / (name or "")
    with suppress(OSError, WorkspaceError):
        if name and is_named_snapshot(folder):
            return folder, verify_snapshot(folder)
    return None


def _write(output: Path, folder: Path, write: Callable[[Path], Manifest]) -> tuple[Path, Manifest]:
    """Write a snapshot into ``folder``, and move it to its place.

    What has the name already stays, for a server may need it: it is taken for the new one if it is whole; if it is
    damaged, the new one gets a number behind its name.
    """
    manifest = write(folder)
    manifest.write(folder)
    name = name_snapshot((folder / MANIFEST).read_bytes())
    for target in (output / SNAPSHOTS / f"{name}{number}" for number in chain([""], map(str, count(-1, -1)))):
        if not os.path.lexists(target):
            break
        if kept := _find_kept(output, target.name):
            return kept
    _sync_all(folder)
    folder.rename(target)
    _sync(target.parent)
    return target, manifest


def _make_current(target: Path, output: Path, manifest: Manifest) -> None:
    """Point ``current`` at ``target`` in one step, then remove old snapshots but the releases and the served ones."""
    os.utime(target)
    _take_note(output, manifest.digest)
    link = output / f".{CURRENT}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(SNAPSHOTS) / target.name)
    link.replace(output / CURRENT)
    _sync(output)
    old_ones = (path for path in (output / SNAPSHOTS).iterdir() if path != target and is_own_snapshot(path))
    folders = [path for path in old_ones if not (path / RELEASE).exists()]
    folders.sort(key=lambda path: -path.stat().st_mtime)
    for old in folders[KEPT - 1 :]:
        _remove(old)


def _take_note(output: Path, digest: str) -> None:
    with (output / PUBLISHED).open("a+", encoding="ascii") as file:
        file.seek(0)
        if file.read().split()[-1:] != [digest]:
            file.write(f"{digest}\n")


def _remove(folder: Path) -> None:
    """Remove the snapshot in ``folder``, unless it is served; one that cannot be removed stays."""
    with claim_unserved(folder) as free, suppress(OSError):
        if free:
            shutil.rmtree(folder.rename(folder.with_name(f".removed-{folder.name}")), ignore_errors=True)


def _sync_all(folder: Path) -> None:
    """Have the disk hold every file below ``folder``: a crash may otherwise leave one that is named and empty."""
    for root, _, files in os.walk(folder, topdown=False):
        for name in files:
            _sync(Path(root, name))
        _sync(Path(root))


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
