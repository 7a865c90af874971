"""Copies of the project's own files, to be changed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.helpers.project import ROOT

from g7kg.mapping.workspace import Workspace

EXAMPLE = ROOT / "docs" / "example"


def copy_workspace(workspace: Workspace, folder: Path) -> Workspace:
    for name in ("mappings", "ontology", "queries", "shapes"):
        shutil.copytree(workspace.root / name, folder / name)
    return Workspace(folder, folder / "build")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def make_workspace(folder: Path, documents: Mapping[str, Path]) -> Path:
    """Return ``folder`` as a workspace with the project's mappings and, by their names, ``documents``."""
    folder.mkdir(exist_ok=True)
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    for name in ("ontology", "shapes", "queries"):
        (folder / name).symlink_to(ROOT / name)
    for name, path in documents.items():
        shutil.copy(path, folder / "mappings" / f"{name}.yaml")
    return folder
