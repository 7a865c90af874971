"""Copies of the project's own files, to be changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.helpers.project import ROOT

from g7kg.build.snapshot import Snapshot
from g7kg.mapping.workspace import Workspace
from g7kg.snapshot.output import WORK, mark_output

EXAMPLE = ROOT / "docs" / "example"


def copy_workspace(workspace: Workspace, folder: Path) -> Workspace:
    for name in ("mappings", "ontology", "queries", "shapes"):
        shutil.copytree(workspace.root / name, folder / name)
    return Workspace(folder, folder / "build")


def seed(output: Path, snapshot: Snapshot) -> Path:
    """Return ``output`` with the finished pieces of the build of ``snapshot``: what builds there need not do again."""
    mark_output(output)
    with suppress(FileExistsError):
        shutil.copytree(snapshot.folder.parents[1] / WORK, output / WORK, copy_function=os.link)
    return output


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
