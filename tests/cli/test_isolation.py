"""No verb takes code from the folder that it is called in, where anything may lie beside the data."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import packages_distributions
from pathlib import Path
from subprocess import PIPE

import httpx
import pytest
import yaml
from benchmarks.processes import free_port
from tests.helpers.project import ROOT
from tests.helpers.workspaces import write_clone

from g7kg.build.snapshot import Snapshot
from g7kg.mapping.workspace import Workspace

PROGRAM = Path(sys.executable).parent / "g7kg"
"""As it is installed: ``python -m`` looks into the current folder by itself."""

RUN = "the code that ran"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with data, and code under the name of every module of Python and of the installed packages."""
    folder = tmp_path_factory.mktemp("folder")
    text = f"open({str(folder / RUN)!r}, 'a').write(__name__ + ' ')\nraise SystemExit(9)\n"
    for name in sys.stdlib_module_names | packages_distributions().keys():
        if name.isidentifier():
            (folder / f"{name}.py").write_text(text, "ascii")
    (folder / "a.ttl").write_text("<http://e/a> <http://e/p> 1 .\n", "ascii")
    (folder / "a.txt").write_text("Declaration\n\n1. We met.\n", "ascii")
    return folder


@contextmanager
def start(folder: Path, *arguments: str | Path, stdin: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run a verb in ``folder``; none of the code there may have run by the end."""
    command = [str(PROGRAM), *map(str, arguments)]
    with subprocess.Popen(command, cwd=folder, stdout=PIPE, stderr=PIPE, text=True, stdin=stdin) as process:
        try:
            yield process
        finally:
            process.kill()
    assert not (folder / RUN).exists(), (folder / RUN).read_text("ascii")


def run(folder: Path, *arguments: str | Path) -> str:
    with start(folder, *arguments) as process:
        output, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    return output


@pytest.mark.soak
def test_building_and_checking(folder: Path, small: Workspace, tmp_path: Path) -> None:
    where = ("--workspace", small.root)
    assert "published" in run(folder, "build", *where, "--jobs", "2", "--out", tmp_path)
    assert "conforms" in run(folder, "validate", "a.ttl")
    assert "info: CN-94" in run(folder, "validate", *where, "--jobs", "2")
    run(folder, "coverage", *where)
    assert "TODO" in run(folder, "scaffold", "a.txt", "--slug", "a-2024")
    assert "published" in run(folder, "load", "a.ttl", "--out", tmp_path / "loaded")


def test_reading_a_snapshot(folder: Path, snapshot: Snapshot) -> None:
    assert run(folder, "diff", snapshot.folder, snapshot.folder) == ""
    told = run(folder, "query", "chair-of-cernobbio-como", "--format", "csv", "--snapshot", snapshot.folder)
    assert told == (ROOT / "tests/cases/queries/chair-of-cernobbio-como.csv").read_text("utf-8")
    service = f"http://127.0.0.1:{free_port()}/store"
    with start(folder, "publish", "--to", service, "--snapshot", snapshot.folder) as process:
        assert "cannot be reached" in process.communicate(timeout=600)[1]


def test_serving(folder: Path, snapshot: Snapshot) -> None:
    with start(folder, "serve", "--port", "0", "--snapshot", snapshot.folder) as process:
        assert process.stdout is not None
        base = next(match[1] for line in process.stdout if (match := re.search(r"pages\s+(http://\S+?/)\s", line)))
        with httpx.Client(base_url=base, timeout=600, transport=httpx.HTTPTransport(retries=20)) as client:
            assert client.get("/sparql", params={"query": "ASK {}"}).json()["boolean"] is True
            checked = client.post("/validate", content="<a:a> <a:b> 1 .", headers={"Content-Type": "text/turtle"})
            assert checked.text.splitlines()[-1] == "conforms: 1 triple, 0 focus nodes checked by 0 shapes, no findings"


def test_serving_assistants(folder: Path, snapshot: Snapshot) -> None:
    with start(folder, "mcp", "--snapshot", snapshot.folder, stdin=PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for message in CONVERSATION:
            process.stdin.write(message + "\n")
            process.stdin.flush()
        assert "serverInfo" in process.stdout.readline()
        answers = process.stdout.readline() + process.stdout.readline()
        assert answers.count('"isError":false') == 2, answers


def ask(number: int, tool: str, arguments: str) -> str:
    parameters = f'{{"name": "{tool}", "arguments": {arguments}}}'
    return f'{{"jsonrpc": "2.0", "id": {number}, "method": "tools/call", "params": {parameters}}}'


INITIALIZE = (
    '{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", '
    '"capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}}'
)
CONVERSATION = (
    INITIALIZE,
    '{"jsonrpc": "2.0", "method": "notifications/initialized"}',
    ask(2, "sparql", '{"query": "ASK {}"}'),
    ask(3, "validate", '{"rdf": "<a:a> <a:b> 1 ."}'),
)


@pytest.mark.soak
def test_a_build_that_is_started_from_python(folder: Path, tmp_path: Path) -> None:
    """The process that asks is safe here; the one that it starts has to be by itself."""
    command = [sys.executable, "-P", "-c", "from g7kg.client import find_or_build; print(find_or_build())"]
    environment = write_clone(tmp_path)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stdout) == (0, f"{tmp_path}/build\n"), done.stderr
    assert not (folder / RUN).exists(), (folder / RUN).read_text("ascii")


INSTALLER = f"""#!/bin/bash
arguments=()
for argument in "$@"; do
  case "$argument" in
    venv) arguments+=(venv --without-pip) ;;
    install) arguments+=(--version install) ;;
    *) arguments+=("$argument") ;;
  esac
done
{sys.executable} "${{arguments[@]}}" || exit
[ "$3" != venv ] || cp --remove-destination "$0" "$4/bin/python"
"""
"""A Python whose pip says its version in place of installing, as does that of the environments it makes."""


@pytest.mark.soak
def test_the_action_and_its_script(folder: Path, tmp_path: Path) -> None:
    """The steps of the action run as they stand, but that pip says its version in place of installing."""
    python = tmp_path / "python"
    python.write_text(INSTALLER, "ascii")
    python.chmod(0o755)
    install, validate = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]
    environment = {
        "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "FILES": "a.ttl",
        "GITHUB_PATH": str(tmp_path / "path"),
        "PYTHON": str(python),
        "RUNNER_TEMP": str(tmp_path),
        "SARIF": str(tmp_path / "sarif"),
    }
    commands = install["run"].replace("command -v g7kg", "false")
    for command in (commands, validate["run"]):
        done = subprocess.run(
            ["/bin/bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert not (folder / RUN).exists(), (folder / RUN).read_text("ascii")
    assert (tmp_path / "path").read_text("utf-8") == f"{tmp_path}/g7kg/bin\n"
    assert (tmp_path / "sarif").is_file()
