"""Files that no one should give: each is told by its name, and never hangs, swells or ends the program."""

import os
import random
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.helpers.project import ENGINE, Run, mkdir, needs_engine
from tests.helpers.workspaces import write_small

from g7kg.cli import main
from g7kg.errors import DataError, G7kgError, WorkspaceError
from g7kg.mapping.workspace import Workspace
from g7kg.texts.files import DEEPEST, check_json, check_turtle, open_plain, read_file, read_json, read_text


def make_huge(path: Path) -> None:
    """Make a file that takes nothing on the disk and more than any memory if it is read."""
    with path.open("wb") as file:
        file.truncate(1 << 40)


def make_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


MAKERS: dict[str, tuple[Callable[[Path], None], str]] = {
    "pipe": (os.mkfifo, "this is no plain file"),
    "device": (make_device, "this is no plain file"),
    "huge": (make_huge, r"the file has more than the [\d.]+ MiB that are read"),
    "dangling": (lambda path: path.symlink_to("nowhere"), "the file cannot be read: No such file or directory"),
}
PLACES = [
    "mappings/new.yaml",
    "mappings/registry/new.yaml",
    "mappings/registry/new.ttl",
    "ontology/g7.ttl",
    "ontology/context.jsonld",
    "ontology/schemes/new.ttl",
    "ontology/catalogue/new.ttl",
    "ontology/rules/99-new.rq",
    "shapes/New.ttl",
    "queries/tables/new.rq",
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return write_small(tmp_path_factory.mktemp("copy") / "small")


@pytest.mark.parametrize(
    ("place", "maker"),
    [*((place, "pipe") for place in PLACES), *((PLACES[0], maker) for maker in MAKERS if maker != "pipe")],
)
def test_a_file_in_a_folder_of_the_project(place: str, maker: str, copy: Workspace) -> None:
    needs_engine()
    make, message = MAKERS[maker]
    path, kept = copy.root / place, copy.root / "kept"
    if path.exists():
        path.rename(kept)
    try:
        make(path)
        done = CliRunner().invoke(main, ["build", "--workspace", str(copy.root), "--engine", "shacl"])
    finally:
        path.unlink()
        if kept.exists():
            kept.rename(path)
    assert done.exit_code == 2
    assert re.match(rf"\S*{re.escape(place)}: error: {message}", done.stderr), done.stderr


@pytest.mark.parametrize("maker", MAKERS)
def test_a_file_among_the_texts(maker: str, copy: Workspace, g7kg: Run, tmp_path: Path) -> None:
    make, message = MAKERS[maker]
    make(tmp_path / "text")
    for verb in (["coverage"], ["build", "--out", tmp_path / "out"]):
        done = g7kg(*verb, "--workspace", copy.root, "--texts", tmp_path)
        assert done.returncode == 2
        assert re.match(rf"{tmp_path}/text: error: {message}", done.stderr), done.stderr
        shutil.rmtree(tmp_path / "out", ignore_errors=True)


@pytest.mark.parametrize("maker", ["pipe", "device"])
def test_a_file_that_is_named(maker: str, g7kg: Run, tmp_path: Path) -> None:
    make, message = MAKERS[maker]
    make(tmp_path / "a.ttl")
    (tmp_path / "b.ttl").write_text("<a:a> <a:b> 1 .")
    for verb in (
        ["load", "--out", tmp_path / "out"],
        ["validate", *ENGINE],
        ["validate", *ENGINE, tmp_path / "b.ttl", "--shapes"],
    ):
        done = g7kg(*verb, tmp_path / "a.ttl")
        assert done.returncode == 2
        assert re.match(rf"{tmp_path}/a\.ttl: error: {message}", done.stderr), done.stderr


DEEP = 100_000
FILES = {
    "deep.jsonld": ('{"http://e/p":' * DEEP + "1" + "}" * DEEP, ": error: this is nested more than 100 levels deep"),
    "deep.ttl": (
        "<a:a> <a:b> " + "<<( <a:a> <a:b> " * DEEP + "1" + ")>>" * DEEP + ".",
        "(:1)?: error: (this is nested more than 100 levels deep|the reader died: the file is nested too deep)",
    ),
    "long.nt": (f'<a:a> <a:b> "{"x" * (17 << 20)}" .', ": error: a line or a value has more than the 16 MiB"),
    "long.ttl": (f'<a:a> <a:b> "{"x" * (17 << 20)}" .', ": error: a line or a value has more than the 16 MiB"),
    "long.jsonld": (f'{{"http://e/p": "{"x" * (17 << 20)}"}}', ": error: a line or a value has more than the 16 MiB"),
}


@pytest.mark.parametrize(("verb", "name"), [*(("load", name) for name in FILES), ("validate", "deep.ttl")])
def test_rdf_that_ends_or_fills_a_reader(verb: str, name: str, g7kg: Run, tmp_path: Path) -> None:
    text, message = FILES[name]
    (tmp_path / name).write_text(text)
    good = tmp_path / "good.nt"
    good.write_text("<a:a> <a:b> <a:c> .\n")
    done = g7kg(verb, good, tmp_path / name, *(["--out", tmp_path / "out"] if verb == "load" else ENGINE))
    assert done.returncode == 2
    assert re.match(f"{tmp_path}/{name}{message}", done.stderr), done.stderr
    assert not (tmp_path / "out" / "current").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<a:a> <a:b> " + "[ <a:b> " * 1000 + "]" * 1000 + " .", r"shapes/New\.ttl:1: this is nested more than 100"),
        (f'<a:a> <a:b> "{"x" * (17 << 20)}" .', r"shapes/New\.ttl: a line or a value has more than the 16 MiB"),
    ],
)
def test_turtle_of_the_project(text: str, message: str, copy: Workspace, g7kg: Run) -> None:
    (copy.shapes / "New.ttl").write_text(text)
    done = g7kg("build", "--workspace", copy.root)
    (copy.shapes / "New.ttl").unlink()
    assert done.returncode == 2
    assert re.search(message.replace(": ", ": error: "), done.stderr), done.stderr


