"""Snapshots: the same bytes from the same inputs, and publication that never shows half of one."""

import gzip
import hashlib
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import pyoxigraph as ox
import pytest
from pyoxigraph import DefaultGraph, Quad
from tests.helpers.project import QUICK, quiet
from tests.helpers.served import publish
from tests.helpers.workspaces import change, copy_workspace, seed

from g7kg.build.assembly import Assembly
from g7kg.build.snapshot import Snapshot, build_snapshot
from g7kg.build.work import WorkFolder
from g7kg.errors import G7kgError, TextError, WorkspaceError
from g7kg.mapping.workspace import Workspace
from g7kg.snapshot.locks import lock_folder, serve_snapshot
from g7kg.snapshot.manifest import MANIFEST, read_manifest, verify_snapshot
from g7kg.snapshot.publish import KEPT

FILES = [
    *(f"g7kg-{name}.{kind}" for name in ("participations", "statements") for kind in ("csv", "parquet")),
    "g7kg-tables.json",
    *(f"g7kg-undertakings.{kind}" for kind in ("csv", "parquet")),
    *(f"g7kg.{name}" for name in ("jsonld.gz", "nq", "nq.gz", "trig.gz", "ttl.gz")),
]


def files(folder: Path) -> dict[str, str]:
    paths = [*folder.glob("g7kg*"), folder / "report.json"]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_a_workspace_elsewhere_gives_the_same_bytes(built: tuple[Workspace, Snapshot], tmp_path: Path) -> None:
    workspace, first = built
    again = build_snapshot(workspace, tmp_path / "out", None, quiet, QUICK)
    assert (again.folder / MANIFEST).read_bytes() == (first.folder / MANIFEST).read_bytes()
    assert files(again.folder) == files(first.folder)


def test_the_manifest_vouches_for_the_dumps(snapshot: Snapshot) -> None:
    manifest = read_manifest(snapshot.folder)
    assert manifest == snapshot.manifest
    assert manifest.files == files(snapshot.folder)
    assert sorted(manifest.files) == [*FILES, "report.json"]
    assert manifest.digest == manifest.files["g7kg.nq"]
    assert (manifest.validated, manifest.texts) == (True, ())


def canonical_nquads(quads: Iterable[Quad]) -> list[str]:
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(f"{quad} ." for quad in dataset)


def test_the_dump_is_canonical_whatever_the_files_are_called(
    snapshot: Snapshot, built: tuple[Workspace, Snapshot]
) -> None:
    lines = (snapshot.folder / "g7kg.nq").read_text("utf-8").splitlines()
    assert lines == canonical_nquads(ox.parse(path=snapshot.folder / "g7kg.nq"))
    assert any("_:c14n0 " in line for line in lines)
    copy, before = built
    for number, path in enumerate(sorted(copy.shapes.iterdir(), reverse=True)):
        path.rename(path.with_name(f"{number:02}.ttl"))
    assert build_snapshot(copy, copy.output, None, quiet, QUICK).manifest.digest == before.manifest.digest


