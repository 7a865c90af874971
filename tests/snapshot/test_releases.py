"""Releases: made, recorded, packed, brought back, and refused."""

import shutil
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import Store
from tests.helpers.project import QUICK, quiet
from tests.helpers.publishing import publish
from tests.helpers.releases import RAISED, RENAMED, publish_changed, release_first

from g7kg.build.releases import create_release, import_release
from g7kg.build.snapshot import Snapshot, build_snapshot
from g7kg.build.versions import digest_versions, mark_drafts
from g7kg.errors import WorkspaceError
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.vocab import BASE
from g7kg.snapshot.manifest import verify_snapshot, verify_store
from g7kg.snapshot.releases import RECORD, Release, find_kept, find_since, read_releases

Released = tuple[Workspace, Path]

REDEFINED = (b"A gathering of the ministers", b"A meeting of the ministers")


@pytest.fixture(scope="module")
def released(snapshot: Snapshot, workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Released:
    """Release the snapshot of the session as 1.0.0 in a workspace of its own; return that and the archive."""
    return release_first(snapshot, workspace, tmp_path_factory.mktemp("released"))


def test_a_release_is_brought_back_from_its_archive_byte_for_byte(
    released: Released, snapshot: Snapshot, tmp_path: Path
) -> None:
    workspace, archive = released
    first = read_releases(workspace.ontology)

    release, folder = import_release(archive, tmp_path / "out", first)
    assert (release.version, release.notes, release.digest) == ("1.0.0", "Begun.", snapshot.manifest.digest)
    assert verify_snapshot(folder) == snapshot.manifest
    verify_store(folder)
    assert set(Store.read_only(str(folder / "store"))) == set(Store.read_only(str(snapshot.folder / "store")))
    assert find_kept(tmp_path / "out", release.digest) == folder
    assert not (tmp_path / "out" / "current").exists()
    for number in range(4):
        publish(tmp_path / "out", number)
    assert folder.is_dir()

    (workspace.ontology / RECORD).rename(tmp_path / "record")
    again = create_release(workspace, folder, "1.0.0", "Begun.", tmp_path)
    assert (again.read_bytes(), read_releases(workspace.ontology)) == (archive.read_bytes(), first)

    archive = shutil.copyfile(archive, tmp_path / "other.tar.gz")
    archive.write_bytes(archive.read_bytes() + b" ")
    with pytest.raises(WorkspaceError, match="the archive of no release"):
        import_release(archive, tmp_path / "out", first)


def test_a_release_tells_what_has_changed_since_the_last_one(released: Released, tmp_path: Path) -> None:
    workspace, _ = released
    workspace = replace(workspace, root=shutil.copytree(workspace.root, tmp_path / "workspace", symlinks=True))
    new = publish_changed(workspace.root / "out", RENAMED)
    create_release(workspace, new, "1.1.0", "", tmp_path)
    second, first = read_releases(workspace.ontology)
    assert (second.version, dict(second.counts), second.notes) == ("1.1.0", {"changed": 1}, "")
    assert "  - skos:prefLabel “Republic of Korea”@en\n  + skos:prefLabel “Corea”@en\n" in (
        new / "changes.txt"
    ).read_text("utf-8")
    assert (len(first.marks.split()) > 700, second.marks) == (True, "")


def test_the_record_tells_since_when_a_thing_is_as_it_is() -> None:
    plain = Release("1.0.0", "2030-01-01", "a", "a", "1", "", "")
    releases = (replace(plain, version="1.1.0", marks="aaa"), replace(plain, marks="aaa bbb"))
    found = [find_since(releases, mark) for mark in ("aaa", "bbb", "ccc")]
    assert [release and release.version for release in found] == ["1.1.0", "1.0.0", None]


@pytest.mark.soak
def test_what_cannot_be_a_release_is_refused(released: Released, tmp_path: Path) -> None:
    workspace = replace(released[0], root=shutil.copytree(released[0].root, tmp_path / "workspace", symlinks=True))

    def refuse(folder: Path, version: str) -> str:
        with pytest.raises(WorkspaceError) as caught:
            create_release(workspace, folder, version, "", tmp_path)
        return caught.value.message

    output = workspace.root / "out"
    assert refuse((output / "current").resolve(), "1.1.0").startswith("1.0.0 (")
    changed = publish_changed(output, REDEFINED)
    assert refuse(changed, "1.1") == "“1.1” is no version"
    assert refuse(changed, "0.9.0").endswith("is released already")
    raised = publish_changed(output, RAISED)
    assert refuse(raised, "1.1.0").endswith("ontology/1.3.0 has the date of what it replaces")
    shutil.rmtree(next(folder for folder in (output / "snapshots").iterdir() if (folder / "release").exists()))
    assert refuse(raised, "1.1.0").startswith("1.0.0 is not here")


def test_a_changed_vocabulary_is_a_draft_until_its_version_rises(released: Released, snapshot: Snapshot) -> None:
    (release,) = read_releases(released[0].ontology)
    context = (released[0].ontology / "context.jsonld").read_bytes()
    quads = list(ox.parse(path=snapshot.folder / "g7kg.nq", format=ox.RdfFormat.N_QUADS))
    assert digest_versions(quads, context) == release.vocabulary
    assert digest_versions(quads, context.replace(b"{", b"{ ", 1)) == release.vocabulary
    assert list(mark_drafts(quads, release.vocabulary, release.vocabulary)) == quads

    changed = digest_versions(quads, context.replace(b'"gist"', b'"summary"', 1))
    drafted = set(mark_drafts(quads, changed, release.vocabulary)) - set(quads)
    name = f"1.2.0-draft-{changed[f'{BASE}ontology/1.2.0'][:12]}"
    assert {quad.object.value for quad in drafted} == {name, f"{BASE}ontology/{name}"}  # type: ignore[union-attr]
    assert list(mark_drafts(quads, {}, release.vocabulary)) == quads


def test_a_build_after_a_release_finds_the_vocabulary_as_it_was(
    built: tuple[Workspace, Snapshot], tmp_path: Path
) -> None:
    workspace, snapshot = built
    create_release(workspace, snapshot.folder, "1.0.0", "Begun.", tmp_path)
    assert build_snapshot(workspace, workspace.output, None, quiet, QUICK).manifest.digest == snapshot.manifest.digest
