"""Surroundings that lack something: each verb works all the same, or says what it needs."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.helpers.project import ENGINE, Run
from tests.helpers.served import wait_for
from tests.helpers.server import Server, ask_server, run_server
from tests.helpers.workspaces import make_workspace

from g7kg.build.snapshot import Snapshot
from g7kg.mapping.workspace import Workspace

READ_ONLY_SHM = "mount -t tmpfs -o ro none /dev/shm"
READ_ONLY_PROC = "mount -o bind,ro /proc /proc"
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
KIB = 1 << 10
MIB = 1 << 20
SLOW = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def inside(mount: str, *command: str | Path) -> list[str]:
    """Return ``command`` as it runs where ``mount`` was done; skip the test if that takes rights that it has not."""
    prefix = ["unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh"]
    if not shutil.which("unshare") or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    return [*prefix, *map(str, command)]


def run_within(size: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run g7kg with so many bytes of address space, as after ``ulimit -v``."""
    command = ["sh", "-c", f'ulimit -v {size // KIB} && exec "$@"', "sh", sys.executable, "-m", "g7kg"]
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.soak
def test_a_build_without_shared_memory_is_done_by_one_process_and_says_so(small: Workspace) -> None:
    command = [sys.executable, "-m", "g7kg", "build", *ENGINE, "--jobs", "2", "--workspace", str(small.root)]
    done = subprocess.run(inside(READ_ONLY_SHM, *command), capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stdout.startswith("published ")) == (0, True)
    (line,) = done.stderr.splitlines()
    assert line.startswith("one process does all the work: others need a writable /dev/shm")


@pytest.mark.parametrize("verb", ["build", "validate", "load"])
def test_a_verb_that_writes_a_store_says_how_much_memory_it_needs(verb: str, tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text('<http://e/s> <http://e/p> "1" .', "ascii")
    options: dict[str, list[str | Path]] = {
        "build": ["--out", tmp_path],
        "validate": ["--workspace", make_workspace(tmp_path / "unchecked", {})],  # a kept report needs no memory
        "load": [tmp_path / "a.nt", "--out", tmp_path],
    }
    done = run_within(600 * MIB, verb, *options[verb])
    assert (done.returncode, done.stdout) == (2, "")
    what, hint = done.stderr.splitlines()
    assert what.endswith(" needs 1536 MiB of address space, and this process may have 600")
    assert hint == "  hint: allow more: ulimit -v 1572864, or unlimited"


def test_a_server_says_how_much_memory_it_needs(snapshot: Snapshot) -> None:
    done = run_within(300 * MIB, "serve", "--port", "0", "--snapshot", snapshot.folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == (
        "error: serving needs 512 MiB of address space, and this process may have 300"
    )


@pytest.mark.soak
def test_a_check_of_a_file_works_in_less_memory_than_it_may_take(tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text('<http://e/s> <http://e/p> "1" .', "ascii")
    done = run_within(600 * MIB, "validate", tmp_path / "a.nt")
    told = "conforms: 1 triple, 0 focus nodes checked by 0 shapes, no findings"
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, told)


@pytest.mark.soak
def test_workers_may_take_no_more_memory_than_the_server_itself(tmp_path: Path, snapshot: Snapshot) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nulimit -v {600 * KIB}\nexec {sys.executable} "$@"\n', "utf-8")
    python.chmod(0o755)
    options = ("--snapshot", snapshot.folder, "--workers", "1", "--memory", "2000")
    with run_server(tmp_path / "log", *options, python=[str(python)]) as server:
        assert ask(server.base, "ASK {}") == 200


def ask(base: str, query: str) -> int:
    return httpx.get(f"{base}/sparql", params={"query": query}, timeout=20).status_code


@pytest.mark.soak
def test_a_server_works_where_proc_is_read_only(tmp_path: Path, snapshot: Snapshot) -> None:
    python = inside(READ_ONLY_PROC, sys.executable)
    with run_server(tmp_path / "log", "--snapshot", snapshot.folder, "--workers", "1", python=python) as server:
        assert ask(server.base, "ASK {}") == 200
        data, headers = "<http://e/s> <http://e/p> 1 .", {"Content-Type": "text/turtle"}
        assert httpx.post(f"{server.base}/validate", content=data, headers=headers, timeout=30).status_code == 200


def test_assistants_are_not_served_without_the_descriptions_of_their_tools(snapshot: Snapshot, program: Run) -> None:
    pytest.importorskip("mcp")
    done = program("mcp", "--snapshot", snapshot.folder, stdin="", PYTHONOPTIMIZE="2")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Python was told to leave out docstrings" in done.stderr
    assert "  hint: run it without -OO, and without PYTHONOPTIMIZE=2" in done.stderr


@pytest.mark.parametrize("locale", [ASCII, {"PYTHONIOENCODING": "ascii"}], ids=["locale", "streams"])
def test_names_data_and_tables_are_utf_8_in_an_ascii_locale(
    program: Run, tmp_path: Path, locale: dict[str, str]
) -> None:
    folder = tmp_path / "é"
    folder.mkdir()
    (folder / "ü.nt").write_text('<http://e/s> <http://e/p> "“ß”" .', "utf-8")
    done = program("load", folder / "ü.nt", "--out", folder, **locale)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"published {folder}/snapshots/")
    query = "SELECT ?o { ?s ?p ?o FILTER(CONTAINS(?o, 'ß')) }"
    shown = program("query", "-", "--snapshot", folder, stdin=query, **locale)
    assert (shown.returncode, "“ß”" in shown.stdout) == (0, True)
    refused = program("validate", folder / "ö.nt", **locale)
    assert (refused.returncode, f"{folder}/ö.nt: error: " in refused.stderr) == (2, True)


def descend(pid: int) -> list[int]:
    """Return the processes that ``pid`` has started, and those that these have."""
    found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    return [*found, *(other for child in found for other in descend(child))]


@pytest.mark.soak
def test_a_hangup_ends_no_process_and_no_request(tmp_path: Path, snapshot: Snapshot) -> None:
    with ask_server(tmp_path / "log", "--snapshot", snapshot.folder, "--workers", "2") as (client, server):
        before = descend(server.pid)
        for number in range(20):
            for pid in (server.pid, *before):
                os.kill(pid, signal.SIGHUP)
            assert client.get("/sparql", params={"query": f"ASK {{ BIND({number} AS ?n) }}"}).status_code == 200
        assert descend(server.pid) == before


@pytest.fixture
def hurried(tmp_path: Path, snapshot: Snapshot) -> Iterator[Server]:
    with run_server(tmp_path / "log", "--snapshot", snapshot.folder, "--workers", "2", "--timeout", "1") as server:
        yield server


@pytest.mark.soak
def test_a_query_ends_at_its_deadline_while_the_template_is_stopped(hurried: Server) -> None:
    template, *workers = descend(hurried.pid)
    os.kill(template, signal.SIGSTOP)
    assert ask(hurried.base, SLOW) == 504
    running: Callable[[], list[int]] = lambda: [pid for pid in workers if is_running(pid)]  # noqa: E731 - for wait_for
    wait_for(lambda: len(running()) == 1)
    begun = time.monotonic()
    while ask(hurried.base, "ASK {}") != 200 or not is_replaced(hurried, template):
        assert time.monotonic() - begun < 60
        time.sleep(0.2)
    wait_for(lambda: "does not do it, and is replaced" in hurried.log.read_text("utf-8"))
    wait_for(lambda: len(descend(hurried.pid)) == 3)


def is_running(pid: int) -> bool:
    """Whether the process is there, and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def is_replaced(server: Server, template: int) -> bool:
    return template not in descend(server.pid)
