"""The snapshot: the one artefact in which building and serving meet.

A snapshot is an immutable folder: ``g7kg.nq`` (canonical N-Quads: sorted, blank nodes by RDFC-1.0), compressed dumps,
``store/`` (Oxigraph), ``report.json`` (of the validation), ``manifest.json``. Below an output folder snapshots lie in
``snapshots/``, and the symbolic link ``current`` names the published one.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from operator import call
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from g7kg import __version__
from g7kg.build.assembly import Assembly, assemble, choose_jobs, validate_assembly
from g7kg.build.dumps import DUMPS, QUADS, fill_store, write_dump, write_quads
from g7kg.build.pool import limit_jobs, run_tasks
from g7kg.build.tables import write_tables
from g7kg.build.work import Means, Progress, digest_inputs, open_work
from g7kg.errors import NonConformance, WorkspaceError
from g7kg.mapping.workspace import Workspace
from g7kg.queries.catalogue import CatalogueQuery, read_page_queries, read_queries
from g7kg.rdf.lines import read_lines, sort_lines
from g7kg.shacl import Report, to_json, to_text
from g7kg.snapshot.answers import write_answers
from g7kg.snapshot.index import write_index
from g7kg.snapshot.manifest import REPORT, STORE, Manifest, digest_file
from g7kg.snapshot.publish import prepare_output, publish_unless_kept
from g7kg.snapshot.register import write_register

_RECORD: Final = ".snapshot"

Queries = Sequence[CatalogueQuery]


@dataclass(frozen=True)
class Snapshot:
    """A snapshot that has been published: its folder, its manifest, and whether it is ``new`` or was kept.

    ``verified`` has for each document's slug whether its pointers were verified against its words; ``unmapped`` are
    the texts that no mapping is of.
    """

    folder: Path
    manifest: Manifest
    verified: Mapping[str, bool]
    new: bool
    unmapped: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Options:
    """How a build is done: by which SHACL engine, and with up to how many processes (``choose_jobs`` if none)."""

    engine: str = "pyshacl"
    jobs: int | None = None


def build_snapshot(
    workspace: Workspace, output: Path, texts: Path | None, progress: Progress, options: Options = Options()
) -> Snapshot:
    """Build, validate and publish a snapshot below ``output``; ``current`` there names it afterwards.

    What one build has finished of a document the next one does not do again, also if the first was broken off; a
    snapshot that was made of the same inputs and lies undamaged below ``output`` is published as it is. Raises
    ``NonConformance`` if the graph violates a shape and ``G7kgError`` for bad input or an output folder that cannot be
    written; ``current`` is untouched then.
    """
    prepare_output(output)
    with open_work(output) as work:
        means = Means(work, progress, limit_jobs(options.jobs or choose_jobs(workspace)))
        sources = (workspace.ontology, workspace.mappings, workspace.shapes, workspace.queries)
        ledger = _Ledger(means, (*sources, texts) if texts else sources, options.engine)

        def write(folder: Path) -> Manifest:
            tables = tuple(read_queries(workspace.queries / "tables"))  # first: what is wrong with them is told at once
            assembly = assemble(workspace, texts, folder, means)
            report = validate_assembly(assembly, means, options.engine)
            if not report.conforms():
                raise NonConformance(to_text(report) + "\nnothing was published")
            ledger.verified, ledger.unmapped = assembly.documents, assembly.unmapped
            kept = (*read_page_queries().values(), *read_queries(workspace.queries))
            return _write_snapshot(assembly, report, (tables, kept), folder, means)

        progress("waiting for whoever else builds here")
        with _disk_errors(output):
            folder, manifest, new = publish_unless_kept(output, ledger.find, write, ledger.keep)
    return Snapshot(folder, manifest, ledger.verified, new, ledger.unmapped)


class _Ledger:
    """Which snapshot ``engine`` let be made of the files in ``folders``, and what ``Snapshot`` tells of the texts."""

    def __init__(self, means: Means, folders: Sequence[Path], engine: str) -> None:
        self.means = means
        self.digest = partial(digest_inputs, means.work, folders, "snapshot", engine)
        self.key = ""
        self.verified: Mapping[str, bool] = {}
        self.unmapped: tuple[Path, ...] = ()

    def find(self) -> str | None:
        self.key = self.digest()
        data = self.means.work.find(self.key, _RECORD)
        if data is None:
            return None
        self.means.progress("checking the snapshot of the same inputs")
        stated: dict[str, Any] = json.loads(data)
        self.verified, self.unmapped = stated["verified"], tuple(map(Path, stated["unmapped"]))
        return str(stated["snapshot"])

    def keep(self, name: str) -> None:
        if self.digest() != self.key:
            return  # something was changed meanwhile
        stated = {"snapshot": name, "verified": dict(self.verified), "unmapped": list(map(str, self.unmapped))}
        with suppress(WorkspaceError):  # the snapshot is published; without the note the next build makes it again
            self.means.work.keep(self.key, _RECORD, json.dumps(stated).encode())


@contextmanager
def _disk_errors(output: Path) -> Iterator[None]:
    """Raise ``WorkspaceError`` for what the system refuses while a snapshot is written below ``output``."""
    try:
        yield
    except OSError as error:
        hint = "make room, or choose another folder with --out"
        message = f"the snapshot cannot be written: {error.strerror or error}"
        raise WorkspaceError(message, location=output, hint=hint) from error


def _write_snapshot(
    assembly: Assembly, report: Report, queries: tuple[Queries, Queries], folder: Path, means: Means
) -> Manifest:
    """Write dumps, report, store, index into ``folder``, and what ``queries`` of tables and of answers come to.

    Return what the manifest is to say.
    """
    tables, kept = queries
    means.progress("writing the graph")
    shapes = (f"{quad} .\n".encode() for quad in assembly.shapes)
    lines = sort_lines(chain(read_lines(assembly.stated), shapes), folder)
    tally, digest = write_quads(lines, sort_lines(read_lines(assembly.texts), folder), folder / QUADS)
    (folder / REPORT).write_text(to_json(report) + "\n", "utf-8")
    means.progress("writing the store and the dumps")
    dumps = [partial(write_dump, folder, name) for name in DUMPS]
    _run([partial(fill_store, folder, assembly.texts), *dumps], means.jobs)
    assembly.clear()
    means.progress("writing the index and the tables")
    _run([partial(_write_index, folder, kept), partial(_write_tables, folder, tables)], means.jobs)
    quads = len(ox.Store.read_only(str(folder / STORE)))
    return Manifest(
        digest=digest,
        version=__version__,
        modified=assembly.modified,
        validated=True,
        texts=tuple(slug for slug, verified in assembly.documents.items() if verified),
        graphs=tally.graphs,
        quads=quads,
        default=quads - sum(tally.graphs.values()),
        classes=tally.classes,
        properties=tally.properties,
        files={path.name: digest_file(path) for path in sorted([*folder.glob("g7kg*"), folder / REPORT])},
    )


def _run(calls: Sequence[Callable[[], None]], jobs: int) -> None:
    for _ in run_tasks(call, calls, jobs):
        pass


def _write_index(folder: Path, queries: Queries) -> None:
    store = ox.Store.read_only(str(folder / STORE))
    write_index(store, folder)
    write_answers(store, queries, folder)
    write_register(store, folder)


def _write_tables(folder: Path, tables: Queries) -> None:
    write_tables(ox.Store.read_only(str(folder / STORE)), tables, folder)
