"""Programs in other languages, run in a folder with what they need of others."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.helpers.project import ROOT


def run(folder: Path, *command: str) -> str:
    """Return what ``command`` prints, run in ``folder``; ``AssertionError`` if it fails."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_javascript(folder: Path, text: str) -> str:
    if not (folder / "node_modules").is_dir():
        run(folder, "npm", "install", "--silent", "node@22", "fetch-sparql-endpoint@7", "@comunica/query-sparql@5")
    (folder / "program.mjs").write_text(text, "utf-8")
    return run(folder, str(folder / "node_modules" / ".bin" / "node"), "program.mjs")


def run_java(folder: Path, text: str) -> str:
    if not (folder / "lib").is_dir():
        (folder / "pom.xml").write_text((ROOT / "tests" / "client" / "clients.pom.xml").read_text("ascii"), "ascii")
        run(folder, "mvn", "--batch-mode", "--quiet", "dependency:copy-dependencies", "-DoutputDirectory=lib")
    name = re.findall(r"public class (\w+)", text)[0]
    (folder / f"{name}.java").write_text(text, "utf-8")
    return run(folder, "java", "-cp", "lib/*", f"{name}.java")
