"""Any RDF files to a snapshot: for other people's data, which is served as it is, not validated."""

import gzip
import hashlib
import json
import re
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import IO, Final, cast

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse

from g7kg import __version__
from g7kg.build.void import count_terms
from g7kg.build.work import Progress
from g7kg.errors import DataError, G7kgError, Location
from g7kg.queries.catalogue import read_page_queries
from g7kg.rdf.lines import to_file
from g7kg.rdf.vocab import TEXT_TYPES, XSD, shorten_iri
from g7kg.sandbox.confinement import MEMORY, die_with_parent, isolate, require_memory
from g7kg.snapshot.answers import write_answers
from g7kg.snapshot.index import write_index
from g7kg.snapshot.manifest import STORE, Manifest, digest_store
from g7kg.snapshot.publish import publish_snapshot
from g7kg.texts.files import TOO_LONG, check_json, open_plain

_SURE: Final = {
    XSD("integer"): re.compile(r"0|-?[1-9][0-9]{0,17}"),
    XSD("date"): re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}Z?"),
    XSD("boolean"): re.compile("true|false"),
}
"""What is known to stay as it is, so that it need not be tried."""

_PLACE: Final = NamedNode("urn:x-place")


@dataclass
class Change:
    """How many values of one datatype are changed, with the first one ``before`` and ``after``."""

    count: int
    before: str
    after: str


def count_changes(quads: Iterable[Quad]) -> dict[str, Change]:
    """Return by datatype (its IRI) what a store changes of the literals that are objects of ``quads``."""
    found: dict[str, Change] = {}
    for quad in quads:
        literal = quad.object
        if not isinstance(literal, Literal) or literal.datatype in TEXT_TYPES:
            continue
        after = _store(literal)
        if after != literal:
            found.setdefault(literal.datatype.value, Change(0, str(literal), str(after))).count += 1
    return found


def tell_changes(changes: Iterable[tuple[str, Change]]) -> Iterator[str]:
    """Yield what is told of ``changes``, by the IRIs of the datatypes: those of one datatype together."""
    found: dict[str, Change] = {}
    for datatype, change in changes:
        found.setdefault(datatype, Change(0, change.before, change.after)).count += change.count
    for datatype, change in sorted(found.items()):
        name = shorten_iri(datatype)
        yield f"{change.count:,} × {name} is stored in another form, such as {change.before} as {change.after}"


@lru_cache(maxsize=1 << 16)
def _store(literal: Literal) -> object:
    """Return ``literal`` as a store gives it back."""
    sure = _SURE.get(literal.datatype)
    if sure and sure.fullmatch(literal.value):
        return literal
    store = Store()
    store.add(Quad(_PLACE, _PLACE, literal))
    return next(iter(store)).object


_STEP: Final = 0.1
"""The part of a file after which progress is told."""

_BATCH: Final = 500_000
_CHUNK: Final = 1 << 14


def load_snapshot(
    files: Sequence[Path], output: Path, graph: NamedNode | None, progress: Progress, warn: Progress | None = None
) -> tuple[Path, Manifest]:
    """Publish a snapshot of the RDF ``files`` below ``output``; return its folder and manifest.

    A file's format follows from its extension (``.gz`` after it: compressed). Triples go to ``graph``, or to the
    default graph, which also gets the triples of every named graph. ``warn`` is told which values the store holds in
    another form than they were written in. Raises ``DataError`` for an unreadable file,
    ``WorkspaceError`` if this process may not have the memory.
    """
    require_memory(MEMORY, "loading")
    for file in files:
        _find_format(file)
    return publish_snapshot(output, partial(_write, files, graph, progress, warn or (lambda _: None)))


def _write(
    files: Sequence[Path], graph: NamedNode | None, progress: Progress, warn: Progress, folder: Path
) -> Manifest:
    for change in tell_changes(_load_files(folder / STORE, files, graph, progress)):
        warn(change)
    store = Store(folder / STORE)
    named, graphs = _add_union(store, progress)
    progress("ordering the store")
    store.optimize()
    store.flush()
    progress("indexing the words")
    write_index(store, folder)
    write_answers(store, read_page_queries().values(), folder)
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