def test_all_formats_hold_the_same_graph(snapshot: Snapshot) -> None:
    def read(name: str, format_: ox.RdfFormat) -> set[Quad]:
        return set(ox.parse(gzip.decompress((snapshot.folder / f"g7kg.{name}.gz").read_bytes()), format=format_))

    quads = set(ox.parse(path=snapshot.folder / "g7kg.nq"))
    assert read("nq", ox.RdfFormat.N_QUADS) == read("trig", ox.RdfFormat.TRIG) == quads
    union = ox.Dataset(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    turtle = ox.Dataset(read("ttl", ox.RdfFormat.TURTLE))
    for dataset in (union, turtle):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert turtle == union
    assert len(read("jsonld", ox.RdfFormat.JSON_LD)) == len(quads)


def test_the_default_graph_of_the_store_is_the_union_of_its_named_graphs(snapshot: Snapshot, store: ox.Store) -> None:
    default = {quad.triple for quad in store.quads_for_pattern(None, None, None, DefaultGraph())}
    named = {quad.triple for quad in store if not isinstance(quad.graph_name, DefaultGraph)}
    assert default == named
    counts = {
        graph.value: sum(1 for _ in store.quads_for_pattern(None, None, None, graph))
        for graph in store.named_graphs()
        if isinstance(graph, ox.NamedNode)
    }
    assert counts == snapshot.manifest.graphs


def test_the_store_holds_every_quad_of_the_dump_as_it_is_written_there_and_no_other(
    snapshot: Snapshot, store: ox.Store
) -> None:
    named = [quad for quad in store if not isinstance(quad.graph_name, DefaultGraph)]
    assert canonical_nquads(named) == (snapshot.folder / "g7kg.nq").read_text("utf-8").splitlines()


def test_a_date_that_is_none_is_refused(small: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "tomorrow")
    with pytest.raises(WorkspaceError, match="SOURCE_DATE_EPOCH is “tomorrow”, which is no time"):
        build_snapshot(small, small.output, None, quiet, QUICK)


def test_the_texts_are_a_graph_of_the_store_and_of_no_dump(worded_snapshot: Snapshot) -> None:
    assert len(worded_snapshot.manifest.texts) == 8
    store = ox.Store.read_only(str(worded_snapshot.folder / "store"))
    words = "SELECT (COUNT(?part) AS ?n) { ?part <https://schema.org/text> ?text }"
    solutions = store.query(words)
    assert isinstance(solutions, ox.QuerySolutions)
    [solution] = solutions
    parts = int(solution["n"].value)
    assert parts > 100
    texts = "https://w3id.org/g7kg/graph/texts"
    assert worded_snapshot.manifest.graphs[texts] == 2 * parts  # words and publication of each part
    assert all(b"graph/texts" not in path.read_bytes() for path in worded_snapshot.folder.glob("g7kg*"))
    query = "ASK { <https://w3id.org/g7kg/id/cernobbio-como-2024/p2> <https://schema.org/text> ?text }"
    assert bool(store.query(query))


def test_the_dumps_do_not_depend_on_the_texts(snapshot: Snapshot, worded_snapshot: Snapshot) -> None:
    assert files(worded_snapshot.folder) == files(snapshot.folder)
    assert worded_snapshot.manifest.digest != snapshot.manifest.digest


BREAKAGE = {
    "a key is unknown": ("mappings/registry/organisations.yaml", "label:", "lable:"),
    "a reference dangles": ("mappings/registry/places.yaml", "inCountry: country:japan", "inCountry: country:jpan"),
    "a rule is no SPARQL": ("ontology/rules/11-link.rq", "WHERE {", "WHERE"),
    "a shape is no Turtle": ("shapes/Link.ttl", "a sh:NodeShape ;", "a sh:NodeShape"),
}


@pytest.mark.parametrize("case", BREAKAGE, ids=lambda name: name.replace(" ", "-"))
def test_a_build_that_fails_leaves_the_published_snapshot_as_it_was(
    case: str, built: tuple[Workspace, Snapshot]
) -> None:
    small, _ = built
    before = (small.output / "current").readlink(), sorted((small.output / "snapshots").iterdir())
    name, old, new = BREAKAGE[case]
    change(small.root / name, old, new)
    with pytest.raises(G7kgError):
        build_snapshot(small, small.output, None, quiet, QUICK)
    assert ((small.output / "current").readlink(), sorted((small.output / "snapshots").iterdir())) == before


def test_publication_keeps_the_newest_and_removes_the_rest(tmp_path: Path) -> None:
    output, numbers = tmp_path / "out", range(KEPT + 2)
    folders = []
    for number in numbers:
        publish(output, number)
        folders.append((output / "current").resolve())
    assert set((output / "snapshots").iterdir()) == set(folders[-KEPT:])


def test_an_output_folder_that_cannot_be_written_is_told_before_any_work(small: Workspace, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WorkspaceError) as caught:
        build_snapshot(small, tmp_path / "file" / "out", None, quiet, QUICK)
    assert str(caught.value) == (
        f"{tmp_path}/file/out: the output folder cannot be written: Not a directory (choose another with --out)"
    )


def test_a_folder_of_texts_without_any_known_document_is_refused(
    workspace: Workspace, snapshot: Snapshot, tmp_path: Path
) -> None:
    output = seed(tmp_path / "out", snapshot)
    (tmp_path / "other.txt").write_text("We met.")
    with pytest.raises(TextError, match="no file there has the digest of apulia-2024, cernobbio-como-2024, cssii-2020"):
        build_snapshot(workspace, output, tmp_path, quiet, QUICK)


def test_a_damaged_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="there is no snapshot here"):
        read_manifest(tmp_path)
    (tmp_path / MANIFEST).write_text('{"version": "0.0.1", "digest": 1}')
    with pytest.raises(WorkspaceError, match=r"made by another g7kg, of version 0\.0\.1"):
        read_manifest(tmp_path)
    (tmp_path / MANIFEST).write_text("[")
    with pytest.raises(WorkspaceError, match="the manifest is damaged"):
        read_manifest(tmp_path)


