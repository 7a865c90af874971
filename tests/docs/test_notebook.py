"""The notebook of the documentation: it runs from top to bottom, and is kept without its output."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
from tests.helpers.snippets import ROOT, environment, make_clone

from g7kg.build.snapshot import Snapshot

NOTEBOOK = ROOT / "docs" / "notebook.ipynb"


def read_code(notebook: Path) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(notebook.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]


def test_the_notebook_answers_five_questions_with_a_picture_and_a_table_each(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    clone = make_clone(tmp_path / "g7kg", snapshot.folder.parents[1])
    executed = tmp_path / "executed.ipynb"
    private = {name: str(tmp_path / name) for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")}
    done = subprocess.run(
        [sys.executable, "-m", "jupyter", "execute", "--timeout=120", f"--output={executed}", str(NOTEBOOK)],
        cwd=clone,
        env=environment(clone) | private,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    outputs = [cell["outputs"] for cell in read_code(executed)]
    shown = [[kind for output in cell for kind in output.get("data", {})] for cell in outputs]
    assert shown[0] == []
    assert [("image/png" in kinds, "text/plain" in kinds) for kinds in shown[1:]] == [(True, True)] * 5
    assert [output for cell in outputs for output in cell if output["output_type"] == "stream"] == []


def test_the_notebook_is_valid_and_kept_without_output() -> None:
    nbformat.validate(json.loads(NOTEBOOK.read_text("utf-8")))
    assert {(len(cell["outputs"]), cell["execution_count"]) for cell in read_code(NOTEBOOK)} == {(0, None)}
