"""Any RDF files to a snapshot: for other people's data, which is served as it is, not validated."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Final, cast

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store

from g7kg import __version__
from g7kg.build.void import count_terms
from g7kg.errors import DataError, Location
from g7kg.sandbox.confinement import MEMORY, require_memory
from g7kg.snapshot.index import write_index
from g7kg.snapshot.manifest import STORE, Manifest, digest_store
from g7kg.snapshot.publish import publish_snapshot

Progress = Callable[[str], None]

_STEP: Final = 0.1
"""The part of a file after which progress is told."""

_BATCH: Final = 500_000


def load_snapshot(
    files: Sequence[Path], output: Path, graph: NamedNode | None, progress: Progress
) -> tuple[Path, Manifest]:
    """Publish a snapshot of the RDF ``files`` below ``output``; return its folder and manifest.

    A file's format follows from its extension (``.gz`` after it: compressed). Triples go to ``graph``, or to the
    default graph, which also gets the triples of every named graph. Raises ``DataError`` for an unreadable file,
    ``WorkspaceError`` if this process may not have the memory.
    """
    require_memory(MEMORY, "loading")
    for file in files:
        _find_format(file)
    return publish_snapshot(output, partial(_write, files, graph, progress))


def _write(files: Sequence[Path], graph: NamedNode | None, progress: Progress, folder: Path) -> Manifest:
    store = Store(folder / STORE)
    for file in files:
        _load_file(store, file, graph, progress)
    named, graphs = _add_union(store, progress)
    progress("ordering the store")
    store.optimize()
    store.flush()
    progress("indexing the words")
    write_index(store, folder)
    quads = len(store)
    progress("counting")
    classes, properties = count_terms(store.quads_for_pattern(None, None, None, DefaultGraph()))
    del store  # closes its files, whose digests are taken next
    newest = max(file.stat().st_mtime for file in files)
    return Manifest(
        digest=hashlib.sha256(json.dumps(digest_store(folder)).encode()).hexdigest(),
        version=__version__,
        modified=datetime.fromtimestamp(newest, UTC).date().isoformat(),
        validated=False,
        texts=(),
        graphs=graphs,
        quads=quads,
        default=quads - named,
        classes=classes,
        properties=properties,
        files={},
    )


def _load_file(store: Store, file: Path, graph: NamedNode | None, progress: Progress) -> None:
    format_ = _find_format(file)
    target = None if format_.supports_datasets else graph
    try:
        with file.open("rb") as raw:
            source = cast("IO[bytes]", _CountedFile(raw, file, progress))
            content = cast("IO[bytes]", gzip.GzipFile(fileobj=source)) if file.suffix == ".gz" else source
            store.bulk_load(content, format=format_, base_iri=file.resolve().as_uri(), to_graph=target)
    except SyntaxError as error:
        place = Location(str(file), error.lineno, error.offset)
        raise DataError(f"this is no {format_.name}: {error.msg}", location=place, hint="mend the file") from error
    except (EOFError, gzip.BadGzipFile) as error:
        raise DataError(f"the file is damaged: {error}", location=Location(str(file)), hint="get it again") from error


def _find_format(file: Path) -> RdfFormat:
    """Return the format that the extension of ``file`` names; ``DataError`` if it names none, or there is no file."""
    if not file.is_file():
        raise DataError("there is no such file", location=Location(str(file)), hint="check the path")
    name = Path(file.stem) if file.suffix == ".gz" else file
    format_ = RdfFormat.from_extension(name.suffix.removeprefix("."))
    if format_ is None:
        hint = "use .nt, .nq, .ttl, .trig, .rdf or .jsonld, each with .gz if compressed"
        raise DataError("the extension names no RDF format", location=Location(str(file)), hint=hint)
    return format_


def _add_union(store: Store, progress: Progress) -> tuple[int, dict[str, int]]:
    """Add the triples of all named graphs to the default graph.

    Return how many there are, and how many each graph has that is named by an IRI.
    """
    counts: Counter[object] = Counter()

    def read() -> Iterator[Quad]:
        quads = (quad for graph in store.named_graphs() for quad in store.quads_for_pattern(None, None, None, graph))
        for number, quad in enumerate(quads, start=1):
            counts[quad.graph_name] += 1
            if number % _BATCH == 0:
                progress(f"adding {number:,} triples of named graphs to the default graph")
            yield Quad(quad.subject, quad.predicate, quad.object, DefaultGraph())

    store.bulk_extend(read())
    return counts.total(), {str(name.value): n for name, n in counts.items() if isinstance(name, NamedNode)}


class _CountedFile:
    """A binary file that tells the progress of its reading."""

    def __init__(self, file: IO[bytes], path: Path, progress: Progress) -> None:
        self.file = file
        self.path = path
        self.progress = progress
        self.size = max(path.stat().st_size, 1)
        self.told = 0.0
        progress(f"loading {path.name}")

    def read(self, size: int = -1) -> bytes:
        """Return the next ``size`` bytes."""
        data = self.file.read(size)
        part = self.file.tell() / self.size
        if part >= self.told + _STEP:
            self.told = part
            self.progress(f"loading {self.path.name}: {part:.0%}")
        return data