def test_the_published_graph_holds_the_shapes_and_all_that_was_assembled(
    assembly: Assembly, snapshot: Snapshot
) -> None:
    assert sum(snapshot.manifest.graphs.values()) == len(set(assembly.quads)) + len(set(assembly.shapes))


DAMAGES = [("search.db", b"SQLite", b"sqlite"), ("manifest.json", b'"modified": "2', b'"modified": "3')]


@pytest.mark.soak
def test_a_damaged_snapshot_is_made_again_beside_it(built: tuple[Workspace, Snapshot]) -> None:
    small, last = built
    for damage in (None, *DAMAGES):
        if damage:
            name, old, new = damage
            damaged = last.folder / name
            assert old in damaged.read_bytes()
            damaged.write_bytes(damaged.read_bytes().replace(old, new, 1))
        else:
            shutil.rmtree(last.folder / "store")
        again = build_snapshot(small, small.output, None, quiet, QUICK)
        assert again.new
        assert again.folder != last.folder
        assert verify_snapshot(again.folder) == last.manifest
        last = again
    assert len(list((small.output / "snapshots").iterdir())) == KEPT


def test_a_snapshot_of_the_same_inputs_is_kept(small: Workspace, texts: Path) -> None:
    first = build_snapshot(small, small.output, texts, quiet, QUICK)
    written = (first.folder / "store.json").stat().st_ino
    steps: list[str] = []
    again = build_snapshot(small, small.output, texts, steps.append, QUICK)
    assert again == replace(first, new=False)
    assert all(again.verified.values())
    assert (first.folder / "store.json").stat().st_ino == written
    assert steps == ["waiting for whoever else builds here", "checking the snapshot of the same inputs"]


