"""Releases made and brought back: a snapshot as one archive, and what the record says of it."""

import gzip
import re
import tarfile
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pyoxigraph import NamedNode, Quad, RdfFormat

from g7kg import __version__
from g7kg.build.diff import compare_snapshots, to_text
from g7kg.build.dumps import QUADS, restore_store
from g7kg.build.versions import DRAFT, digest_versions
from g7kg.errors import WorkspaceError
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.vocab import BASE, DCTERMS, RDF, graph_iri
from g7kg.snapshot.index import write_index
from g7kg.snapshot.manifest import MANIFEST, STORE, Manifest, digest_file, read_manifest, verify_snapshot
from g7kg.snapshot.publish import add_snapshot
from g7kg.snapshot.releases import (
    CHANGES,
    MARKED,
    Release,
    find_kept,
    mark_release,
    mark_thing,
    read_releases,
    write_releases,
)
from g7kg.texts.files import read_file

_VERSION: Final = re.compile(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}")
_ONTOLOGY: Final = NamedNode(f"{BASE}ontology")
_VOCABULARY: Final = frozenset({graph_iri("ontology"), graph_iri("shapes")})


def create_release(workspace: Workspace, folder: Path, version: str, notes: str, archives: Path) -> Path:
    """Release the snapshot in ``folder``, one below an output folder, as ``version``; return its archive.

    The snapshot is kept from now on, its archive lies in the folder ``archives``, and the record stands in
    ``workspace``. Raises ``WorkspaceError`` if the version is not the highest, if the snapshot holds words of documents
    or is damaged, if the release before it does not lie beside it, or if the vocabulary has changed since and has no
    higher version or no later date.
    """
    releases = read_releases(workspace.ontology)
    manifest = verify_snapshot(folder)
    _check_version(version, manifest, releases)
    last = _find_last(folder.parents[1], releases)
    vocabulary = _read_quads(folder, _VOCABULARY)
    versions = digest_versions(vocabulary, read_file(workspace.ontology / "context.jsonld"))
    _check_versions(versions, folder, last, releases)
    counts = _mark_changes(folder, version, last)
    archives.mkdir(parents=True, exist_ok=True)
    archive = archives / f"g7kg-{version}.tar.gz"
    _pack(folder, [CHANGES, MANIFEST, *manifest.files], archive)
    release = Release(
        version,
        manifest.modified,
        manifest.digest,
        folder.name,
        __version__,
        archive=digest_file(archive),
        changes=digest_file(folder / CHANGES),
        counts=counts,
        notes=notes.strip(),
        vocabulary=versions,
        marks=" ".join(sorted(_mark_things(folder) - (_mark_things(last) if last else set()))),
    )
    write_releases(workspace.ontology, (release, *releases))
    return archive


def _mark_changes(folder: Path, version: str, last: Path | None) -> dict[str, int]:
    """Mark the snapshot in ``folder`` with what has changed since ``last``; return how many things have, by kind."""
    changes = list(compare_snapshots(last, folder)) if last else []
    mark_release(folder, version, "".join(f"{line}\n" for line in to_text(iter(changes))).encode())
    return dict(sorted(Counter(change.kind for change in changes).items()))


def import_release(archive: Path, output: Path, releases: Iterable[Release]) -> tuple[Release, Path]:
    """Put the release in the file ``archive`` back below ``output``; return which of ``releases`` it is, its folder.

    Its store and its index are made anew. Raises ``WorkspaceError`` if it is the archive of none of them.
    """
    digest = digest_file(archive)
    release = next((release for release in releases if release.archive == digest), None)
    if release is None:
        hint = "check the file against the SHA-256 at /releases; a newer release needs a newer record"
        raise WorkspaceError("this is the archive of no release on record", location=archive, hint=hint)
    with tarfile.open(archive) as packed:
        folder = add_snapshot(output, partial(_unpack, packed))
        mark_release(folder, release.version, _read_member(packed, CHANGES))
    return release, folder


def _check_version(version: str, manifest: Manifest, releases: Sequence[Release]) -> None:
    if not _VERSION.fullmatch(version):
        raise WorkspaceError(f"“{version}” is no version", hint="give three numbers, such as 1.0.0")
    if manifest.texts or not manifest.validated:
        hint = "release what g7kg build made without --texts"
        raise WorkspaceError("the snapshot holds words of documents, or was not validated", hint=hint)
    for release in releases:
        lower, higher = ([int(number) for number in one.split(".")] for one in (release.version, version))
        if manifest.digest == release.digest or higher <= lower:
            hint = "release another snapshot, under a higher version"
            raise WorkspaceError(f"{release.version} ({release.digest[:16]}) is released already", hint=hint)


def _find_last(output: Path, releases: Sequence[Release]) -> Path | None:
    """Return the folder of the newest of ``releases``, if there is any; ``WorkspaceError`` if it is not there."""
    if not releases:
        return None
    folder = find_kept(output, releases[0].digest)
    if folder is None:
        message = f"{releases[0].version} is not here, so what has changed since cannot be told"
        raise WorkspaceError(message, location=output, hint="bring it back: g7kg release import")
    return folder


def _check_versions(versions: Mapping[str, str], folder: Path, last: Path | None, releases: Sequence[Release]) -> None:
    """Raise ``WorkspaceError`` if what ``versions`` name has changed, and its version or date has not."""
    for iri in versions:
        if DRAFT in iri:
            hint = "raise owl:versionIRI, owl:versionInfo and dcterms:modified, and build again"
            raise WorkspaceError(f"{iri.partition(DRAFT)[0]} is released and has changed since", hint=hint)
    own = [iri for iri in versions if iri.startswith(f"{_ONTOLOGY.value}/")]
    new = [iri for iri in own if last and iri not in releases[0].vocabulary]
    if last and new and _read_modified(folder) <= _read_modified(last):
        message, hint = f"{new[0]} has the date of what it replaces", "set dcterms:modified in ontology/g7.ttl"
        raise WorkspaceError(message, hint=hint)


def _read_modified(folder: Path) -> str:
    quads = _read_quads(folder, _VOCABULARY)
    found = (quad.object for quad in quads if (quad.subject, quad.predicate) == (_ONTOLOGY, DCTERMS("modified")))
    return max(map(str, found), default="")


def _read_quads(folder: Path, graphs: Container[object]) -> list[Quad]:
    quads = ox.parse(path=folder / QUADS, format=RdfFormat.N_QUADS)
    return [quad for quad in quads if quad.graph_name in graphs]


def _mark_things(folder: Path) -> set[str]:
    triples = defaultdict(list)
    for quad in ox.parse(path=folder / QUADS, format=RdfFormat.N_QUADS):
        triples[quad.subject].append(quad.triple)
    own = (found for found in triples.values() if any(t.predicate == RDF("type") and t.object in MARKED for t in found))
    return set(map(mark_thing, own))


def _pack(folder: Path, names: Iterable[str], archive: Path) -> None:
    """Write the files ``names`` of ``folder`` to ``archive``, always as the same bytes."""
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as packed,
    ):
        for name in sorted(names):
            member = tarfile.TarInfo(name)
            member.size = (folder / name).stat().st_size
            with (folder / name).open("rb") as file:
                packed.addfile(member, file)


def _unpack(packed: tarfile.TarFile, folder: Path) -> Manifest:
    """Write the snapshot in ``packed`` into ``folder``; ``WorkspaceError`` if its manifest cannot be read."""
    (folder / MANIFEST).write_bytes(_read_member(packed, MANIFEST))
    manifest = read_manifest(folder)
    for name in manifest.files:
        (folder / name).write_bytes(_read_member(packed, name))
    restore_store(folder)
    write_index(ox.Store.read_only(str(folder / STORE)), folder)
    return manifest


def _read_member(packed: tarfile.TarFile, name: str) -> bytes:
    file = packed.extractfile(name)
    return file.read() if file else b""
