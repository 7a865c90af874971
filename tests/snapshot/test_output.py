"""The folder that is published to: nothing foreign is touched there, nothing that is needed goes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.helpers.project import QUICK, Run, mkdir, quiet
from tests.helpers.publishing import publish

from g7kg.build.snapshot import build_snapshot
from g7kg.build.work import open_work
from g7kg.errors import WorkspaceError
from g7kg.mapping.workspace import Workspace
from g7kg.snapshot.locks import claim_unserved, lock_folder, serve_snapshot
from g7kg.snapshot.manifest import MANIFEST, verify_snapshot
from g7kg.snapshot.publish import KEPT, MARK, publish_snapshot

OLD = time.time() - 60 * 86_400


def put(path: Path, text: str = "mine") -> Path:
    """Write a file that nobody has touched for long."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    for one in (path, path.parent):
        os.utime(one, (OLD, OLD))
    return path


def read_all(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


FOREIGN = {
    "work": "work/thesis/notes.txt",
    "snapshots": "snapshots/holiday/beach.jpg",
    "hidden snapshots": "snapshots/.git/config",
    ".lock": ".lock",
    "current": "current",
    ".current": ".current/x",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_folder_where_something_else_has_the_names_that_are_needed_is_refused(
    name: str, tmp_path: Path, g7kg: Run
) -> None:
    put(tmp_path / FOREIGN[name])
    before = read_all(tmp_path)
    (tmp_path.parent / "a.ttl").write_text("<http://e/a> <http://e/b> 1 .")
    for verb in (["build"], ["load", tmp_path.parent / "a.ttl"]):
        done = g7kg(*verb, "--out", tmp_path)
        taken = tmp_path / Path(FOREIGN[name]).parts[0]
        assert done.returncode == 2
        assert done.stderr.startswith(f"{taken}: error: what lies here is not of g7kg\n  hint: choose another folder")
    assert read_all(tmp_path) == before


def test_a_folder_with_other_things_is_published_to_beside_them(tmp_path: Path) -> None:
    put(tmp_path / "docs" / "index.html")
    for number in range(KEPT + 2):
        publish(tmp_path, number)
    assert (tmp_path / "docs" / "index.html").read_text() == "mine"


@pytest.mark.parametrize("name", [MARK, "current", ".current"])
def test_what_is_in_the_way_of_a_mark_or_a_link_is_told_and_stays(name: str, tmp_path: Path) -> None:
    publish(tmp_path / "out", 1)
    (tmp_path / "out" / name).unlink(missing_ok=True)
    put(tmp_path / "out" / name / "x")
    with pytest.raises(WorkspaceError, match=r"not of g7kg|this is in the way"):
        publish(tmp_path / "out", 2)
    assert (tmp_path / "out" / name / "x").read_text() == "mine"


def test_a_folder_of_a_former_version_is_taken_and_marked(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    (tmp_path / MARK).unlink()
    publish(tmp_path, 2)
    assert (tmp_path / MARK).read_text("utf-8").startswith("g7kg publishes to this folder")


@pytest.mark.soak
def test_foreign_files_in_our_own_folders_stay(small: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build_snapshot(small, out, None, quiet, QUICK)
    piece = next((out / "work").glob("??/*.nq"))
    elsewhere = put(tmp_path / "elsewhere" / f"{piece.parent.name}{62 * '0'}.nq")
    shutil.rmtree(piece.parent)
    piece.parent.symlink_to(elsewhere.parent)
    files = [
        put(out / path)
        for path in (
            "work/thesis/notes.txt",
            "work/ab/notes.txt",
            "work/ab/.hidden/notes.txt",
            "snapshots/.git/config",
            "snapshots/.building-site/plan",
            "snapshots/0123456789abcdef/notes.txt",
            "snapshots/holiday/manifest.json",
            "snapshots/.removed-things/x",
        )
    ]
    for number in range(KEPT + 2):
        publish(out, number)
    build_snapshot(small, out, None, quiet, QUICK)
    assert {path.read_text() for path in (*files, elsewhere)} == {"mine"}


def test_checking_the_project_leaves_a_foreign_folder_of_that_name_alone(tmp_path: Path) -> None:
    notes = put(tmp_path / "work" / "thesis" / "notes.txt")
    with open_work(tmp_path) as work:
        assert not work.path.is_relative_to(tmp_path)
    assert read_all(tmp_path) == {"work/thesis/notes.txt": notes.read_bytes()}


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("../target"), os.mkfifo, Path.mkdir])
def test_a_lock_that_is_no_plain_file_is_refused(make: Callable[[Path], None], tmp_path: Path) -> None:
    folder, target = mkdir(tmp_path / "out"), put(tmp_path / "target")
    make(folder / ".lock")
    with pytest.raises(WorkspaceError, match="the lock is no plain file"), lock_folder(folder):
        pass
    assert target.read_text() == "mine"


def test_a_lock_leaves_what_stands_in_its_file(tmp_path: Path) -> None:
    with lock_folder(put(tmp_path / ".lock").parent):
        assert (tmp_path / ".lock").read_text() == "mine"


@pytest.mark.soak
def test_a_served_folder_is_not_replaced_by_a_rebuild_of_the_same_nor_removed(small: Workspace, tmp_path: Path) -> None:
    first = build_snapshot(small, tmp_path, None, quiet, QUICK)
    with serve_snapshot(first.folder):
        inode = first.folder.stat().st_ino
        shutil.rmtree(tmp_path / "work")
        assert build_snapshot(small, tmp_path, None, quiet, QUICK).folder == first.folder
        assert first.folder.stat().st_ino == inode
        for number in range(KEPT + 1):
            publish(tmp_path, number)
        assert verify_snapshot(first.folder) == first.manifest
    publish(tmp_path, KEPT + 1)
    assert not first.folder.exists()


def test_a_damaged_folder_is_left_and_another_published_beside_it(tmp_path: Path) -> None:
    first = publish(tmp_path, 1)
    (first / "store" / "table").write_bytes(b"damage")
    with serve_snapshot(first):
        second = publish(tmp_path, 1)
        assert (second.name, publish(tmp_path, 1)) == (f"{first.name}-1", second)
        (second / "search.db").unlink()
        third = publish(tmp_path, 1)
        assert third.name == f"{first.name}-2"
        assert (tmp_path / "current").resolve() == third.resolve()
        for number in range(2, 2 + KEPT):
            publish(tmp_path, number)
        assert (first / "store" / "table").read_bytes() == b"damage"
        assert not second.exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.helpers.publishing import publish

calls = 0
def count(call):
    def counted(*arguments, **options):
        global calls
        if calls == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        calls += 1
        return call(*arguments, **options)
    return counted
os.rename, os.replace, os.symlink, os.unlink = map(count, (os.rename, os.replace, os.symlink, os.unlink))
publish(Path(sys.argv[1]), int(sys.argv[3]))
"""


def test_a_publisher_that_is_killed_anywhere_leaves_a_whole_snapshot_published(tmp_path: Path) -> None:
    """Also one that makes the same again as is there, and also if the next one fails."""
    served = publish(tmp_path, 1)
    for number in (1, 2):
        for step in range(9):
            command = [sys.executable, "-c", KILLED, str(tmp_path), str(step), str(number)]
            done = subprocess.run(command, check=False, capture_output=True, cwd=Path(__file__).parents[2], timeout=600)
            assert done.returncode in {0, -signal.SIGKILL}, done.stderr
            with pytest.raises(ZeroDivisionError):
                publish_snapshot(tmp_path, lambda _: 1 // 0)  # type: ignore[arg-type, return-value]
            assert verify_snapshot(tmp_path / "current").digest in {"1", "2"}
            assert verify_snapshot(served).digest == "1"
            if done.returncode == 0:
                break
        assert (step > 1, done.returncode) == (True, 0)
    assert list((tmp_path / "snapshots").glob(".*")) == []


def test_all_is_on_the_disk_before_it_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[int, int]] = []
    before: list[set[tuple[int, int]]] = []
    fsync, replace = os.fsync, Path.replace

    def note(opened: int) -> None:
        found = os.fstat(opened)
        synced.append((found.st_dev, found.st_ino))
        fsync(opened)

    def publish_link(link: Path, target: Path) -> Path:
        before.append(set(synced))
        return replace(link, target)

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(Path, "replace", publish_link)
    folder = publish(tmp_path, 1)
    needed = [folder.parent, folder, *folder.rglob("*")]
    assert {(path.stat().st_dev, path.stat().st_ino) for path in needed} <= before[0]
    assert synced[-1] == (tmp_path.stat().st_dev, tmp_path.stat().st_ino)


def test_a_server_never_marks_a_folder_that_has_just_been_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = publish(tmp_path, 1)
    open_file = Path.open

    def open_and_lose(path: Path) -> object:
        file = open_file(path)
        shutil.rmtree(path.parent)
        return file

    monkeypatch.setattr(Path, "open", open_and_lose)
    with pytest.raises(WorkspaceError, match="the snapshot was removed"), serve_snapshot(folder):
        pass


def test_a_snapshot_of_which_nobody_can_tell_whether_it_is_served_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a network file system that has no such locks."""
    folder = publish(tmp_path, 1)

    def refuse(_file: object, _operation: int) -> None:
        raise OSError(9, "Bad file descriptor")

    with claim_unserved(folder) as free:
        assert free
    monkeypatch.setattr("fcntl.flock", refuse)
    with claim_unserved(folder) as free:
        assert not free
    assert (folder / MANIFEST).is_file()
