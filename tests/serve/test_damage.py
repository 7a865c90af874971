"""Snapshots that are damaged, copied or out of reach while a server runs: nothing wrong is served, all comes back."""

import asyncio
import hashlib
import resource
import shutil
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from tests.helpers.served import metric, publish, read_value, wait_for
from tests.helpers.server import ask_server

from g7kg.build.snapshot import Snapshot
from g7kg.errors import EngineError
from g7kg.serve.files import SnapshotFile

DUMP = "g7kg.nq.gz"
PAGES = ("/", "/dataset", "/void.ttl", "/validation", "/sitemap.xml", "/linkset/dataset")


def point(output: Path, folder: Path) -> None:
    """Have ``current`` name ``folder``."""
    (output / "next").symlink_to(folder)
    (output / "next").replace(output / "current")


def damage(path: Path) -> None:
    """Change four bytes of the file."""
    data = bytearray(path.read_bytes())
    data[-12:-8] = bytes(byte ^ 0xFF for byte in data[-12:-8])
    path.write_bytes(data)


@pytest.fixture
def copied(tmp_path: Path, snapshot: Snapshot) -> Path:
    """Return the folder of a whole snapshot of the project's graph, which the test may damage."""
    return Path(shutil.copytree(snapshot.folder, tmp_path / "copied"))


def test_a_snapshot_that_is_still_being_copied_is_served_when_it_is_whole(tmp_path: Path) -> None:
    output = tmp_path / "out"
    first = publish(output, 1)
    with ask_server(tmp_path / "log", "--snapshot", output, "--workers", "1") as (client, _):
        old = (output / "current").resolve()
        second = publish(tmp_path / "elsewhere", 2)
        source, target = (tmp_path / "elsewhere" / "current").resolve(), old.with_name("copy")
        target.mkdir()
        shutil.copy(source / "manifest.json", target)
        point(output, target)
        wait_for(lambda: client.get("/readyz").json().get("refused") == "copy")
        assert (client.get("/readyz").json()["snapshot"], read_value(client)) == (first, 1)
        assert metric(client, "g7kg_snapshot_refused") == 1
        shutil.copytree(source, target, dirs_exist_ok=True)
        wait_for(lambda: client.get("/readyz").json()["snapshot"] == second)
        assert (read_value(client), metric(client, "g7kg_snapshot_refused")) == (2, 0)
        assert "refused" not in client.get("/readyz").json()


def test_a_damaged_snapshot_is_not_moved_to(tmp_path: Path) -> None:
    output = tmp_path / "out"
    digest = publish(output, 1)
    with ask_server(tmp_path / "log", "--snapshot", output, "--workers", "1") as (client, server):
        damaged = shutil.copytree((output / "current").resolve(), output / "damaged")
        next((damaged / "store").glob("*.sst")).write_bytes(b"damage")
        point(output, damaged)
        wait_for(lambda: "the new snapshot is not served" in server.log.read_text("utf-8"))
        assert (client.get("/readyz").json()["snapshot"], read_value(client)) == (digest, 1)
        assert publish(output, 2) != digest
        wait_for(lambda: read_value(client) == 2)


def test_a_snapshot_is_served_after_a_moment_without_file_descriptors(tmp_path: Path) -> None:
    output = tmp_path / "out"
    publish(output, 1)
    with ask_server(tmp_path / "log", "--snapshot", output, "--workers", "1") as (client, server):
        read_value(client)
        before = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        opened = sum(1 for _ in Path(f"/proc/{server.pid}/fd").iterdir())
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (opened + 2, before[1]))
        publish(output, 2)
        wait_for(lambda: "refused" in client.get("/readyz").json())
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, before)
        wait_for(lambda: read_value(client) == 2)
        assert "refused" not in client.get("/readyz").json()


