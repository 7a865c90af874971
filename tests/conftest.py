"""Fixtures: the project's own graph, assembled and published once a run, and a server on it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from subprocess import PIPE

import httpx
import pytest
from playwright.sync_api import Browser
from pyoxigraph import Store

from g7kg.build.assembly import Assembly, assemble
from g7kg.build.snapshot import Options, Snapshot, build_snapshot
from g7kg.build.work import Means, WorkFolder
from g7kg.mapping.workspace import Workspace, find_workspace
from tests.helpers.browser import DESKTOP, Device, Visitor, find_chromium, start_browser

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what was not tried here, and what to do about it."""
    reasons = Counter(_read_reasons(terminalreporter))
    if reasons:
        told = "; ".join(f"{number} tests: {reason}" for reason, number in reasons.most_common())
        terminalreporter.write_line(f"Not tried here: {told}.")


def _read_reasons(reporter: pytest.TerminalReporter) -> Iterator[str]:
    for report in reporter.stats.get("skipped", ()):
        if isinstance(report.longrepr, tuple):
            yield report.longrepr[2].removeprefix("Skipped: ")


def quiet(_step: str) -> None:
    """Show no progress."""


QUICK = Options("shacl" if find_spec("shacl") else "pyshacl", 1)
"""How snapshots are built where it does not matter which engine validates."""


def mkdir(folder: Path) -> Path:
    folder.mkdir()
    return folder


def needs_engine() -> None:
    pytest.importorskip("shacl", reason="needs the package shacl, which has no wheel for this machine")


@pytest.fixture(scope="session")
def workspace() -> Workspace:
    return find_workspace()


@pytest.fixture(scope="session")
def texts() -> Path:
    folder = SHARED / "texts"
    if not folder.is_dir():
        pytest.skip("needs the source documents, which the project does not ship")
    return folder


@pytest.fixture(scope="session")
def means(tmp_path_factory: pytest.TempPathFactory) -> Means:
    """What builds work with in the tests: one process, and a folder of finished pieces for the whole run."""
    return Means(WorkFolder(tmp_path_factory.mktemp("work")), quiet, 1)


@pytest.fixture(scope="session")
def assembly(workspace: Workspace, means: Means, tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return assemble(workspace, None, tmp_path_factory.mktemp("assembly"), means)


@pytest.fixture(scope="session")
def snapshot(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return build_snapshot(workspace, tmp_path_factory.mktemp("out"), None, quiet)


@pytest.fixture(scope="session")
def store(snapshot: Snapshot) -> Store:
    return Store.read_only(str(snapshot.folder / "store"))


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def g7kg() -> Run:
    """Run the command line as a user does, in a process of its own."""

    def run(*arguments: str | Path, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "g7kg", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={**os.environ, **environment},
        )

    return run


@dataclass(frozen=True)
class Server:
    """A server in a process of its own: its address, its process, its log as far as it is written."""

    base: str
    pid: int
    log: Path

    def memory(self) -> int:
        """Return the bytes of memory that the server process itself takes (resident, not shared)."""
        found = re.search(r"^RssAnon:\s+(\d+) kB$", Path(f"/proc/{self.pid}/status").read_text("ascii"), re.MULTILINE)
        assert found
        return int(found[1]) * 1024


Constants = Mapping[str, Mapping[str, float]]


@contextmanager
def run_server(log: Path, *options: str | Path, constants: Constants | None = None) -> Iterator[Server]:
    """Serve on a free port of 127.0.0.1 with ``options``; the server is stopped at the end.

    ``constants`` are fields of the settings ``pool`` and ``connections`` that this server has other values of.
    """
    program = ["tests.helpers.constants", json.dumps(constants)] if constants else ["g7kg"]
    command = [sys.executable, "-m", *program, "serve", "--port", "0", *map(str, options)]
    with log.open("w") as errors, subprocess.Popen(command, stdout=PIPE, stderr=errors, text=True) as process:
        try:
            assert process.stdout is not None
            base = next(match[1] for line in process.stdout if (match := re.search(r"pages\s+(http://\S+?)/\s", line)))
            with httpx.Client(transport=httpx.HTTPTransport(retries=20)) as client:
                assert client.get(f"{base}/readyz", timeout=20).status_code == 200
            yield Server(base, process.pid, log)
        finally:
            process.terminate()
            assert process.wait(30) == -signal.SIGTERM


@pytest.fixture(scope="session")
def server(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the snapshot; yield the base URL."""
    log = tmp_path_factory.mktemp("server") / "log"
    with run_server(log, "--snapshot", snapshot.folder, "--timeout", "3", "--workers", "2") as started:
        yield started.base


@pytest.fixture
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=30) as client:
        yield client


ATTACKED = ("--timeout", "1", "--memory", "128")
IMPATIENT: Constants = {"connections": {"request_seconds": 2, "stall_seconds": 1}}
"""Limits of the server that is attacked: tight, so that the tests need not wait."""


@pytest.fixture(scope="session")
def attacked(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("attacked") / "log"
    with run_server(log, "--snapshot", snapshot.folder, "--workers", "4", *ATTACKED, constants=IMPATIENT) as server:
        yield server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start a browser for one file of tests: while Playwright is open, no other test can run an event loop."""
    with start_browser(find_chromium(os.environ)) as browser:
        yield browser


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(chromium: Browser, server: str) -> Iterator[Visit]:
    """Bring visitors to the server: ``visit(PHONE, javascript=False)``. None may leave with a fault."""
    visitors: list[Visitor] = []

    def bring(device: Device = DESKTOP, **options: bool) -> Visitor:
        visitors.append(Visitor(chromium, server, device, **options))
        return visitors[-1]

    yield bring
    for visitor in visitors:
        visitor.context.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []
