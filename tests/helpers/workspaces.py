"""Workspaces that a test may write to."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import ROOT

EXAMPLE = ROOT / "docs" / "example"


def make_workspace(folder: Path, documents: Mapping[str, Path]) -> Path:
    """Return ``folder`` as a workspace with the project's mappings and, by their names, ``documents``."""
    folder.mkdir(exist_ok=True)
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    for name in ("ontology", "shapes", "queries"):
        (folder / name).symlink_to(ROOT / name)
    for name, path in documents.items():
        shutil.copy(path, folder / "mappings" / f"{name}.yaml")
    return folder