def test_a_refusal_is_over_when_the_old_snapshot_is_published_again(tmp_path: Path) -> None:
    output = tmp_path / "out"
    publish(output, 1)
    with ask_server(tmp_path / "log", "--snapshot", output, "--workers", "1") as (client, _):
        old = (output / "current").resolve()
        point(output, output / "nowhere")
        wait_for(lambda: client.get("/readyz").json().get("refused") == "nowhere")
        point(output, old)
        wait_for(lambda: "refused" not in client.get("/readyz").json())
        assert (read_value(client), metric(client, "g7kg_snapshot_switches_total")) == (1, 0)


def test_a_dump_that_was_damaged_before_the_start_is_not_served_until_it_is_mended(
    copied: Path, tmp_path: Path, snapshot: Snapshot
) -> None:
    damage(copied / DUMP)
    (copied / "g7kg.ttl.gz").unlink()
    with ask_server(tmp_path / "log", "--snapshot", copied, "--workers", "1") as (client, server):
        client.follow_redirects = True
        assert {path: client.get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, 200)
        for name in (DUMP, "g7kg.ttl.gz"):
            assert client.get(f"/dumps/{name}").status_code == 404
            assert name not in client.get("/dataset").text.partition("<h2")[0]
            assert name not in client.get("/void.ttl").text
        assert client.get("/dumps/g7kg.trig.gz").status_code == 200
        assert client.get("/readyz").json()["refused"] == "copied"
        assert f"{copied / DUMP}: the snapshot is damaged" in server.log.read_text("utf-8")
        for name in (DUMP, "g7kg.ttl.gz"):
            shutil.copy(snapshot.folder / name, copied)
        wait_for(lambda: "refused" not in client.get("/readyz").json())
        assert client.get(f"/dumps/{DUMP}").content == (snapshot.folder / DUMP).read_bytes()
        assert DUMP in client.get("/void.ttl").text


def test_a_dump_that_is_damaged_or_lost_under_the_server_is_not_served_and_pages_stay(
    copied: Path, tmp_path: Path, snapshot: Snapshot
) -> None:
    with ask_server(tmp_path / "log", "--snapshot", copied, "--workers", "2", "--cache", "0") as (client, _):
        client.follow_redirects = True

        def ask() -> list[httpx.Response]:
            return [client.get(f"/dumps/{DUMP}", headers=headers) for headers in ({}, {"Range": "bytes=0-99"})]

        right = ask()
        assert [answer.status_code for answer in right] == [200, 206]
        before = {path: client.get(path).content for path in PAGES}
        damage(copied / DUMP)
        assert [answer.status_code for answer in (*ask(), client.head(f"/dumps/{DUMP}"))] == [503] * 3
        (copied / DUMP).unlink()
        assert [answer.status_code for answer in ask()] == [503] * 2
        assert {path: client.get(path).content for path in PAGES} == before
        shutil.copy(snapshot.folder / DUMP, copied)
        assert [answer.content for answer in ask()] == [answer.content for answer in right]


@pytest.mark.parametrize("change", ["damage", "shorten", "lengthen"])
async def test_a_dump_that_is_changed_while_it_is_sent_is_not_sent_to_its_end(
    tmp_path: Path, snapshot: Snapshot, change: str
) -> None:
    """The file is changed without a trace in its times: a server that only asks for these would be deceived."""
    path = tmp_path / "g7kg.nq"
    whole = (snapshot.folder / "g7kg.nq").read_bytes()
    digest = hashlib.sha256(whole).hexdigest()
    path.write_bytes(whole)
    sent: list[bytes] = []

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            if change == "damage":
                damage(path)
            else:
                path.write_bytes(whole[:-1] if change == "shorten" else whole + b"x" * SnapshotFile.chunk_size)
        else:
            assert isinstance(message["body"], bytes)
            sent.append(message["body"])

    async def receive() -> dict[str, str]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "headers": [], "g7kg.exchange": SimpleNamespace()}
    with pytest.raises(EngineError):
        await SnapshotFile(path, digest, "text/plain", {})(scope, receive, send)  # type: ignore[arg-type]  # messages of ASGI
    assert 0 < sum(map(len, sent)) < len(whole)
    assert whole.startswith(b"".join(sent))
