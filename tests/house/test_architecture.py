"""The house: modules import downwards only, and each half keeps to its own libraries."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from g7kg.cli import main

SOURCE = Path(__file__).parents[2] / "src" / "g7kg"

BUILD = [
    "errors",
    "vocab",
    "workspace",
    "confinement",
    "checks",
    "texts",
    "lexer",
    "ordering",
    "queries",
    "results",
    "manifest",
    "index",
    "locks",
    "client",
    "mapping",
    "pointers",
    "scaffold",
]
BUILD += [
    "graph",
    "rules",
    "catalogue",
    "validation",
    "building",
    "assembly",
    "coverage",
    "comparison",
    "flat",
    "publication",
]
BUILD += ["snapshot"]
BUILD += ["loading", "pulling", "foreign"]
SERVE = [
    "errors",
    "vocab",
    "workspace",
    "confinement",
    "checks",
    "checking",
    "validation",
    "lexer",
    "ordering",
    "queries",
    "results",
    "manifest",
    "index",
    "locks",
    "client",
    "negotiation",
    "encodings",
    "search",
]
SERVE += ["connection", "endpoint", "engine", "publishing", "assistants", "web"]
MODULES = sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))


def imported_rooms(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("g7kg"):
            names |= {node.module} if node.module != "g7kg" else {f"g7kg.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if alias.name.startswith("g7kg.")}
    return {name.split(".")[1] for name in names} - {"__version__"}


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_imports_only_from_the_ranks_above_it(module: Path) -> None:
    room = module.parts[0].removesuffix(".py")
    if room in {"cli", "__main__", "__init__"}:
        return
    halves = [half for half in (BUILD, SERVE) if room in half]
    assert halves, f"{room} has no rank"
    allowed = {room} | {other for half in halves for other in half[: half.index(room)]}
    assert imported_rooms(SOURCE / module) <= allowed


def test_the_serving_half_loads_no_library_of_the_building_half() -> None:
    code = "import sys, g7kg.serve; print(sorted({'yaml', 'rdflib', 'pyshacl'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_the_building_half_loads_no_web_code() -> None:
    code = "import sys, g7kg.build.snapshot; print(sorted({'fastapi', 'starlette', 'uvicorn'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_every_verb_is_in_the_readme_and_has_an_example() -> None:
    readme = (SOURCE.parents[1] / "README.md").read_text("utf-8")
    for name, verb in main.commands.items():
        assert f"`g7kg {name}" in readme
        assert (verb.epilog or "").startswith(f"Example: g7kg {name}")
