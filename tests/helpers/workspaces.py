"""Copies of the project's own files, to be changed."""

from __future__ import annotations

import shutil
from pathlib import Path

from g7kg.mapping.workspace import Workspace


def copy_workspace(workspace: Workspace, folder: Path) -> Workspace:
    for name in ("mappings", "ontology", "queries", "shapes"):
        shutil.copytree(workspace.root / name, folder / name)
    return Workspace(folder, folder / "build")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