def _load_files(
    folder: Path, files: Sequence[Path], graph: NamedNode | None, progress: Progress
) -> list[tuple[str, Change]]:
    """Load ``files`` into the store in ``folder``; return what it changes, by datatype, file by file.

    It is done in a process of its own: some files end the one that reads them.
    """
    changes: list[tuple[str, Change]] = []
    arguments = (str(folder), graph.value if graph else "", *map(str, files))
    command = isolate("from g7kg.build.load import main; main()", *arguments)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own
        read: Path | None = None
        try:
            for line in process.stdout or ():
                number, step = json.loads(line)
                read = files[number]
                if isinstance(step, list):
                    message, place, hint = step
                    raise DataError(message, location=Location(*place), hint=hint)
                if isinstance(step, dict):
                    changes += [(datatype, Change(*change)) for datatype, change in step.items()]
                else:
                    progress(step)
        finally:
            process.kill()
    if process.returncode:
        hint = "mend the file, or give it more memory"
        message = "the reader died: the file is nested too deep, or needs too much memory"
        raise DataError(message, location=Location(None if read is None else str(read)), hint=hint)
    return changes


def main() -> None:
    """Load the files that the further arguments name into the store in the first, with the graph in the second.

    Told on standard output, a line of JSON each: the number of the file, and a step or what is wrong.
    """
    die_with_parent()
    folder, graph, *files = sys.argv[1:]
    store = Store(folder)
    for number, file in enumerate(map(Path, files)):
        tell = partial(_tell, number)
        try:
            _load_file(store, file, NamedNode(graph) if graph else None, tell)
            tell({datatype: astuple(change) for datatype, change in _find_changes(file).items()})
        except G7kgError as error:
            place = error.location
            tell([error.message, (place.path, place.line, place.column), error.hint])
            return
        except OSError as error:
            tell([f"the store cannot be written: {error.strerror or error}", (folder,), "check the disk"])
            return
    store.flush()


def _tell(number: int, step: object) -> None:
    sys.stdout.write(json.dumps([number, step]) + "\n")
    sys.stdout.flush()


def _load_file(store: Store, file: Path, graph: NamedNode | None, progress: Progress) -> None:
    format_ = _find_format(file)
    target = None if format_.supports_datasets else graph
    try:
        with open_plain(file, DataError) as raw:
            source = cast("IO[bytes]", _CountedFile(raw, file, progress))
            content = _unpack(file, source)
            if format_ == RdfFormat.JSON_LD:
                content = to_file(check_json(iter(partial(content.read, _CHUNK), b""), str(file), DataError))
            store.bulk_load(content, format=format_, base_iri=file.resolve().as_uri(), to_graph=target)
    except SyntaxError as error:
        place = Location(str(file), error.lineno, error.offset)
        raise DataError(f"this is no {format_.name}: {error.msg}", location=place, hint="mend the file") from error
    except MemoryError as error:
        raise DataError(TOO_LONG, location=file, hint="shorten it") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"the file is damaged: {error}", location=file, hint="get it again") from error


def _find_changes(file: Path) -> dict[str, Change]:
    with open_plain(file, DataError) as raw:
        return count_changes(parse(_unpack(file, raw), format=_find_format(file), base_iri=file.resolve().as_uri()))


def _unpack(file: Path, content: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=content)) if file.suffix == ".gz" else content


def _find_format(file: Path) -> RdfFormat:
    """Return the format that the extension of ``file`` names; ``DataError`` if it names none, or there is no file."""
    if not file.exists():
        raise DataError("there is no such file", location=file, hint="check the path")
    name = Path(file.stem) if file.suffix == ".gz" else file
    format_ = RdfFormat.from_extension(name.suffix.removeprefix("."))
    if format_ is None:
        hint = "use .nt, .nq, .ttl, .trig, .rdf or .jsonld, each with .gz if compressed"
        raise DataError("the extension names no RDF format", location=file, hint=hint)
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