def test_reading_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbf\xc3\xa9\n")
    assert (read_file(tmp_path / "a", most=6), read_text(tmp_path / "a")) == (b"\xef\xbb\xbf\xc3\xa9\n", "é\n")
    with pytest.raises(DataError, match=r"^b: the file has more than the 4\.76837e-06 MiB that are read"):
        read_file(tmp_path / "a", DataError, "b", 5)
    (tmp_path / "a").write_bytes(b"a\n\xff")
    with pytest.raises(WorkspaceError, match=r"a:2: the file is not UTF-8"):
        read_text(tmp_path / "a")
    with pytest.raises(WorkspaceError, match="this is not JSON"):
        read_json(tmp_path / "a")
    for path, message in ((tmp_path, "this is no plain file"), (tmp_path / "b", "the file cannot be read: No such")):
        with pytest.raises(WorkspaceError, match=message), open_plain(path):
            pass


def test_a_file_that_grows_while_it_is_read_is_no_larger_than_it_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    with open_plain(tmp_path / "a") as file:
        found = os.fstat(file.fileno())
    (tmp_path / "a").write_bytes(b"1234567")
    monkeypatch.setattr(os, "fstat", lambda _: found)
    with pytest.raises(WorkspaceError, match="more than"):
        read_file(tmp_path / "a", most=5)


def cut(data: bytes, rng: random.Random) -> list[bytes]:
    places = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(6)))
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


def test_json_is_as_deep_as_it_is_however_it_is_cut() -> None:
    rng = random.Random(1)  # noqa: S311 - it is to be repeatable
    noise = rb'"[{\"\\[{","\\\\","\\\"[","",'
    for depth, refused in ((DEEPEST, False), (DEEPEST + 1, True)):
        data = noise + b'{"[":[' * (depth // 2) + b"{" * (depth % 2) + noise + b"}" * (depth % 2) + b"]}" * (depth // 2)
        for _ in range(300):
            chunks = cut(data * 2, rng)
            check = partial(list[bytes], check_json(chunks, "x", DataError))
            if refused:
                with pytest.raises(DataError, match=f"^x: this is nested more than {DEEPEST} levels deep"):
                    check()
            else:
                assert check() == chunks


TURTLE = rb"""
# ' " [[[ <<
<http://e/it's[[> <b:b> "[[ \" [[", '(( \' ((', \"\"\"[[ " [[ \" \"\"\", '''(( ' (( \' ''' . e:a\(\( <b:b> e:c\[ .
""".replace(rb"\"\"\"", b'"""')


@pytest.mark.parametrize(("opened", "closed"), [(b"[", b"]"), (b"( ", b" )"), (b"<<(", b")>>"), (b"{", b"}")])
def test_turtle_is_as_deep_as_it_is(opened: bytes, closed: bytes) -> None:
    depth = DEEPEST // (2 if opened == b"<<(" else 1)  # a triple term is opened by two
    data = (TURTLE * DEEPEST + opened * depth + TURTLE + closed * depth) * 2
    check_turtle(data, "x")
    with pytest.raises(G7kgError, match=r"^x:\d+: this is nested more than"):
        check_turtle(data + opened * (depth + 1), "x")


def test_a_folder_may_have_a_name_of_files(copy: Workspace, g7kg: Run) -> None:
    folder = mkdir(copy.shapes / "Folder.ttl")
    done = g7kg("build", "--workspace", copy.root)
    folder.rmdir()
    assert done.returncode == 2
    assert re.search(r"shapes/Folder\.ttl: error: this is no plain file", done.stderr)
