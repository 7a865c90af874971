"""Publication: a snapshot written beside the others, then made the current one in a single step."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from g7kg.errors import Location, WorkspaceError
from g7kg.snapshot.locks import is_served, lock_folder
from g7kg.snapshot.manifest import MANIFEST, Manifest, verify_snapshot

KEPT: Final = 3
"""How many snapshots stay in an output folder, the published one included."""


class Ledger(Protocol):
    """What is known of snapshots that were published before."""

    def find(self) -> str | None:
        """Return the name of the one that would be written now."""

    def keep(self, name: str) -> None:
        """Take note that what is written now is called ``name``."""


def publish_snapshot(output: Path, write: Callable[[Path], Manifest]) -> tuple[Path, Manifest]:
    """Publish what ``write`` puts into a new folder below ``output``; return its folder and its manifest.

    ``current`` names it afterwards; if anything fails, ``current`` is untouched.
    """
    check_writable(output)
    with lock_folder(output), _staging(output) as folder:
        target, manifest = _write(folder, write)
        _make_current(target, output)
    return target, manifest


def publish_unless_kept(output: Path, ledger: Ledger, write: Callable[[Path], Manifest]) -> tuple[Path, Manifest, bool]:
    """Publish the snapshot that ``ledger`` finds, if it lies undamaged below ``output``, or else a new one.

    ``ledger`` is asked when nobody else can publish here. Return folder, manifest and whether it is new; for the rest
    see ``publish_snapshot``.
    """
    check_writable(output)
    with lock_folder(output), _staging(output) as folder:
        kept = _find_kept(output, ledger.find())
        if kept:
            _make_current(kept[0], output)
            return (*kept, False)
        target, manifest = _write(folder, write)
        _make_current(target, output)
        ledger.keep(target.name)
    return target, manifest, True


def name_snapshot(manifest: bytes) -> str:
    """Return the name of a snapshot's folder: it follows from ``manifest.json``, so from every byte of the dumps."""
    return hashlib.sha256(manifest).hexdigest()[:16]


def check_writable(output: Path) -> None:
    """Raise ``WorkspaceError`` if nothing can be published to ``output``."""
    try:
        (output / "snapshots").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output / "snapshots"):
            pass
    except OSError as error:
        raise WorkspaceError(
            f"the output folder cannot be written: {error.strerror}",
            location=Location(str(output)),
            hint="choose another with --out",
        ) from error


@contextmanager
def _staging(output: Path) -> Iterator[Path]:
    """Yield a new folder beside the snapshots; it is gone afterwards unless it was renamed."""
    for stale in (output / "snapshots").glob(".*"):
        shutil.rmtree(stale, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=".building-", dir=output / "snapshots"))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move(folder: Path, target: Path) -> None:
    """Move a finished snapshot to its place; one of the same name, which may be damaged, makes room."""
    replaced = target.with_name(f".replaced-{target.name}")
    if target.exists():
        target.rename(replaced)
    folder.rename(target)
    shutil.rmtree(replaced, ignore_errors=True)


def _find_kept(output: Path, name: str | None) -> tuple[Path, Manifest] | None:
    """Return folder and manifest of the snapshot called ``name``, unless it is gone or damaged."""
    if name is None:
        return None
    folder = output / "snapshots" / name
    try:
        if name_snapshot((folder / MANIFEST).read_bytes()) == name:
            return folder, verify_snapshot(folder)
    except (OSError, WorkspaceError):
        pass
    return None


def _write(folder: Path, write: Callable[[Path], Manifest]) -> tuple[Path, Manifest]:
    """Write a snapshot into ``folder``, and move it to its place."""
    manifest = write(folder)
    manifest.write(folder)
    target = folder.with_name(name_snapshot((folder / MANIFEST).read_bytes()))
    _move(folder, target)
    return target, manifest


def _make_current(target: Path, output: Path) -> None:
    """Point ``current`` at ``target`` in one step, then remove all but the newest snapshots and the served ones."""
    os.utime(target)
    link = output / ".current"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("snapshots") / target.name)
    link.replace(output / "current")
    folders = [path for path in (output / "snapshots").iterdir() if not path.name.startswith(".")]
    folders.sort(key=lambda path: (path != target, -path.stat().st_mtime))
    for old in folders[KEPT:]:
        if not is_served(old):
            shutil.rmtree(old.rename(old.with_name(f".removed-{old.name}")), ignore_errors=True)
