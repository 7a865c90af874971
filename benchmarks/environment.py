"""The environment that the benchmark runs in: made once from ``requirements.txt``, away from that of g7kg."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.failures import BenchmarkError

REQUIREMENTS: Final = Path(__file__).parent / "requirements.txt"


def enter_environment(folder: Path, arguments: Sequence[str]) -> None:
    """Return at once in the environment in ``folder``; elsewhere make it, and go on there in place of this process.

    There the benchmark is told by ``--python`` which Python it was started with, which is the one that has g7kg.
    Raises ``BenchmarkError`` if the environment cannot be made.
    """
    if Path(sys.prefix).resolve() == folder.resolve():
        return
    mark = folder / "requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not mark.is_file() or mark.read_text() != wanted:
        _make(folder)
        mark.write_text(wanted)
    python = str(folder / "bin" / "python")
    sys.stdout.flush()
    os.execv(python, [python, "-m", "benchmarks", "--python", sys.executable, *arguments])  # noqa: S606 - our own program


def _make(folder: Path) -> None:
    venv.create(folder, clear=True, with_pip=True)
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    locked = ["--require-hashes", "--requirement", str(REQUIREMENTS)]
    finished = subprocess.run([*command, *locked], check=False)  # noqa: S603 - a fixed command
    if finished.returncode:
        raise BenchmarkError(
            f"the environment in {folder} cannot be made", hint="see what pip says above, and run the benchmark again"
        )
