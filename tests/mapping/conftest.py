"""A desk at which documents are mapped."""

from pathlib import Path

import pytest
from tests.helpers.desk import Desk

from g7kg.build.work import Means
from g7kg.mapping.workspace import Workspace


@pytest.fixture
def desk(workspace: Workspace, means: Means, tmp_path: Path) -> Desk:
    root = tmp_path / "workspace"
    (root / "mappings" / "registry").mkdir(parents=True)
    for name in ("ontology", "shapes", "queries"):
        (root / name).symlink_to(getattr(workspace, name))
    (tmp_path / "texts").mkdir()
    return Desk(Workspace(root, root / "build"), means, tmp_path)
