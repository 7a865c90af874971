"""The house: rooms import only rooms above them, as the contributor's guide draws it."""

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch

import pytest
from tests.helpers.project import ROOT

from g7kg.cli import main
from g7kg.cli.curate import curate

SOURCE = ROOT / "src" / "g7kg"
LOOSE = {"__init__.py", "__main__.py", "client.py", "errors.py"}


def test_rooms_import_only_rooms_above_them() -> None:
    """The contracts in pyproject.toml are kept."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stdout


def test_the_guide_draws_the_rooms_as_they_are() -> None:
    """The table of the guide, the contract and the folders name the same rooms, in one order."""
    guide = (ROOT / "docs" / "contributing.md").read_text("utf-8")
    drawn = re.findall(r"^\| `([a-z]+)(?:/|\.py)` \|", guide, re.MULTILINE)
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    assert drawn == [layer.removeprefix("g7kg.") for layer in reversed(contracts[0]["layers"])]
    folders = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert folders | {"client", "errors"} == set(drawn)
    assert {path.name for path in SOURCE.glob("*.py")} == LOOSE


def loaded(module: str, libraries: str) -> str:
    code = f"import sys, {module}; print(*sorted(set({libraries.split()!r}) & set(sys.modules)))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_the_server_loads_no_library_of_the_build() -> None:
    assert loaded("g7kg.serve.app", "yaml rdflib pyshacl") == ""


def test_the_build_loads_no_library_of_the_server() -> None:
    assert loaded("g7kg.build.snapshot", "fastapi starlette uvicorn") == ""


def test_every_verb_is_in_the_readme_and_has_an_example() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for name, verb in main.commands.items():
        assert f"`g7kg {name}" in readme
        assert (verb.epilog or "").startswith(f"Example: g7kg {name}")
    for name, verb in curate.commands.items():
        assert f"`g7kg curate {name}" in readme
        assert (verb.epilog or "").startswith(f"Example: g7kg curate {name}")


def test_tests_import_no_other_tests() -> None:
    """What several tests need is a fixture in conftest.py, or in the package of helpers."""
    imports = re.compile(r"^(?:from \.|(?:from|import) tests\.(?!helpers\b))\S+", re.MULTILINE)
    files = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    assert {str(file): found for file in files if (found := imports.findall(file.read_text("utf-8")))} == {}


def test_no_folder_of_tests_is_passed_by(pytestconfig: pytest.Config) -> None:
    """By default pytest looks into no folder called build."""
    folders = {path.parent.name for path in (ROOT / "tests").rglob("test_*.py")}
    passed = [name for name in folders for each in pytestconfig.getini("norecursedirs") if fnmatch(name, each)]
    assert passed == []
