"""What a build works with: sorted lines on the disk, processes, finished pieces."""

import os
import signal
import time
from pathlib import Path

import pytest
from tests.helpers.project import mkdir

from g7kg.build.pool import run_tasks, split_tasks
from g7kg.build.work import UNUSED_DAYS, WorkFolder, digest_inputs, open_work
from g7kg.errors import WorkspaceError


def name_process(number: int) -> tuple[int, int]:
    time.sleep(0.05)
    return number, os.getpid()


def fail(number: int) -> int:
    if number == 3:
        raise WorkspaceError("three")
    return number


def die(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_tasks_are_done_by_several_processes_and_answered_in_order() -> None:
    numbers, processes = zip(*run_tasks(name_process, range(12), 2), strict=True)
    assert numbers == tuple(range(12))
    assert len(set(processes) - {os.getpid()}) == 2
    assert {process for _, process in run_tasks(name_process, range(3), 1)} == {os.getpid()}


def test_what_goes_wrong_in_a_process_is_told_by_the_build() -> None:
    with pytest.raises(WorkspaceError, match=r"^three$"):
        list(run_tasks(fail, range(6), 2))
    with pytest.raises(WorkspaceError, match=r"a process of the build has died \(it may need more memory"):
        list(run_tasks(die, range(6), 2))


def test_tasks_are_divided_so_that_no_process_is_idle() -> None:
    tasks = list(range(10))
    assert split_tasks(tasks, 8, 1) == [tasks]
    assert split_tasks(tasks, 8, 2) == [tasks[:5], tasks[5:]]
    assert split_tasks(tasks, 2, 2) == [tasks[start : start + 2] for start in range(0, 10, 2)]
    assert split_tasks([], 8, 2) == []


def test_the_key_of_a_piece_depends_on_all_inputs_and_on_the_program(tmp_path: Path) -> None:
    work = WorkFolder(tmp_path)
    assert work.make_key(b"a", b"b") == WorkFolder(tmp_path / "elsewhere").make_key(b"a", b"b")
    assert work.make_key(b"a", b"b") != work.make_key(b"ab") != work.make_key(b"a", b"", b"b")
    other = WorkFolder(tmp_path)
    other.__dict__["program"] = "another"
    assert other.make_key(b"a", b"b") != work.make_key(b"a", b"b")


def test_the_key_of_inputs_depends_on_every_file_behind_links_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    folder, elsewhere = mkdir(tmp_path / "folder"), mkdir(tmp_path / "elsewhere")
    (folder / "linked").symlink_to(elsewhere)
    (elsewhere / "around").symlink_to(folder)
    (folder / "gone").symlink_to("nowhere")
    work, keys = WorkFolder(tmp_path / "work"), []
    keys.append(digest_inputs(work, [folder, tmp_path / "missing"], "p"))
    keys.append(digest_inputs(work, [folder], "p"))
    for path in (folder / "a", folder / "b", elsewhere / "c"):
        for text in ("1", "2"):
            path.write_text(text)
            keys.append(digest_inputs(work, [folder], "p"))
    assert keys[-1] == digest_inputs(work, [folder], "p")
    keys += [digest_inputs(work, [folder], "q"), digest_inputs(work, [folder, elsewhere], "p")]
    for date in (b"0", b"None", b"\xff"):
        monkeypatch.setitem(os.environb, b"SOURCE_DATE_EPOCH", date)
        keys.append(digest_inputs(work, [folder], "p"))
    assert len(set(keys)) == len(keys) == 13


def test_what_no_build_has_used_for_long_is_removed(tmp_path: Path) -> None:
    work = WorkFolder(tmp_path)
    paths = []
    old, used = (work.make_key(name) for name in (b"old", b"used"))
    for key in (old, used):
        work.keep(key, ".x", b"data")
        paths.append(work.locate(key, ".x"))
    left = mkdir(paths[0].parent / ".unfinished-by-one-that-was-killed")
    (left / "x").write_bytes(b"half")
    for path in (*paths, left):
        os.utime(path, (0, time.time() - (UNUSED_DAYS + 1) * 86_400))
    assert work.find(used, ".x") == b"data"
    work.sweep()
    assert [path.exists() for path in (*paths, left)] == [False, True, False]


def test_work_that_cannot_be_kept_is_told_and_work_that_has_no_folder_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with open_work(tmp_path / "file" / "out") as passing:
        passing.keep("ab", ".x", b"data")
        assert passing.find("ab", ".x") == b"data"
    assert not passing.path.exists()

    def refuse(_path: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(WorkspaceError, match="the work cannot be kept: No space left on device"):
        WorkFolder(tmp_path).keep("ab", ".x", b"data")
    assert list(tmp_path.glob("ab/.*")) == []
