"""Fixtures: the project's own graph, assembled and published once a run, and a server on it."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser
from pyoxigraph import Store

from g7kg.build.assembly import Assembly, assemble
from g7kg.build.snapshot import Snapshot, build_snapshot
from g7kg.build.work import Means, WorkFolder
from g7kg.cli import main
from g7kg.dataset.dataset import Dataset, open_dataset
from g7kg.mapping.context import Context, read_context
from g7kg.mapping.workspace import Workspace, find_workspace
from tests.helpers.browser import DESKTOP, Device, Visit, Visitor, find_chromium, start_browser
from tests.helpers.project import QUICK, SHARED, Run, quiet
from tests.helpers.server import Constants, Server, ask_server, run_server
from tests.helpers.workspaces import seed, write_small


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


def share(factory: pytest.TempPathFactory, name: str) -> Path:
    """Return a folder that is the same for all processes of this run."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"shared-{name}"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Have tests that are coroutines run by asyncio."""
    return "asyncio"


@pytest.fixture(scope="session")
def workspace() -> Workspace:
    return find_workspace()


@pytest.fixture(scope="session")
def context(workspace: Workspace) -> Context:
    """What mappings are read with."""
    return read_context(workspace.ontology / "context.jsonld")


@pytest.fixture
def work(tmp_path: Path) -> WorkFolder:
    return WorkFolder(tmp_path)


@pytest.fixture
def small(tmp_path: Path) -> Workspace:
    """A workspace of one short document, which is built soon; a test may change it."""
    return write_small(tmp_path / "small")


@pytest.fixture(scope="session")
def small_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Snapshot]:
    workspace = write_small(tmp_path_factory.mktemp("once") / "small")
    return workspace, build_snapshot(workspace, workspace.output, None, quiet, QUICK)


@pytest.fixture
def built(small_once: tuple[Workspace, Snapshot], tmp_path: Path) -> tuple[Workspace, Snapshot]:
    """A small workspace and the snapshot that is published below it; a test may change both."""
    workspace, snapshot = small_once
    copy = shutil.copytree(workspace.root, tmp_path / "small", symlinks=True)
    return Workspace(copy, copy / "build"), replace(snapshot, folder=copy / snapshot.folder.relative_to(workspace.root))


@pytest.fixture(scope="session")
def texts() -> Path:
    folder = SHARED / "texts"
    if not folder.is_dir():
        pytest.skip("needs the source documents, which the project does not ship")
    return folder


@pytest.fixture(scope="session")
def means(tmp_path_factory: pytest.TempPathFactory) -> Means:
    """What builds work with in the tests: one process, and a folder of finished pieces for the whole run."""
    return Means(WorkFolder(share(tmp_path_factory, "work")), quiet, 1)


@pytest.fixture(scope="session")
def assembly(workspace: Workspace, means: Means, tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return assemble(workspace, None, tmp_path_factory.mktemp("assembly"), means)


@pytest.fixture(scope="session")
def snapshot(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The project's graph as it is published: built by the first process of the run, kept by the others."""
    return build_snapshot(workspace, share(tmp_path_factory, "out"), None, quiet, replace(QUICK, jobs=None))


@pytest.fixture(scope="session")
def worded_snapshot(
    workspace: Workspace, texts: Path, snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory
) -> Snapshot:
    """The same with the words of the documents."""
    output = seed(share(tmp_path_factory, "worded"), snapshot)
    return build_snapshot(workspace, output, texts, quiet, QUICK)


@pytest.fixture(scope="session")
def store(snapshot: Snapshot) -> Store:
    return Store.read_only(str(snapshot.folder / "store"))


@pytest.fixture(scope="session")
def dataset(snapshot: Snapshot) -> Iterator[Dataset]:
    """Open the snapshot in this process: what pages are functions of."""
    opened = open_dataset(snapshot.folder)
    yield opened
    opened.searcher.close()


@pytest.fixture
def g7kg() -> Run:
    """Run the command line in this process, which has loaded all that it needs; as a program: see ``program``."""

    def run(*arguments: str | Path, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        line = [str(argument) for argument in arguments]
        result = CliRunner().invoke(main, line, input=stdin, env=environment, prog_name="g7kg")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return subprocess.CompletedProcess(line, result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def program() -> Run:
    """Run the command line as a user does, in a process of its own."""

    def run(*arguments: str | Path, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "g7kg", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
            env={**os.environ, **environment},
        )

    return run


@pytest.fixture(scope="session")
def server(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the snapshot; yield the base URL."""
    log = tmp_path_factory.mktemp("server") / "log"
    with run_server(log, "--snapshot", snapshot.folder, "--timeout", "20", "--workers", "2") as started:
        yield started.base


@pytest.fixture
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def worded(worded_snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a server on the snapshot with the words."""
    log = tmp_path_factory.mktemp("worded") / "log"
    with ask_server(log, "--snapshot", worded_snapshot.folder, "--workers", "1") as (client, _):
        yield client


ATTACKED = ("--timeout", "1", "--memory", "256")
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


@pytest.fixture(scope="session")
def passed() -> set[int]:
    """Pages that were found accessible, each as it was."""
    return set()


@pytest.fixture
def visit(chromium: Browser, server: str, passed: set[int]) -> Iterator[Visit]:
    """Bring visitors to the server: ``visit(PHONE, javascript=False)``. None may leave with a fault."""
    visitors: list[Visitor] = []

    def bring(device: Device = DESKTOP, **options: bool) -> Visitor:
        visitors.append(Visitor(chromium, server, device, **options))
        visitors[-1].passed = passed
        return visitors[-1]

    yield bring
    for visitor in visitors:
        visitor.context.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []
