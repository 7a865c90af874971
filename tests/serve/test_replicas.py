"""Servers behind nginx: killed, restarted, given new snapshots under load; what benchmarks.replicas does, in short."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.failures import NotAvailable
from benchmarks.front import CONFIGURATION, count_answers, find_nginx, run_front
from benchmarks.replicas import Place, prove
from benchmarks.witnesses import mark, watch
from tests.conftest import ROOT, quiet, run_server
from tests.helpers.sources import Handler, run_source
from tests.serve.test_live import publish, wait_for
from tests.serve.test_pull import contents

from g7kg.build.snapshot import Snapshot
from g7kg.pulling import Limits, Origin, Puller, pull
from g7kg.snapshot.manifest import find_snapshot


@pytest.fixture
def _nginx() -> None:
    try:
        find_nginx()
    except NotAvailable as error:
        pytest.skip(str(error))


@pytest.mark.usefixtures("_nginx")
def test_no_request_fails_and_no_answer_is_mixed_while_servers_die_and_snapshots_come(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    place = Place(snapshot.folder / "g7kg.nq", tmp_path, workers=2)
    testimony, counts, errors = prove(place, pause=0.3, clients=2)
    assert (testimony.faults, errors) == ([], 0)
    assert sorted(testimony.answers) == ["0", "1", "2", "3"]
    assert testimony.unmodified > 10
    assert {status for status, _ in counts} == {200, 304}
    assert {"MISS", "HIT", "REVALIDATED"} <= {cache for _, cache in counts}
    assert len(testimony.tags) > testimony.answers.total() // 4


@pytest.fixture
def front(tmp_path: Path, _nginx: None) -> Iterator[str]:
    """Serve a published folder with nginx."""
    publish(tmp_path / "source", 1)
    with run_front(tmp_path / "front", tmp_path / "source", [1]) as front:
        yield f"http://127.0.0.1:{front.static}/"


def test_a_pull_from_nginx_goes_on_where_it_stopped(
    front: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, output = find_snapshot(tmp_path / "source"), tmp_path / "in"
    puller = Puller(Origin(front), output, Limits(), quiet)
    with monkeypatch.context() as patch:
        patch.setattr(
            pull, "publish_snapshot", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
        )
        with pytest.raises(Exception, match="nothing was published: No space left on device"):
            puller.pull()
    (part,) = (output / ".pull").rglob("search.db")
    part.write_bytes(part.read_bytes()[:1000])
    written = {path.name: path.stat().st_mtime_ns for path in (output / ".pull").rglob("*.sst")}
    assert puller.pull().new
    moved = find_snapshot(output) / "store"
    assert {path.name: path.stat().st_mtime_ns for path in moved.glob("*.sst")} == written
    assert len(written) > 1
    assert contents(find_snapshot(output)) == contents(source)
    assert not puller.pull().new


@pytest.mark.usefixtures("_nginx")
def test_a_pull_goes_through_the_cache_in_front_of_a_server(tmp_path: Path) -> None:
    publish(tmp_path / "source", 1)
    source = find_snapshot(tmp_path / "source")
    with run_server(tmp_path / "log", "--snapshot", tmp_path / "source", "--workers", "1") as server:
        port = int(server.base.rpartition(":")[2])
        with run_front(tmp_path / "front", tmp_path / "source", [port]) as front:
            for name in ("first", "second", "third"):
                puller = Puller(Origin(f"http://127.0.0.1:{front.port}/"), tmp_path / name, Limits(), quiet)
                assert puller.pull().new
                assert contents(find_snapshot(tmp_path / name)) == contents(source)
            assert not puller.pull().new
    counts = count_answers(tmp_path / "front")
    files = len(contents(source)) - 1  # all but the manifest at the address that never changes
    assert counts == {(200, "MISS"): 2 * (files + 1), (200, "HIT"): files + 1, (304, "HIT"): 1}


def test_a_mixture_of_two_snapshots_would_be_seen(tmp_path: Path) -> None:
    rows = "v\r\n" + "1\r\n" * 299 + "2\r\n"

    def mix(handler: Handler) -> None:
        handler.answer(200, rows.encode(), {"ETag": '"1"', "Content-Type": handler.headers["Accept"]})

    with run_source(tmp_path) as source:
        source.faults[""] = mix
        port = int(re.findall(r"\d+", source.address)[-1])
        with watch(port, 1) as testimony:
            wait_for(lambda: "a mixture of snapshots ['1', '2']" in testimony.faults)
    assert mark(7).count('"7"') == 300


def test_the_configuration_in_the_documentation_is_the_one_that_was_tried() -> None:
    page = (ROOT / "docs" / "scaling.md").read_text("utf-8")
    shown = re.search(r"```nginx[^\n]*\n(.*?)```", page, re.DOTALL)
    assert shown
    tried = {line.strip() for line in CONFIGURATION.read_text("utf-8").splitlines()}
    lines = {line.strip() for line in shown[1].splitlines()} - {""}
    assert len(lines) > 10
    assert {line for line in lines - tried if not line.startswith(("server ", "listen ", "proxy_cache_path "))} == set()
