"""The snapshot: the one artefact in which building and serving meet.

A snapshot is an immutable folder: ``g7kg.nq`` (canonical N-Quads: sorted, blank nodes by RDFC-1.0), dumps in other
formats, ``store/`` (Oxigraph), ``manifest.json``. Below an output folder snapshots lie in ``snapshots/``, and the
symbolic link ``current`` names the published one.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pyoxigraph import CanonicalizationAlgorithm, Quad, RdfFormat

from g7kg import __version__
from g7kg.assembly import Assembly, Progress, assemble, validate_assembly
from g7kg.catalogue import count_graphs
from g7kg.errors import Location, NonConformance, WorkspaceError
from g7kg.locks import is_served, lock_folder
from g7kg.manifest import MANIFEST, Manifest
from g7kg.validation import Report, to_text
from g7kg.vocab import PREFIXES
from g7kg.workspace import Workspace

KEPT: Final = 3
"""How many snapshots stay in an output folder, the published one included."""

_DUMPS: Final = {"g7kg.trig": RdfFormat.TRIG, "g7kg.ttl": RdfFormat.TURTLE, "g7kg.jsonld": RdfFormat.JSON_LD}


@dataclass(frozen=True)
class Snapshot:
    """A snapshot that has been published: its folder, its manifest, the report of its validation.

    ``verified`` has for each document's slug whether its pointers were verified against its words.
    """

    folder: Path
    manifest: Manifest
    report: Report
    verified: Mapping[str, bool]


def build_snapshot(workspace: Workspace, output: Path, texts: Path | None, progress: Progress) -> Snapshot:
    """Build, validate and publish a snapshot below ``output``; ``current`` there names it afterwards.

    Raises ``NonConformance`` if the graph violates a shape and ``G7kgError`` for bad input or an output folder that
    cannot be written; ``current`` is untouched then.
    """
    _check_writable(output)
    assembly = assemble(workspace, texts, progress)
    report = validate_assembly(assembly, progress)
    if not report.conforms():
        raise NonConformance(to_text(report) + "\nnothing was published")
    progress("writing the snapshot")
    with lock_folder(output), _staging(output) as folder:
        manifest = _write_snapshot(assembly, folder)
        target = output / "snapshots" / _name_folder(folder)
        _move(folder, target)
        _publish(target, output)
    return Snapshot(target, manifest, report, assembly.documents)


def canonical_nquads(quads: Iterable[Quad]) -> bytes:
    """Return ``quads`` as canonical N-Quads: blank nodes named by RDFC-1.0, one line a quad, lines sorted."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    output = io.BytesIO()
    ox.serialize(dataset, output, RdfFormat.N_QUADS)
    return b"".join(sorted(output.getvalue().splitlines(keepends=True)))


def _write_snapshot(assembly: Assembly, folder: Path) -> Manifest:
    data = canonical_nquads(assembly.published)
    texts = canonical_nquads(assembly.texts)
    (folder / "g7kg.nq").write_bytes(data)
    quads = list(ox.parse(data, format=RdfFormat.N_QUADS))
    _write_dumps(quads, folder)
    _write_store([*quads, *assembly.texts], folder / "store")
    manifest = Manifest(
        digest=hashlib.sha256(data + texts).hexdigest(),
        version=__version__,
        modified=assembly.modified,
        validated=True,
        texts=tuple(slug for slug, verified in assembly.documents.items() if verified),
        graphs=count_graphs([*quads, *assembly.texts]),
        files={path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("g7kg.*"))},
    )
    manifest.write(folder)
    return manifest


def _write_dumps(quads: Sequence[Quad], folder: Path) -> None:
    triples = sorted({quad.triple for quad in quads}, key=str)
    for name, format_ in _DUMPS.items():
        ox.serialize(quads if format_.supports_datasets else triples, folder / name, format_, prefixes=PREFIXES)


def _write_store(quads: Sequence[Quad], folder: Path) -> None:
    """Write the store: every named graph, and their union as the default graph."""
    store = ox.Store(folder)
    store.bulk_extend(quads)
    store.bulk_extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    store.optimize()
    store.flush()


def _name_folder(folder: Path) -> str:
    """Return the name of a finished snapshot: it follows from the manifest, so from every byte of the dumps."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()[:16]


def _check_writable(output: Path) -> None:
    try:
        (output / "snapshots").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output / "snapshots"):
            pass
    except OSError as error:
        raise WorkspaceError(
            f"the output folder cannot be written: {error.strerror}",
            location=Location(str(output)),
            hint="choose another with --out",
        ) from error


@contextmanager
def _staging(output: Path) -> Iterator[Path]:
    """Yield a new folder beside the snapshots; it is gone afterwards unless it was renamed."""
    for stale in (output / "snapshots").glob(".*"):
        shutil.rmtree(stale, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=".building-", dir=output / "snapshots"))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move(folder: Path, target: Path) -> None:
    """Move a finished snapshot to its place; one of the same name, which may be damaged, makes room."""
    replaced = target.with_name(f".replaced-{target.name}")
    if target.exists():
        target.rename(replaced)
    folder.rename(target)
    shutil.rmtree(replaced, ignore_errors=True)


def _publish(target: Path, output: Path) -> None:
    """Point ``current`` at ``target`` in one step, then remove all but the newest snapshots and the served ones."""
    os.utime(target)
    link = output / ".current"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("snapshots") / target.name)
    link.replace(output / "current")
    folders = [path for path in (output / "snapshots").iterdir() if not path.name.startswith(".")]
    folders.sort(key=lambda path: (path != target, -path.stat().st_mtime))
    for old in folders[KEPT:]:
        if not is_served(old):
            shutil.rmtree(old.rename(old.with_name(f".removed-{old.name}")), ignore_errors=True)