@pytest.mark.parametrize("folder", ["missing", "empty"])
def test_texts_that_are_not_there_are_told_also_where_a_snapshot_without_texts_was_kept(
    built: tuple[Workspace, Snapshot], tmp_path: Path, folder: str
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(TextError):
        build_snapshot(built[0], built[0].output, tmp_path / folder, quiet, QUICK)


def test_a_snapshot_of_former_inputs_is_published_again_as_it_is(
    built: tuple[Workspace, Snapshot], monkeypatch: pytest.MonkeyPatch
) -> None:
    small, first = built
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1893456000")
    dated = build_snapshot(small, small.output, None, quiet, QUICK)
    assert (dated.new, dated.manifest.modified) == (True, "2030-01-01")
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert build_snapshot(small, small.output, None, quiet, QUICK) == replace(first, new=False)
    assert (small.output / "current").resolve() == first.folder.resolve()


@pytest.mark.soak
def test_a_snapshot_is_published_also_if_no_note_can_be_taken_of_it(
    built: tuple[Workspace, Snapshot], monkeypatch: pytest.MonkeyPatch
) -> None:
    small, _ = built
    change(small.mappings / "cssii-2020.yaml", "gist: ", "gist: Newly, ")
    keep = WorkFolder.keep

    def keep_no_note(work: WorkFolder, key: str, suffix: str, data: bytes) -> None:
        if suffix == ".snapshot":
            raise WorkspaceError("the work cannot be kept")
        keep(work, key, suffix, data)

    monkeypatch.setattr(WorkFolder, "keep", keep_no_note)
    new = build_snapshot(small, small.output, None, quiet, QUICK)
    assert (small.output / "current").resolve() == new.folder.resolve()
    assert build_snapshot(small, small.output, None, quiet, QUICK).new


@pytest.mark.soak
def test_inputs_that_change_while_they_are_read_are_not_kept_as_what_they_were(
    built: tuple[Workspace, Snapshot],
) -> None:
    small, _ = built
    change(small.mappings / "cssii-2020.yaml", "gist: ", "gist: Newly, ")
    table = small.queries / "tables" / "undertakings.rq"

    def interfere(step: str) -> None:
        if step == "writing the index and the tables":
            table.write_text(f"{table.read_text('utf-8')}# changed\n", "utf-8")

    build_snapshot(small, small.output, None, interfere, QUICK)
    assert build_snapshot(small, small.output, None, quiet, QUICK).new


@pytest.mark.soak
def test_two_builds_at_once_both_publish(small: Workspace, tmp_path: Path) -> None:
    copies = [copy_workspace(small, tmp_path / name) for name in "ab"]  # the same graph, of other inputs
    with ThreadPoolExecutor() as threads:
        built = list(threads.map(lambda copy: build_snapshot(copy, tmp_path / "out", None, quiet, QUICK), copies))
    assert any(one.new for one in built)
    assert built[0].folder == built[1].folder
    assert verify_snapshot(tmp_path / "out" / "current") == built[0].manifest


@pytest.mark.soak
def test_a_build_that_had_to_wait_publishes_what_the_inputs_are_by_then(built: tuple[Workspace, Snapshot]) -> None:
    small, former = built
    waiting = Event()

    def wait(step: str) -> None:
        if step == "waiting for whoever else builds here":
            waiting.set()

    with ThreadPoolExecutor() as threads, lock_folder(small.output):
        later = threads.submit(build_snapshot, small, small.output, None, wait, QUICK)
        assert waiting.wait(20)
        change(small.mappings / "cssii-2020.yaml", "gist: ", "gist: Newly, ")
    assert later.result().new
    assert later.result().manifest.digest != former.manifest.digest


def test_a_snapshot_that_is_served_is_not_removed(tmp_path: Path) -> None:
    output = tmp_path / "out"
    publish(output, 0)
    served = (output / "current").resolve()
    with serve_snapshot(served):
        for number in range(KEPT + 1):
            publish(output, number + 1)
        assert served.is_dir()
    publish(output, KEPT + 9)
    assert not served.exists()


def test_a_text_that_has_changed_is_told_by_the_name_of_its_document(
    workspace: Workspace, snapshot: Snapshot, texts: Path, tmp_path: Path
) -> None:
    output = seed(tmp_path / "out", snapshot)
    folder = tmp_path / "texts"
    shutil.copytree(texts, folder)
    folder.chmod(0o755)
    changed = next(folder.glob("000*"))
    changed.chmod(0o644)
    changed.write_bytes(changed.read_bytes() + b"y")
    with pytest.raises(TextError) as caught:
        build_snapshot(workspace, output, folder, quiet, QUICK)
    assert str(caught.value).startswith(
        f"{folder}: {changed.name} has paragraphs of cernobbio-como-2024, but not its digest (a changed text "
    )
