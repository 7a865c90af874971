"""Snapshots of nothing, for tests of how snapshots are published."""

from collections.abc import Callable
from pathlib import Path

from g7kg.snapshot.manifest import Manifest
from g7kg.snapshot.publish import publish_snapshot


def write(number: int) -> Callable[[Path], Manifest]:
    """Return what writes the snapshot of a ``number``."""

    def write_into(folder: Path) -> Manifest:
        (folder / "store").mkdir()
        (folder / "store" / "table").write_bytes(b"%d" % number)
        (folder / "search.db").write_bytes(b"%d" % number)
        return Manifest(f"{number}", "1", "2024-01-01", False, (), {}, 0, 0, {}, {}, {})  # noqa: FBT003

    return write_into


def publish(output: Path, number: int) -> Path:
    """Publish the snapshot of a ``number``; return its folder."""
    return publish_snapshot(output, write(number))[0]
