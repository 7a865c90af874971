"""Mapping files read, one by one: the quads that a file states, what it defines, and what it refers to.

A file is a unit of work: what it states follows from its own bytes, the context and its text, so that it is read again
only when one of them has changed.
"""

import json
import logging
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, Quad

from g7kg.build.graph import file_to_quads, texts_to_quads
from g7kg.build.memo import Digests, digest_lines
from g7kg.build.pointers import VerifiedDocument, find_copies, match_documents, verify_document
from g7kg.build.pool import run_tasks, split_tasks
from g7kg.build.work import Means, WorkFolder
from g7kg.errors import G7kgError, Location, MappingError, raise_problems
from g7kg.mapping.context import Context
from g7kg.mapping.nodes import MOST_BYTES
from g7kg.mapping.reader import MappingFile, read_mapping_file
from g7kg.mapping.records import Record, walk_records
from g7kg.mapping.references import check_identifiers, list_references
from g7kg.rdf.lines import sort_lines
from g7kg.texts.copies import list_runs
from g7kg.texts.cues import CUE_WORDS
from g7kg.texts.files import read_file
from g7kg.texts.sources import Source

_READING: Final = ".json"
_PLACES: Final = ".places.json"
_DIGESTS: Final = ".digests.json"
_QUADS: Final = ".nq"
_TEXTS: Final = ".texts.nq"
_SHA256: Final = re.compile(rb"\b[0-9a-f]{64}\b")
_NAMES: Final = frozenset({"label", "altLabel", "title", "titleAsStated"})
"""Keys of names, which may be quoted at any length."""

_BATCH: Final = 8
"""Files that a process reads at a time."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """An IRI, and the line and column of a mapping file where it is defined or, under ``key``, referred to."""

    iri: str
    line: int | None
    column: int | None
    key: str = ""


@dataclass(frozen=True)
class Reading:
    """What a mapping file states.

    ``name`` is what messages call the file, ``graph`` the name of its graph, ``quads`` the file of its quads (N-Quads,
    sorted, each once) and ``count`` their number, ``texts`` that of its document's words. ``documents`` has the digests
    of its editions by the IRI of each document; those of ``verified`` were verified against their words. ``names`` are
    runs of words of the names that it gives, ``copies`` those of its gists that its document has, each with its place.
    """

    name: str
    graph: str
    count: int
    documents: Mapping[str, Sequence[str]]
    verified: tuple[str, ...]
    quads: Path
    texts: Path
    places: Path
    digested: Path
    names: frozenset[str]
    copies: tuple[tuple[int | None, int | None, list[str]], ...]

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests of all editions of its documents."""
        return tuple(digest for digests in self.documents.values() for digest in digests)

    def read_places(self) -> tuple[list[Place], list[Place]]:
        """Return what the file defines, and what of ours it refers to and does not define, from the disk."""
        definitions, references = json.loads(self.places.read_bytes())
        return [Place(*stated) for stated in definitions], [Place(*stated) for stated in references]

    def read_digests(self) -> Digests:
        """Return the digests of its quads, from the disk."""
        digests: Digests = json.loads(self.digested.read_bytes())
        return digests

    def locate(self, place: Place) -> Location:
        """Return where ``place`` is."""
        return Location(self.name, place.line, place.column)


@dataclass(frozen=True)
class _Task:
    """A mapping file that is to be read, with the texts that it may be of, and the key of what it makes."""

    path: Path
    folder: Path
    root: Path
    context: Context
    sources: Mapping[str, Source]
    work: WorkFolder
    key: str


def read_files(
    folder: Path, root: Path, context: Context, sources: Mapping[str, Source], means: Means
) -> tuple[Reading, ...]:
    """Return what the mapping files below ``folder`` state, in the order of their names.

    Messages name files relative to ``root``. Where a file's document is among ``sources`` (by SHA-256) its pointers are
    verified. Raises ``G7kgError`` (``Problems`` if there are several) with everything that is wrong in any file.
    """
    paths = sorted(path for path in folder.rglob("[!.]*") if not path.is_dir() and path.suffix != ".ttl")
    common = _Task(folder, folder, root, context, sources, means.work, "")
    tasks = [_make_task(common, path) for path in paths]
    new = [task for task in tasks if not _is_kept(task)]
    done = len(tasks) - len(new)
    logger.info("%s of %s mapping files are new, or depend on what has changed", len(new), len(tasks))
    problems: list[G7kgError] = []
    for batch in run_tasks(_read_batch, split_tasks(new, _BATCH, means.jobs), means.jobs):
        for found in batch:
            problems += found
        done += len(batch)
        means.progress(f"reading the mappings: {done:,} of {len(tasks):,}")
    raise_problems(problems)
    return tuple(map(_find_reading, tasks))


def find_copied(readings: Sequence[Reading]) -> Iterator[G7kgError]:
    """Yield an error for each gist that has more words in a row from its document than may be quoted, names apart."""
    names = frozenset[str]().union(*(reading.names for reading in readings))
    for reading in readings:
        for line, column, runs in reading.copies:
            for run in [run for run in runs if run not in names][:1]:
                message = f"the gist has more than {CUE_WORDS} words in a row from the text: “{run}”"
                place = Location(reading.name, line, column)
                yield MappingError(message, location=place, hint="say it in words of your own")


