"""Snapshots pulled from other servers: verified, resumed, refused; the current one untouched by whatever goes wrong."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.conftest import Run, quiet, run_server
from tests.helpers.sources import Fault, Handler, Source, cut, run_source, say
from tests.serve.test_live import publish, wait_for

from g7kg.build.snapshot import Snapshot
from g7kg.errors import G7kgError, TransferError, WorkspaceError
from g7kg.pulling import Limits, Origin, Puller, fetching, open_origin, pull
from g7kg.snapshot.locks import claim_folder
from g7kg.snapshot.manifest import MANIFEST, STORE_DIGESTS, find_snapshot, identify_files, read_manifest, verify_store


def pull_once(
    address: str, output: Path, limits: Limits | None = None, environment: dict[str, str] | None = None
) -> Puller:
    puller = Puller(open_origin(address, environment or {}, stall=1), output, limits or Limits(), quiet)
    puller.pull()
    return puller


def fail_to_pull(address: str, output: Path, limits: Limits | None = None) -> str:
    with pytest.raises((TransferError, WorkspaceError)) as failure:
        pull_once(address, output, limits)
    return str(failure.value)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of the snapshot in ``folder``, without those that opening a store changes."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(("LOG", "LOCK")))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def parts(output: Path) -> dict[str, bytes]:
    """Return what was fetched of snapshots that are not complete, by name."""
    paths = (path for path in (output / ".pull").rglob("*") if path.is_file() and path.name != ".lock")
    return {path.name: path.read_bytes() for path in paths}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_PAUSE", 0)
    monkeypatch.setattr(pull, "_PAUSE", 0)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    publish(tmp_path / "source", 1)
    with run_source(tmp_path / "source") as source:
        yield source


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return a folder in which another snapshot is published already."""
    publish(tmp_path / "here", 0)
    return tmp_path / "here"


def test_a_snapshot_is_pulled_from_a_server_byte_by_byte(server: str, snapshot: Snapshot, tmp_path: Path) -> None:
    puller = pull_once(server, tmp_path / "out")
    folder = find_snapshot(tmp_path / "out")
    assert contents(folder) == contents(snapshot.folder)
    assert folder.name == snapshot.folder.name
    assert len([name for name in contents(folder) if name.startswith("store/")]) > 5
    assert parts(tmp_path / "out") == {}
    again = puller.pull()
    assert (again.new, again.folder) == (False, folder)


def test_the_verb_says_what_it_did(server: str, snapshot: Snapshot, tmp_path: Path, g7kg: Run) -> None:
    said = [g7kg("pull", server, "--out", tmp_path / "out") for _ in range(2)]
    folder = find_snapshot(tmp_path / "out")
    about = f"{folder}: {snapshot.manifest.quads:,} quads, digest {snapshot.manifest.digest[:16]}\n"
    assert [run.stdout for run in said] == [f"published {about}", f"nothing new, published is {about}"]
    assert [(run.returncode, run.stderr) for run in said] == [(0, ""), (0, "")]
    refused = g7kg("pull", f"{server}/nowhere", "--out", tmp_path / "out")
    assert refused.returncode == 2
    assert refused.stderr == (
        f"{server}/nowhere/snapshot/manifest.json: error: there is nothing at /nowhere/snapshot/manifest.json\n"
        "  hint: begin at the home page\n"
    )


