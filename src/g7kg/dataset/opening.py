"""A snapshot opened by the process that asks it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.library import read_library
from g7kg.engine.inprocess import InProcess
from g7kg.search.searcher import Searcher
from g7kg.snapshot.manifest import STORE, find_snapshot, read_manifest

_SECONDS: Final = 60.0


def open_dataset(source: Path) -> Dataset:
    """Return the dataset of the snapshot in the folder ``source``, or of the one that was published to it last.

    Raises ``WorkspaceError`` if there is none.
    """
    folder = find_snapshot(source)
    manifest = read_manifest(folder)
    engine, searcher = InProcess(folder / STORE), Searcher(folder, _SECONDS)
    return Dataset(folder, manifest, read_library(), engine, searcher, kept=True)
