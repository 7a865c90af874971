"""Snapshots copied to servers behind nginx, which are killed and restarted under load; benchmarks.replicas in short."""

import re
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from benchmarks.processes import NotAvailable
from benchmarks.replicas import CONFIGURATION, Place, copy_snapshot, find_programs, prove
from benchmarks.witnesses import mark, watch
from tests.helpers.project import ROOT
from tests.helpers.served import keep_asking, publish, wait_for
from tests.helpers.server import ask_server

from g7kg.build.snapshot import Snapshot
from g7kg.snapshot.manifest import find_snapshot, verify_snapshot

pytestmark = pytest.mark.soak


@pytest.fixture
def _rsync() -> None:
    if shutil.which("rsync") is None:
        pytest.skip("needs rsync: apt-get install rsync")


@pytest.fixture
def _front(_rsync: None) -> None:
    try:
        find_programs()
    except NotAvailable as error:
        pytest.skip(str(error))


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return the files of the snapshot in ``folder``, with their times, but for those that opening a store changes."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(("LOG", "LOCK")))
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}


@pytest.mark.usefixtures("_rsync")
def test_a_server_moves_to_snapshots_that_the_commands_of_the_guide_bring_without_a_failed_request(
    tmp_path: Path,
) -> None:
    source = tmp_path / "source"
    publish(source, 0)
    copy_snapshot(source, tmp_path)
    with ask_server(tmp_path / "log", "--snapshot", tmp_path / "data", "--workers", "2") as (client, server):
        with keep_asking(server.base) as values:
            for number in range(1, 4):
                digest = publish(source, number)
                copy_snapshot(source, tmp_path)
                wait_for(lambda digest=digest: client.get("/readyz").json()["snapshot"] == digest)  # type: ignore[misc]
        assert all({0, 3} <= set(seen) for seen in values)
        assert "g7kg_snapshot_switches_total 3.0" in client.get("/metrics").text


@pytest.mark.usefixtures("_rsync")
def test_what_is_there_is_not_copied_again_and_half_a_copy_is_finished(tmp_path: Path) -> None:
    source = tmp_path / "source"
    publish(source, 1)
    copy_snapshot(source, tmp_path)
    first = find_snapshot(tmp_path / "data")
    assert files(first) == files(find_snapshot(source))
    before = first.stat()
    copy_snapshot(source, tmp_path)
    assert (find_snapshot(tmp_path / "data"), first.stat()) == (first, before)

    publish(source, 2)
    half = tmp_path / "data" / "incoming"
    half.mkdir()
    shutil.copy2(find_snapshot(source) / "search.db", half)
    (half / "stale").touch()
    copy_snapshot(source, tmp_path)
    assert files(find_snapshot(tmp_path / "data")) == files(find_snapshot(source))
    assert not half.exists()
    verify_snapshot(find_snapshot(tmp_path / "data"))


@pytest.mark.usefixtures("_rsync")
def test_a_copy_that_fails_leaves_what_is_published(tmp_path: Path) -> None:
    source = tmp_path / "source"
    publish(source, 1)
    copy_snapshot(source, tmp_path)
    published = find_snapshot(tmp_path / "data")
    publish(source, 2)
    shutil.rmtree(find_snapshot(source))  # what current names is not there
    with pytest.raises(NotAvailable, match="rsync error"):
        copy_snapshot(source, tmp_path)
    (source / "current").unlink()
    with pytest.raises(NotAvailable, match="failed"):
        copy_snapshot(source, tmp_path)
    assert find_snapshot(tmp_path / "data") == published
    verify_snapshot(published)


@pytest.mark.integration
@pytest.mark.usefixtures("_front")
def test_no_request_fails_and_no_answer_is_mixed_while_servers_die_and_snapshots_come(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    place = Place(snapshot.folder / "g7kg.nq", tmp_path, workers=2)
    testimony, counts, errors = prove(place, pause=0.3, clients=2)
    assert (testimony.faults, errors) == ([], 0)
    assert sorted(testimony.answers) == ["0", "1", "2", "3"]
    assert testimony.unmodified > 10
    left_by_wrk = 499  # what nginx notes for requests that a load has on the way when its time is over
    assert {status for status, _ in counts} - {left_by_wrk} == {200, 304}
    assert {"MISS", "HIT", "REVALIDATED"} <= {cache for _, cache in counts}
    assert len(testimony.tags) > testimony.answers.total() // 4


class _Mixture(BaseHTTPRequestHandler):
    """Answers with rows of two snapshots."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Type", self.headers["Accept"])
        self.end_headers()
        self.wfile.write(("v\r\n" + "1\r\n" * 299 + "2\r\n").encode())

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - as it is called
        """Say nothing."""


def test_a_mixture_of_two_snapshots_would_be_seen() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Mixture) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        with watch(server.server_address[1], 1) as testimony:
            wait_for(lambda: "a mixture of snapshots ['1', '2']" in testimony.faults)
        server.shutdown()
        thread.join()
    assert mark(7).count('"7"') == 300


def test_the_configuration_in_the_documentation_is_the_one_that_was_tried() -> None:
    page = (ROOT / "docs" / "scaling.md").read_text("utf-8")
    shown = re.search(r"```nginx[^\n]*\n(.*?)```", page, re.DOTALL)
    assert shown
    tried = {line.strip() for line in CONFIGURATION.read_text("utf-8").splitlines()}
    lines = {line.strip() for line in shown[1].splitlines()} - {""}
    assert len(lines) > 10
    assert {line for line in lines - tried if not line.startswith(("server ", "listen ", "proxy_cache_path "))} == set()