def test_a_server_hands_its_snapshot_on_file_by_file(client: httpx.Client, snapshot: Snapshot) -> None:
    first = client.get("/snapshot/manifest.json")
    lists = lists_of(snapshot.folder)
    digest = identify_files(*lists)
    assert (first.content, first.headers["etag"]) == (lists[0], f'"{digest}"')
    assert first.headers["cache-control"] == "public, max-age=60"
    assert first.headers["content-location"] == f"/snapshot/{digest}/manifest.json"
    again = client.get("/snapshot/manifest.json", headers={"If-None-Match": f'"other", W/"{digest}"'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", f'"{digest}"')
    for name in ("manifest.json", "store.json", "search.db", "g7kg.nq", "g7kg.nq.gz", "report.json", "store/CURRENT"):
        answer = client.get(f"/snapshot/{digest}/{name}")
        assert answer.content == (snapshot.folder / name).read_bytes()
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert client.head(f"/snapshot/{digest}/{name}").headers["content-length"] == str(len(answer.content))
    path = f"/snapshot/{digest}/g7kg.nq"
    part = client.get(path, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, (snapshot.folder / "g7kg.nq").read_bytes()[10:20])
    assert client.get(path, headers={"If-None-Match": part.headers["etag"]}).status_code == 304


def test_a_server_hands_nothing_else_on(client: httpx.Client) -> None:
    digest = client.get("/snapshot/manifest.json").headers["etag"].strip('"')
    others = ("store/LOCK", "store/", "store", "..%2f..%2fmanifest.json", "store/..%2fmanifest.json", "%2fetc%2fpasswd")
    for name in others:
        answer = client.get(f"/snapshot/{digest}/{name}")
        assert (answer.status_code, answer.json()["hint"]) == (404, "manifest.json and store.json list its files")
    answer = client.get(f"/snapshot/{'0' * 64}/manifest.json")
    assert (answer.status_code, answer.json()["hint"]) == (404, "ask for /snapshot/manifest.json again")


def test_a_snapshot_with_the_words_is_not_handed_on(tmp_path: Path, g7kg: Run) -> None:
    publish(tmp_path / "out", 1)
    folder = find_snapshot(tmp_path / "out")
    stated = json.loads((folder / MANIFEST).read_text("utf-8"))
    (folder / MANIFEST).write_text(json.dumps({**stated, "texts": ["verona-trento-2024"]}), "utf-8")
    with run_server(tmp_path / "log", "--snapshot", tmp_path / "out", "--workers", "1") as server:
        digest = identify_files(*lists_of(folder))
        for path in ("manifest.json", f"{digest}/search.db", f"{digest}/store/CURRENT"):
            answer = httpx.get(f"{server.base}/snapshot/{path}")
            assert (answer.status_code, answer.json()["detail"]) == (404, SERVER_KEEPS)
        refused = g7kg("pull", server.base, "--out", tmp_path / "in")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr.splitlines() == [
            f"{server.base}/snapshot/manifest.json: error: {SERVER_KEEPS}",
            "  hint: pull from a server whose snapshot was built without --texts",
        ]
    with run_source(tmp_path / "out") as static:
        assert "it is not handed on (have the source build it without --texts)" in fail_to_pull(
            static.address, tmp_path / "in"
        )


SERVER_KEEPS = "the snapshot is not handed on: it holds the words of documents, which belong to their authors"


def test_a_snapshot_is_pulled_from_a_plain_web_server(source: Source, output: Path) -> None:
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(source.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"port (\d+)", process.stdout.readline())
        assert found
        try:
            puller = pull_once(f"http://127.0.0.1:{found[1]}", output)
            assert not puller.pull().new
        finally:
            process.terminate()
    assert contents(find_snapshot(output)) == contents(find_snapshot(source.folder))


def test_a_pull_goes_on_where_it_was_interrupted(source: Source, output: Path) -> None:
    before = find_snapshot(output)
    size = (find_snapshot(source.folder) / "search.db").stat().st_size
    source.faults["search.db"] = cut(1000)
    message = fail_to_pull(source.address, output)
    asked = [range_ for path, range_, _ in source.asked if path.endswith("search.db")]
    assert asked == [None, "bytes=1000-", "bytes=2000-"]
    assert f"the answer broke off after 1,000 of {size - 2000:,} bytes (try again: what was fetched is kept)" in message
    assert parts(output)["search.db"] == (find_snapshot(source.folder) / "search.db").read_bytes()[:3000]
    assert find_snapshot(output) == before
    source.faults.clear()
    source.asked.clear()
    pull_once(source.address, output)
    assert [range_ for path, range_, _ in source.asked if path.endswith("search.db")] == ["bytes=3000-"]
    assert contents(find_snapshot(output)) == contents(find_snapshot(source.folder))


def test_what_was_fetched_whole_is_not_fetched_again(source: Source, output: Path) -> None:
    source.faults["store/CURRENT"] = say(500, b"")
    assert "store/CURRENT: the source answers 500" in fail_to_pull(source.address, output)
    source.faults.clear()
    kept = set(parts(output))
    source.paths()
    pull_once(source.address, output)
    assert "search.db" in kept
    assert not kept & {path.rpartition("/")[2] for path in source.paths()}


def test_a_source_that_changes_meanwhile_is_pulled_anew(source: Source, output: Path) -> None:
    def change(_handler: Handler) -> None:
        del source.faults["search.db"]
        old = find_snapshot(source.folder)
        publish(source.folder, 2)
        shutil.rmtree(old)
        _handler.send_file()

    source.faults["search.db"] = change
    pull_once(source.address, output)
    assert contents(find_snapshot(output)) == contents(find_snapshot(source.folder))
    assert parts(output) == {}


def test_parts_of_another_snapshot_are_not_used(source: Source, output: Path) -> None:
    source.faults["store/CURRENT"] = say(500, b"")
    fail_to_pull(source.address, output)
    publish(source.folder, 2)
    fail_to_pull(source.address, output)
    assert len([path for path in (output / ".pull").iterdir() if path.is_dir()]) == 1
    source.faults.clear()
    pull_once(source.address, output)
    assert contents(find_snapshot(output)) == contents(find_snapshot(source.folder))


def test_a_part_that_was_spoilt_is_fetched_anew(source: Source, output: Path) -> None:
    source.faults["store/CURRENT"] = say(500, b"")
    fail_to_pull(source.address, output)
    (found,) = (output / ".pull").rglob("search.db")
    found.write_bytes(b"x" * 100)
    source.faults.clear()
    source.asked.clear()
    pull_once(source.address, output)
    assert [range_ for path, range_, _ in source.asked if path.endswith("search.db")] == ["bytes=100-", None]
    verify_store(find_snapshot(output))


def test_a_file_that_is_not_as_its_digest_says_is_not_published(source: Source, output: Path) -> None:
    before = contents(find_snapshot(output))
    source.faults["search.db"] = say(200, b"not the index")
    message = fail_to_pull(source.address, output)
    assert "/search.db: the file is not as its digest says (have the source build it again; nothing was" in message
    assert contents(find_snapshot(output)) == before
    assert "search.db" not in parts(output)


def drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.02)
    except OSError:
        pass


def hang(_handler: Handler) -> None:
    time.sleep(1.5)


def greet(handler: Handler) -> None:
    handler.wfile.write(b"hello\r\n\r\n")


def edit_manifest(**changes: object) -> Fault:
    def fault(handler: Handler) -> None:
        handler.answer(200, json.dumps({**json.loads(handler.file.read_bytes()), **changes}).encode())

    return fault


def edit_list(name: str, digest: str) -> Fault:
    def fault(handler: Handler) -> None:
        handler.answer(200, json.dumps({**json.loads(handler.file.read_bytes()), name: digest}).encode())

    return fault


HEAD, LIST = "current/manifest.json", "store.json"
PROBLEM = json.dumps({"detail": "no \x1b[31m", "hint": "ask"}).encode()
PAGE = b"<!doctype html><title>Hello</title>"
FAULTS: dict[str, tuple[str, Fault, str]] = {
    "page": (HEAD, say(200, PAGE, Content_Type="text/html"), "answers with a page, not with a snapshot"),
    "page in disguise": (HEAD, say(200, PAGE), "answers with a page, not with a snapshot"),
    "redirection": (HEAD, say(302, b"", Location="http://127.0.0.1:1/x"), "sends elsewhere, to 'http://127.0.0.1:1/x'"),
    "redirection of a file": ("search.db", say(301, b"", Location="/x"), "the source sends elsewhere, to"),
    "credentials": (HEAD, say(401, b""), "refuses who asks (401) (set G7KG_PULL_TOKEN, or G7KG_PULL_USER and"),
    "forbidden": (LIST, say(403, b""), "the source refuses who asks (403)"),
    "broken server": (HEAD, say(503, b""), "the source answers 503 (try again"),
    "no HTTP": (HEAD, greet, "there is no answer: hello"),
    "half a manifest": (HEAD, cut(100), "the answer broke off after 100 of"),
    "no JSON": (HEAD, say(200, b"[{"), "the manifest is damaged"),
    "nested": (HEAD, say(200, b"[" * 1_000_000), "the manifest is damaged"),
    "nested list": (LIST, say(200, b"[" * 1_000_000), "the list of files is damaged"),
    "escape": (HEAD, edit_manifest(version="\x1b]0;x\x07", more=1), "of version ]0;x, and cannot be read"),
    "problem": ("snapshot/manifest.json", say(404, PROBLEM, Content_Type="application/problem+json"), "no [31m (ask)"),
    "no object": (HEAD, say(200, b"[]"), "the manifest is damaged"),
    "another version": (HEAD, edit_manifest(version="9.1", more=1), "made by another g7kg, of version 9.1"),
    "damaged manifest": (HEAD, edit_manifest(digest="../x"), "the manifest is damaged"),
    "nothing new": (HEAD, say(304, b""), "nothing is new, though nothing is here"),
    "endless manifest": (HEAD, say(200, b" " * (17 << 20)), "the answer has more than 16,777,216 bytes"),
    "way out": (LIST, edit_list("store/../../x", "0" * 64), "the list of files is damaged"),
    "way to the root": (LIST, edit_list("/etc/x", "0" * 64), "the list of files is damaged"),
    "no digest": (LIST, edit_list("search.db", "0"), "the list of files is damaged"),
    "no list": (LIST, say(200, b"3"), "the list of files is damaged"),
    "lost list": (LIST, say(404, b""), "the source offers this file and does not have it"),
    "lost file": ("search.db", say(404, b""), "the source offers this file and does not have it"),
    "another range": ("search.db", say(206, b"x", Content_Range="bytes 7-7/8"), "another range than it was asked"),
    "silence": (HEAD, hang, "there is no answer: timed out"),
    "silence in a file": ("search.db", hang, "there is no answer: timed out"),
    "drip": ("search.db", drip, "the snapshot took longer than 2 seconds"),
    "drip of a manifest": (HEAD, drip, "the snapshot took longer than 2 seconds"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_a_source_does_the_snapshot_here_is_untouched(source: Source, output: Path, fault: str) -> None:
    end, behaviour, message = FAULTS[fault]
    source.faults[end] = behaviour
    here = output.parent / "empty" if fault == "nothing new" else output
    before = contents(find_snapshot(output))
    assert message in fail_to_pull(source.address, here, Limits(seconds=2 if "drip" in fault else 60))
    assert contents(find_snapshot(output)) == before
    assert not [path for path in output.rglob("*") if path.name == "x"]
    assert [path.name for path in (output / "snapshots").iterdir()] == [find_snapshot(output).name]


def test_a_snapshot_that_is_too_large_is_refused(source: Source, output: Path) -> None:
    message = fail_to_pull(source.address, output, Limits(size=5000))
    assert message.endswith("the snapshot is larger than 5,000 bytes (allow more with --max-size)")


def test_a_source_that_is_not_there_is_told(output: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert fail_to_pull(f"http://127.0.0.1:{port}", output).startswith(
        f"http://127.0.0.1:{port}/snapshot/manifest.json: there is no answer: Connection refused"
    )


def test_a_full_disk_is_told_and_the_snapshot_here_is_untouched(source: Source, output: Path) -> None:
    source.faults["search.db"] = cut(0)
    fail_to_pull(source.address, output)
    source.faults.clear()
    (found,) = (output / ".pull").rglob("search.db")
    found.unlink()
    found.symlink_to("/dev/full")
    before = find_snapshot(output)
    message = fail_to_pull(source.address, output)
    assert message == f"{found}: the file cannot be written: No space left on device ({KEPT})"
    assert find_snapshot(output) == before


KEPT = "what was fetched is kept: make room and pull again"


def test_of_two_pulls_at_once_the_second_is_refused(source: Source, output: Path, g7kg: Run) -> None:
    source.faults["x"] = say(500, b"")
    (output / ".pull").mkdir()
    with claim_folder(output / ".pull"):
        refused = g7kg("pull", source.address, "--out", output)
    assert (refused.returncode, source.asked) == (2, [])
    assert refused.stderr.startswith(f"{output / '.pull'}: error: another process is at work here\n  hint: wait for it")
    assert g7kg("pull", source.address, "--out", output).returncode == 0


def test_a_publisher_at_the_same_time_is_waited_for(source: Source, output: Path) -> None:
    with run_source(source.folder) as other:
        numbers = threading.Thread(target=lambda: [publish(output, number) for number in range(10, 15)])
        numbers.start()
        pull_once(other.address, output)
        numbers.join()
    folders = {path.name for path in (output / "snapshots").iterdir()}
    assert find_snapshot(output).name in folders
    for name in folders:
        verify_store(output / "snapshots" / name)


@pytest.mark.parametrize(
    ("environment", "header"),
    [
        ({}, None),
        ({"G7KG_PULL_TOKEN": "s3cret"}, "Bearer s3cret"),
        ({"G7KG_PULL_USER": "ann", "G7KG_PULL_PASSWORD": "s3crét"}, "Basic YW5uOnMzY3LDqXQ="),
    ],
)
def test_credentials_come_from_the_environment(
    source: Source, output: Path, environment: dict[str, str], header: str | None, g7kg: Run
) -> None:
    pull_once(source.address, output, environment=environment)
    assert {sent for _, _, sent in source.asked} == {header}
    assert "s3cr" not in repr(open_origin(source.address, environment))
    source.faults["manifest.json"] = say(401, b"")
    refused = g7kg("pull", source.address, "--out", output, **environment)
    assert refused.returncode == 2
    assert "s3cr" not in refused.stderr


@pytest.mark.parametrize(
    ("address", "environment", "message"),
    [
        ("ftp://e/", {}, "this is no address of a source"),
        ("file:///etc/", {}, "this is no address of a source"),
        ("http://e:x/", {}, "this is no address of a source"),
        ("http://e/?a", {}, "this is no address of a source"),
        ("http://ann:s3cret@e/", {}, "the address holds credentials"),
        ("http://ann:s3cret@e:x/", {}, "this is no address"),
        ("http://e/", {"G7KG_PULL_TOKEN": "s3cret\n"}, "not of their form"),
        ("http://e/", {"G7KG_PULL_USER": "s3:cret"}, "not of their form"),
        ("http://e/", {"G7KG_PULL_USER": "s3cret", "G7KG_PULL_TOKEN": "s3cret"}, "two kinds of credentials"),
    ],
)
def test_an_address_or_credentials_that_are_none_are_refused(
    address: str, environment: dict[str, str], message: str
) -> None:
    with pytest.raises(G7kgError, match=message) as failure:
        open_origin(address, environment)
    assert "s3" not in str(failure.value)


def test_nothing_is_fetched_that_is_here_already(source: Source, output: Path) -> None:
    puller = pull_once(source.address, output)
    source.paths()
    assert not puller.pull().new
    assert source.paths() == ["/snapshot/manifest.json", "/current/manifest.json"]
    assert Puller(Origin(source.address), output, Limits(), quiet).pull().new is False


def test_a_tag_that_is_none_is_not_sent_back(source: Source, output: Path) -> None:
    def answer(handler: Handler) -> None:
        handler.answer(200, handler.file.read_bytes(), {"ETag": '"a"\r\n , "b"'})

    source.faults["current/manifest.json"] = answer
    puller = pull_once(source.address, output)
    assert not puller.pull().new
    assert puller.tags == (f'"{identify_files(*lists_of(find_snapshot(output)))}"',)


def lists_of(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in (MANIFEST, STORE_DIGESTS)]


def test_a_damaged_snapshot_is_pulled_again(source: Source, output: Path) -> None:
    pull_once(source.address, output)
    (find_snapshot(output) / "search.db").write_bytes(b"damage")
    assert Puller(Origin(source.address), output, Limits(), quiet).pull().new
    verify_store(find_snapshot(output))


def test_a_watch_follows_the_source_and_survives_that_it_is_down(tmp_path: Path) -> None:
    served, output = tmp_path / "source", tmp_path / "in"
    digest = publish(served, 1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "g7kg",
        "pull",
        f"http://127.0.0.1:{port}/",
        "--out",
        str(output),
        "--watch",
        "0.1",
    ]
    with (tmp_path / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            wait_for(lambda: "Connection refused" in (tmp_path / "log").read_text("utf-8"))
            with run_source(served, port) as source:
                wait_for(lambda: holds(output, digest))
                wait_for(lambda: source.paths()[-2:] == ["/snapshot/manifest.json", "/current/manifest.json"])
                digest = publish(served, 2)
                wait_for(lambda: holds(output, digest))
            digest = publish(served, 3)
            with run_source(served, port):
                wait_for(lambda: holds(output, digest))
        finally:
            process.terminate()
            process.wait(10)
    assert (tmp_path / "log").read_text("utf-8").count("published ") == 3


def holds(output: Path, digest: str) -> bool:
    folder = find_snapshot(output)
    return (folder / MANIFEST).is_file() and read_manifest(folder).digest == digest