def _make_task(common: _Task, path: Path) -> _Task:
    """Return the task for ``path``: what is the same for all files, with the sources that the file names."""
    name = str(path.relative_to(common.root))
    data = read_file(path, MappingError, name, MOST_BYTES)
    named = [digest.decode() for digest in _SHA256.findall(data)]
    own = {digest: common.sources[digest] for digest in named if digest in common.sources}
    context = repr(common.context).encode()
    key = common.work.make_key(b"reading", name.encode(), data, context, " ".join(sorted(own)).encode())
    return replace(common, path=path, sources=own, key=key)


def _read_batch(tasks: Sequence[_Task]) -> list[tuple[G7kgError, ...]]:
    """Read the files of ``tasks`` and keep what they state; return what is wrong in each."""
    return [_read_file(task) for task in tasks]


def _read_file(task: _Task) -> tuple[G7kgError, ...]:
    try:
        file = read_mapping_file(task.path, task.folder, task.root, task.context)
    except G7kgError as error:
        return (error,)
    matched = [document for _, document in match_documents([file], task.sources)]
    verified = (error for document in matched for error in verify_document(file, document))
    problems = (*_check_unchanged(task), *_check_digests(file), *check_identifiers(file), *verified)
    if not problems:
        _keep_reading(task, file, matched)
    return problems


def _check_unchanged(task: _Task) -> Iterator[G7kgError]:
    """Yield an error if the file is no longer the one that the key was made of: it would be kept as what it was."""
    if _make_task(task, task.path).key != task.key:
        location = Location(str(task.path.relative_to(task.root)))
        yield MappingError("the file was changed while it was read", location=location, hint="start again")


def _check_digests(file: MappingFile) -> Iterator[G7kgError]:
    """Yield an error for a digest that the file spells in another way: by its bytes its text is looked up."""
    written = {digest.decode() for digest in _SHA256.findall(read_file(file.path, MappingError))}
    for digest, place in _list_literals(file, {"sourceDigest"}):
        if digest not in written:
            yield MappingError("the digest is not written out", location=place, hint="write it without escapes")


def _keep_reading(task: _Task, file: MappingFile, matched: Sequence[VerifiedDocument]) -> None:
    """Keep what the file states; its description comes last: where that is, the rest is."""
    definitions = [(record.id.value, record.location, "") for record in walk_records(file.records)]
    found = (definitions, list_references(file))
    places = [[(iri, at.line, at.column, key) for iri, at, key in one] for one in found]
    quads = _to_lines(file_to_quads(file), task)
    content = {
        _QUADS: b"".join(quads),
        _TEXTS: b"".join(_to_lines(texts_to_quads(file, matched), task)),
        _PLACES: json.dumps(places).encode(),
        _DIGESTS: json.dumps(digest_lines(quads)).encode(),
    }
    stated = {
        "graph": file.graph,
        "count": len(quads),
        "documents": {one.id.value: list(_list_digests(one)) for one in file.records if one.text("sourceDigest")},
        "verified": [document.record.id.value for document in matched],
        "names": [run for name, _ in _list_literals(file, _NAMES) for run in list_runs(name)],
        "copies": [(at.line, at.column, runs) for one in matched for at, runs in find_copies(file, one)],
        "files": {suffix: task.work.keep_plain(task.key, suffix, data) for suffix, data in content.items()},
    }
    task.work.keep(task.key, _READING, json.dumps(stated).encode())


def _list_literals(file: MappingFile, keys: Collection[str]) -> Iterator[tuple[str, Location]]:
    for entry in chain.from_iterable(record.entries for record in walk_records(file.records)):
        if entry.key in keys and isinstance(entry.value, Literal):
            yield entry.value.value, entry.location


def _list_digests(document: Record) -> Iterator[str]:
    for edition in (document, *document.records("editions")):
        yield edition.text("sourceDigest") or ""


def _to_lines(quads: Iterable[Quad], task: _Task) -> list[bytes]:
    return list(sort_lines((f"{quad} .\n".encode() for quad in quads), task.work.path))


def _is_kept(task: _Task) -> bool:
    """Whether all that was kept of the file is there as it was written."""
    data = task.work.find(task.key, _READING)
    return data is not None and all(task.work.has_plain(task.key, *file) for file in json.loads(data)["files"].items())


def _find_reading(task: _Task) -> Reading:
    """Return what has just been found or kept of the file, without another look at all of its bytes."""
    stated = json.loads(task.work.find(task.key, _READING) or b"")
    locate = partial(task.work.locate, task.key)
    return Reading(
        name=str(task.path.relative_to(task.root)),
        graph=stated["graph"],
        count=stated["count"],
        documents=stated["documents"],
        verified=tuple(stated["verified"]),
        quads=locate(_QUADS),
        texts=locate(_TEXTS),
        places=locate(_PLACES),
        digested=locate(_DIGESTS),
        names=frozenset(stated["names"]),
        copies=tuple(map(tuple, stated["copies"])),
    )
