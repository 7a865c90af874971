"""Outcomes of checks of the project's mappings, kept for as long as nothing that they depend on changes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from g7kg.checks import CheckOutcome, read_outcome
from g7kg.errors import DataError
from g7kg.workspace import Workspace

MOST: Final = 16
"""Outcomes that are kept; the oldest go first."""


def digest_inputs(workspace: Workspace, texts: Path | None, rendering: str) -> str:
    """Return a digest of all that an outcome depends on: data, shapes, rules, texts, this program, the rendering."""
    digest = hashlib.sha256(f"{rendering} {os.environ.get('SOURCE_DATE_EPOCH')}".encode())
    for path in _list_inputs(workspace, texts):
        content = path.read_bytes()
        digest.update(f"{path} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def find_outcome(workspace: Workspace, key: str) -> CheckOutcome | None:
    """Return the outcome that is kept under ``key``, if one is."""
    try:
        return read_outcome(_path(workspace, key).read_bytes())
    except (OSError, ValueError, TypeError, DataError):
        return None


def keep_outcome(workspace: Workspace, key: str, outcome: CheckOutcome) -> None:
    """Keep ``outcome`` under ``key``; where that cannot be written, do nothing."""
    path = _path(workspace, key)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(outcome.to_bytes())
        for old in sorted(path.parent.glob("*.json"), key=lambda kept: -kept.stat().st_mtime)[MOST:]:
            old.unlink()


def _path(workspace: Workspace, key: str) -> Path:
    return workspace.output / "checked" / f"{key}.json"


def _list_inputs(workspace: Workspace, texts: Path | None) -> Iterator[Path]:
    folders = [workspace.mappings, workspace.ontology, workspace.shapes, *([texts] if texts else [])]
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.is_file())
    yield from sorted(Path(__file__).parent.rglob("*.py"))
