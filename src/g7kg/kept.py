"""Outcomes of checks of the project's mappings, kept for as long as nothing that they depend on changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from g7kg.building.work import WorkFolder
from g7kg.checks import CheckOutcome, read_outcome
from g7kg.workspace import Workspace

_OUTCOME: Final = ".outcome"


def digest_inputs(workspace: Workspace, texts: Path | None, rendering: str, work: WorkFolder) -> str:
    """Return a digest of all that an outcome depends on: data, shapes, rules, texts, this program, the rendering."""
    inputs = [rendering.encode(), str(os.environ.get("SOURCE_DATE_EPOCH")).encode()]
    for path in _list_inputs(workspace, texts):
        inputs += [str(path).encode(), path.read_bytes()]
    return work.make_key(*inputs)


def find_outcome(work: WorkFolder, key: str) -> CheckOutcome | None:
    """Return the outcome that is kept under ``key``, if one is."""
    data = work.find(key, _OUTCOME)
    return None if data is None else read_outcome(data)


def keep_outcome(work: WorkFolder, key: str, outcome: CheckOutcome) -> None:
    """Keep ``outcome`` under ``key``; ``WorkspaceError`` if it cannot be written."""
    work.keep(key, _OUTCOME, outcome.to_bytes())


def _list_inputs(workspace: Workspace, texts: Path | None) -> Iterator[Path]:
    folders = [workspace.mappings, workspace.ontology, workspace.shapes, *([texts] if texts else [])]
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.is_file())
