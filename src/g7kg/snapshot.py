"""The snapshot: the one artefact in which building and serving meet.

A snapshot is an immutable folder: ``g7kg.nq`` (canonical N-Quads: sorted, blank nodes by RDFC-1.0), compressed dumps,
``store/`` (Oxigraph), ``report.json`` (of the validation), ``manifest.json``. Below an output folder snapshots lie in
``snapshots/``, and the symbolic link ``current`` names the published one.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pyoxigraph import CanonicalizationAlgorithm, Quad, RdfFormat

from g7kg import __version__
from g7kg.assembly import Assembly, Progress, assemble, validate_assembly
from g7kg.catalogue import count_graphs, count_terms
from g7kg.errors import NonConformance
from g7kg.flat import write_tables
from g7kg.index import write_index
from g7kg.manifest import REPORT, STORE, Manifest
from g7kg.publication import check_writable, publish_snapshot
from g7kg.validation import Report, to_json, to_text
from g7kg.vocab import PREFIXES
from g7kg.workspace import Workspace

_DUMPS: Final = {"trig": RdfFormat.TRIG, "ttl": RdfFormat.TURTLE, "jsonld": RdfFormat.JSON_LD}


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
    check_writable(output)
    assembly = assemble(workspace, texts, progress)
    report = validate_assembly(assembly, progress)
    if not report.conforms():
        raise NonConformance(to_text(report) + "\nnothing was published")
    progress("writing the snapshot")
    folder, manifest = publish_snapshot(
        output, partial(_write_snapshot, assembly, report, workspace.queries / "tables")
    )
    return Snapshot(folder, manifest, report, assembly.documents)


def canonical_nquads(quads: Iterable[Quad]) -> bytes:
    """Return ``quads`` as canonical N-Quads: blank nodes named by RDFC-1.0, one line a quad, lines sorted."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    output = io.BytesIO()
    ox.serialize(dataset, output, RdfFormat.N_QUADS)
    return b"".join(sorted(output.getvalue().splitlines(keepends=True)))


def _write_snapshot(assembly: Assembly, report: Report, tables: Path, folder: Path) -> Manifest:
    """Write dumps, report, store, index and ``tables`` into ``folder``; return what the manifest is to say."""
    data = canonical_nquads(assembly.published)
    texts = canonical_nquads(assembly.texts)
    (folder / "g7kg.nq").write_bytes(data)
    _write_compressed(folder / "g7kg.nq.gz", data)
    (folder / REPORT).write_text(to_json(report) + "\n", "utf-8")
    quads = list(ox.parse(data, format=RdfFormat.N_QUADS))
    _write_dumps(quads, folder)
    held = [*quads, *assembly.texts]
    quads_in_store = _write_store(held, folder / STORE)
    store = ox.Store.read_only(str(folder / STORE))
    write_index(store, folder)
    write_tables(store, tables, folder)
    classes, properties = count_terms({quad.triple for quad in held})
    return Manifest(
        digest=hashlib.sha256(data + texts).hexdigest(),
        version=__version__,
        modified=assembly.modified,
        validated=True,
        texts=tuple(slug for slug, verified in assembly.documents.items() if verified),
        graphs=count_graphs(held),
        quads=quads_in_store,
        default=quads_in_store - len(held),
        classes=classes,
        properties=properties,
        files=_digest_files([*folder.glob("g7kg*"), folder / REPORT]),
    )


def _digest_files(paths: Iterable[Path]) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(paths)}


def _write_dumps(quads: Sequence[Quad], folder: Path) -> None:
    triples = sorted({quad.triple for quad in quads}, key=str)
    for name, format_ in _DUMPS.items():
        output = io.BytesIO()
        ox.serialize(quads if format_.supports_datasets else triples, output, format_, prefixes=PREFIXES)
        _write_compressed(folder / f"g7kg.{name}.gz", output.getvalue())


def _write_compressed(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``, the same bytes each time: no date stands in them."""
    path.write_bytes(gzip.compress(data, mtime=0))


def _write_store(quads: Sequence[Quad], folder: Path) -> int:
    """Write the store: every named graph, and their union as the default graph; return its number of quads."""
    store = ox.Store(folder)
    store.bulk_extend(quads)
    store.bulk_extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    store.optimize()
    store.flush()
    return len(store)
