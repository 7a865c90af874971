"""A build document by document: the same graph, however the work is divided or broken off."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from benchmarks.corpus import write_corpus
from tests.helpers.project import mkdir, needs_engine, quiet
from tests.helpers.workspaces import change

from g7kg.build.assembly import assemble
from g7kg.build.snapshot import Options, Snapshot, build_snapshot
from g7kg.build.work import Means, WorkFolder
from g7kg.errors import G7kgError
from g7kg.mapping.context import Context
from g7kg.mapping.reader import MappingFile, read_mapping_file
from g7kg.mapping.workspace import Workspace
from g7kg.snapshot.manifest import MANIFEST

FAST = Options("shacl", 1)


def pieces(output: Path) -> dict[str, int]:
    """Return the finished pieces by name, each with what tells it from another file of the same name."""
    paths = (path for path in (output / "work").glob("*/[!.]*") if path.suffix != ".snapshot")
    return {path.name: path.stat().st_ino for path in paths}


def forget_snapshots(output: Path) -> None:
    """Let the next build make a snapshot even of the same inputs."""
    for path in (output / "work").glob("*/*.snapshot"):
        path.unlink()


def count(names: Iterable[str], suffix: str) -> int:
    return sum(name.endswith(suffix) for name in names)


@pytest.mark.soak
def test_one_process_or_two_make_the_same_bytes(small: Workspace, tmp_path: Path) -> None:
    needs_engine()
    one, two = (build_snapshot(small, tmp_path / str(jobs), None, quiet, Options("shacl", jobs)) for jobs in (1, 2))
    assert (one.folder / MANIFEST).read_bytes() == (two.folder / MANIFEST).read_bytes()
    assert pieces(tmp_path / "1").keys() == pieces(tmp_path / "2").keys()


def test_a_build_does_again_only_what_has_changed(built: tuple[Workspace, Snapshot]) -> None:
    needs_engine()
    small, _ = built
    files = sum(1 for _ in small.mappings.rglob("*.yaml"))
    first = pieces(small.output)
    assert count(first, ".places.json") == files
    forget_snapshots(small.output)
    assert build_snapshot(small, small.output, None, quiet, FAST).new
    assert pieces(small.output) == first
    change(small.mappings / "cssii-2020.yaml", "gist: ", "gist: Newly, ")
    changed = build_snapshot(small, small.output, None, quiet, FAST)
    second = pieces(small.output)
    assert {name: second[name] for name in first} == first
    new = second.keys() - first
    assert count(new, ".places.json") == 1
    assert 1 <= count(new, ".findings") <= 2  # the document, and who reports on what it says
    assert count(new, ".checked") == 1
    assert count(new, ".outcome") == 5  # a rule and two targets on gists or labels, two that may read anything
    assert "Newly, " in (changed.folder / "g7kg.nq").read_text("utf-8")


class Broken(Exception):
    """What breaks a build off."""


def test_a_build_that_was_broken_off_goes_on_where_it_stopped(small: Workspace) -> None:
    needs_engine()
    steps: list[str] = []
    files = sum(1 for _ in small.mappings.rglob("*.yaml"))
    read = f"reading the mappings: {files} of {files}"

    def break_off(step: str) -> None:
        steps.append(step)
        if step.startswith("writing the graph"):
            raise Broken

    with pytest.raises(Broken):
        build_snapshot(small, small.output, None, break_off, FAST)
    assert read in steps
    assert list((small.output / "snapshots").iterdir()) == []
    done = pieces(small.output)
    assert count(done, ".findings") >= files
    steps.clear()
    build_snapshot(small, small.output, None, steps.append, FAST)
    assert pieces(small.output) == done
    assert read not in steps


def children(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text("ascii")
    return [int(child) for child in text.split()]


def wait_until(condition: object, seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def end_early(command: list[str], output: Path, how: signal.Signals, least: int) -> dict[str, int]:
    """End a build by ``how`` when it has read ``least`` files; return its pieces when all its processes are gone."""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - it has one thread
    ) as process:
        wait_until(lambda: count(pieces(output), ".places.json") >= least)
        workers = children(process.pid)
        process.send_signal(how)
        _, errors = process.communicate(timeout=600)
    assert "Traceback" not in errors
    assert len(workers) >= 2
    wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    return pieces(output)


@pytest.mark.soak
def test_a_build_of_several_processes_that_ends_early_leaves_none_behind_and_keeps_its_work(tmp_path: Path) -> None:
    write_corpus(tmp_path, 8)
    output = tmp_path / "build"
    command = [sys.executable, "-m", "g7kg", "build", "--workspace", str(tmp_path), "--jobs", "2", "--engine", "shacl"]
    killed = end_early(command, output, signal.SIGKILL, 3)
    done = end_early(command, output, signal.SIGINT, count(killed, ".places.json") + 2)
    assert count(done, ".places.json") < sum(1 for _ in (tmp_path / "mappings").rglob("*.yaml"))
    finished = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    assert finished.stdout.startswith("published ")
    after = pieces(output)
    for left in (killed, done):
        kept = {name: mark for name, mark in left.items() if f"{name[:64]}.json" in left or name.endswith(".findings")}
        assert {name: after[name] for name in kept} == kept
        assert len({name[:64] for name in left.keys() - kept.keys()}) <= 4  # what the processes had begun


WRONG = {
    "a rule of nothing": (
        "ontology/rules/99-new.rq",
        "CONSTRUCT { <https://w3id.org/g7kg/id/made-up> a ?class } WHERE { ?thing a ?class }",
        "99-new.rq: the rule derives something of <https://w3id.org/g7kg/id/made-up>, of which nothing is stated",
    ),
    "a rule of blank nodes": (
        "ontology/rules/99-new.rq",
        "CONSTRUCT { [] a ?class } WHERE { ?thing a ?class }",
        "of which nothing is stated (derive it of what a mapping defines)",
    ),
    "a rule with a strange function": (
        "ontology/rules/99-new.rq",
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(<http://e/f>(?o)) }",
        "99-new.rq: the rule cannot be evaluated: ",
    ),
    "a rule that asks elsewhere": (
        "ontology/rules/99-new.rq",
        "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "99-new.rq: the rule cannot be evaluated: ",
    ),
    "a number in another form": (
        "ontology/catalogue/new.ttl",
        '<http://e/a> <http://e/p> "01"^^<http://www.w3.org/2001/XMLSchema#integer> .',
        'a store keeps "01"^^<http://www.w3.org/2001/XMLSchema#integer> of <http://e/a> in another form',
    ),
    "a triple of two files": (
        "mappings/registry/new.ttl",
        "<https://w3id.org/g7kg/id/country/japan> a <https://schema.org/Country> .",
        "stands in graph/registry (mappings/registry/places.yaml) and in graph/registry (the Turtle files)",
    ),
}


@pytest.mark.parametrize("case", WRONG, ids=lambda name: name.replace(" ", "-"))
def test_what_would_be_lost_or_doubled_is_refused(case: str, small: Workspace, means: Means, tmp_path: Path) -> None:
    name, text, message = WRONG[case]
    (small.root / name).write_text(text + "\n", "utf-8")
    with pytest.raises(G7kgError) as caught:
        assemble(small, None, mkdir(tmp_path / "assembly"), means)
    assert message in str(caught.value)


def test_a_graph_in_turtle_with_blank_nodes_is_the_same_in_its_graph_and_in_the_union(small: Workspace) -> None:
    needs_engine()
    text = "<http://e/a> <http://e/p> [ <http://e/p> 'x', _:b ] . _:b <http://e/q> 1 ."
    (small.ontology / "catalogue/new.ttl").write_text(text, "utf-8")
    built = build_snapshot(small, small.output, None, quiet, FAST)
    store = ox.Store.read_only(str(built.folder / "store"))
    named = {quad.triple for quad in store if not isinstance(quad.graph_name, ox.DefaultGraph)}
    assert {quad.triple for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph())} == named
    assert {f"{quad} ." for quad in store if not isinstance(quad.graph_name, ox.DefaultGraph)} == set(
        (built.folder / "g7kg.nq").read_text("utf-8").splitlines()
    )


def test_a_file_that_is_changed_while_it_is_read_is_not_kept_as_what_it_was(
    small: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = WorkFolder(mkdir(tmp_path / "work"))

    def save_and_read(path: Path, folder: Path, root: Path, context: Context) -> MappingFile:
        if path.name == "places.yaml":
            path.write_text(path.read_text("utf-8") + "\n# saved meanwhile\n", "utf-8")
        return read_mapping_file(path, folder, root, context)

    monkeypatch.setattr("g7kg.build.readings.read_mapping_file", save_and_read)
    with pytest.raises(G7kgError) as caught:
        assemble(small, None, mkdir(tmp_path / "assembly"), Means(work, quiet, 1))
    assert str(caught.value) == "mappings/registry/places.yaml: the file was changed while it was read (start again)"


def test_a_digest_that_is_spelt_in_another_way_is_refused(small: Workspace, means: Means, tmp_path: Path) -> None:
    path = small.mappings / "cssii-2020.yaml"
    digest = re.search(r"(?<=sourceDigest: )b\w+", path.read_text("utf-8"))
    assert digest
    change(path, digest[0], f'"\\x62{digest[0][1:]}"')
    with pytest.raises(G7kgError, match=r"cssii-2020\.yaml:\d+:\d+: the digest is not written out"):
        assemble(small, None, mkdir(tmp_path / "assembly"), means)


DAMAGE: dict[str, bytes | None] = {
    ".nq": None,
    ".texts.nq": b"[]",
    ".json": b"",
    ".places.json": b"[]",
    ".findings": None,
}
"""What stands in a piece of each kind in place of what it had; half of it for ``None``."""


def test_a_damaged_piece_is_made_again(built: tuple[Workspace, Snapshot]) -> None:
    needs_engine()
    small, former = built
    sound: dict[Path, bytes] = {}
    for suffix, content in DAMAGE.items():
        pieces = [path for path in (small.output / "work").glob("*/*") if path.name[64:] == suffix]
        others = {path.name[:64] for path in sound}  # of each mapping file one piece: reading it again mends all
        damaged = max((path for path in pieces if path.name[:64] not in others), key=lambda path: path.stat().st_size)
        sound[damaged] = damaged.read_bytes()
        damaged.write_bytes(sound[damaged][: len(sound[damaged]) // 2] + b"\n" if content is None else content)
    (former.folder / "g7kg.nq").unlink()
    assert build_snapshot(small, small.output, None, quiet, FAST).manifest == former.manifest
    assert {path: path.read_bytes() for path in sound} == sound
