"""The project that is tested: where it is, and how its graph is built where it does not matter how."""

import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from g7kg.build.snapshot import Options

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"

Run = Callable[..., subprocess.CompletedProcess[str]]


def quiet(_step: str) -> None:
    """Show no progress."""


QUICK = Options("shacl" if find_spec("shacl") else "pyshacl", 1)
"""How snapshots are built where it does not matter which engine validates."""

ENGINE = ("--engine", QUICK.engine)


def mkdir(folder: Path) -> Path:
    folder.mkdir()
    return folder


_LACKING = "needs the package shacl, which has no wheel for this machine"


def needs_engine() -> None:
    pytest.importorskip("shacl", reason=_LACKING)


ENGINES = ("pyshacl", pytest.param("shacl", marks=pytest.mark.skipif(not find_spec("shacl"), reason=_LACKING)))
"""Both engines, as parameters of a test."""
