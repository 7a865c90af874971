"""Inputs to one graph: mappings read, words verified, ontology and rules applied; the first half of a build."""

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pyoxigraph import CanonicalizationAlgorithm, Literal, NamedNode, Quad, RdfFormat

from g7kg.build.conformance import validate_store
from g7kg.build.definitions import Definitions, find_restated, find_retired, find_unknown
from g7kg.build.graph import turtle_to_quads
from g7kg.build.memo import Digests, add_digests, digest_lines
from g7kg.build.readings import Reading, find_copied, read_files
from g7kg.build.rules import apply_rules, read_rules
from g7kg.build.versions import digest_versions, mark_drafts
from g7kg.build.void import describe_dataset
from g7kg.build.work import Means
from g7kg.errors import G7kgError, Location, TextError, WorkspaceError, raise_problems
from g7kg.mapping.context import read_context
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.lines import read_lines, to_file
from g7kg.rdf.vocab import DCTERMS, G7, OWL, graph_iri
from g7kg.sandbox.confinement import MEMORY, count_processors, require_memory
from g7kg.shacl import Report
from g7kg.snapshot.manifest import STORE
from g7kg.snapshot.releases import read_releases
from g7kg.texts.files import read_file
from g7kg.texts.kinds import DOCUMENT_KINDS
from g7kg.texts.normalisation import digest_text
from g7kg.texts.sources import Source, read_sources

_STATED: Final = "stated"
_DERIVED: Final = "derived.nq"
_REST: Final = "rest.nq"
_SHAPES: Final = "shapes.nq"
_WORTH_A_POOL: Final = 32


@dataclass(frozen=True)
class Assembly:
    """The graph of a build, on the disk.

    ``folder`` has the store, whose default graph has all named graphs but the shapes' and the texts'. ``stated`` are
    files of the same in N-Quads, one for each file of the mappings, one for what the rules derived and one, the last,
    for the rest; ``texts`` are those of the words. ``locations`` tells where each IRI is defined; ``documents`` has for
    each document's slug whether its pointers were verified against its words; ``unmapped`` are the texts that no
    mapping is of; ``digests`` are those of the store.
    """

    folder: Path
    stated: tuple[Path, ...]
    texts: tuple[Path, ...]
    shapes: tuple[Quad, ...]
    locations: Mapping[str, Location]
    modified: str
    documents: Mapping[str, bool]
    unmapped: tuple[Path, ...] = ()
    digests: Digests = field(default_factory=dict)

    @property
    def store(self) -> Path:
        """The folder of the store."""
        return self.folder / STORE

    @property
    def defining(self) -> tuple[Path, ...]:
        """Those of ``stated`` whose subjects they define: what is derived is said of the same."""
        return tuple(path for path in self.stated if path.name != _DERIVED)

    @property
    def quads(self) -> tuple[Quad, ...]:
        """All named graphs but the shapes' and the texts', read from the disk: for graphs that fit into memory."""
        return tuple(ox.parse(to_file(read_lines(self.stated)), format=RdfFormat.N_QUADS))

    def clear(self) -> None:
        """Remove all files but the store: the graph is in other ones now."""
        shutil.rmtree(self.folder / _STATED)


@dataclass(frozen=True)
class _Fixed:
    """What is written in Turtle: vocabulary, what is said of things of the mappings (matches elsewhere, labels in
    other languages), catalogue, shapes; blank nodes named by RDFC-1.0.
    """  # noqa: D205 - one sentence

    vocabulary: tuple[Quad, ...]
    matches: tuple[Quad, ...]
    catalogue: tuple[Quad, ...]
    shapes: tuple[Quad, ...]


@dataclass(frozen=True)
class _Stated:
    """What the files of a workspace state, before the rules; ``modified`` is that of the ``Assembly``."""

    fixed: _Fixed
    readings: tuple[Reading, ...]
    definitions: Definitions
    modified: str


def choose_jobs(workspace: Workspace) -> int:
    """Return how many processes to use: one a processor, but one for a few files, which take no longer than a pool."""
    files = sum(1 for _ in workspace.mappings.rglob("*.yaml"))
    return count_processors() if files >= _WORTH_A_POOL else 1


def assemble(workspace: Workspace, texts: Path | None, folder: Path, means: Means) -> Assembly:
    """Return the graph that the files of ``workspace`` make, written into ``folder``, an empty one.

    With ``texts``, every pointer is verified first. Raises ``G7kgError`` (``Problems`` if there are several) for
    whatever the files get wrong, ``WorkspaceError`` if this process may not have the memory.
    """
    require_memory(MEMORY, "building the graph")
    fixed = _read_fixed(workspace)
    sources = read_sources(texts) if texts else {}
    readings = _read_mappings(workspace, texts, sources, means)
    definitions = Definitions(readings)
    known = {quad.subject.value for quad in fixed.vocabulary if isinstance(quad.subject, NamedNode)}
    retired = {str(quad.subject).strip("<>") for quad in fixed.catalogue if quad.predicate == OWL("deprecated")}
    labelled = find_unknown(fixed.matches, definitions, known, workspace.labels)
    copied = find_copied(readings)
    raise_problems(chain(definitions.find_repeated(), definitions.find_dangling(known, retired), labelled, copied))
    modified = _date_of_build(fixed.catalogue)
    (folder / _STATED).mkdir()
    files, digests = _fill(workspace, _Stated(fixed, readings, definitions, modified), folder, means)
    documents = {reading.graph: bool(reading.verified) for reading in readings if reading.graph != "registry"}
    words = tuple(reading.texts for reading in readings if reading.verified)
    unmapped = tuple(source.path for source in _list_unmapped(readings, sources))
    return Assembly(folder, files, words, fixed.shapes, definitions, modified, documents, unmapped, digests)


def validate_assembly(assembly: Assembly, means: Means, engine: str = "pyshacl") -> Report:
    """Return the report of ``engine`` on ``assembly`` under its shapes, each finding located in the mappings."""
    means.progress("validating")
    shapes = assembly.folder / _STATED / _SHAPES
    report = validate_store(assembly.store, assembly.defining, shapes, engine, means, digests=assembly.digests)
    return report.locate(assembly.locations)


def extend_default(store: ox.Store, quads: Iterable[Quad]) -> None:
    """Add the triples of ``quads`` to the default graph of ``store``; blank nodes keep their labels."""
    store.bulk_extend(Quad(*quad.triple) for quad in quads)


def _fill(workspace: Workspace, inputs: _Stated, folder: Path, means: Means) -> tuple[tuple[Path, ...], Digests]:
    """Write the store, and what the rules add; return the files of all its quads (``Assembly.stated``), and digests."""
    fixed, store, folder = inputs.fixed, ox.Store(folder / STORE), folder / _STATED
    stated = [reading.quads for reading in inputs.readings]
    extend_default(store, (*fixed.vocabulary, *fixed.matches))
    digests = digest_lines(_to_lines((*fixed.vocabulary, *fixed.matches)))
    for reading in inputs.readings:
        add_digests(digests, reading.read_digests())
    rules = read_rules(workspace.ontology / "rules")
    apply_rules(store, stated, rules, path=folder / _DERIVED, digests=digests, means=means)
    derived = sum(1 for _ in read_lines([folder / _DERIVED]))
    raise_problems(find_retired(store, fixed.catalogue, inputs.definitions))
    counts = _count(inputs.readings, derived, fixed)
    documents = {reading.graph: reading.documents for reading in inputs.readings if reading.documents}
    described = (*fixed.catalogue, *describe_dataset(counts, inputs.modified, store, documents))
    extend_default(store, described)
    add_digests(digests, digest_lines(_to_lines(described)))
    _write((*fixed.vocabulary, *fixed.matches, *described), folder / _REST)
    _write(fixed.shapes, folder / _SHAPES)
    store.flush()
    files = {reading.quads: reading.name for reading in inputs.readings}
    files |= {folder / _DERIVED: "the rules", folder / _REST: "the Turtle files"}
    if len(store) != sum(counts.values()) - len(fixed.shapes) + len(described) - len(fixed.catalogue):
        raise_problems(find_restated(files, folder, inputs.definitions))
    return tuple(files), digests


def _read_fixed(workspace: Workspace) -> _Fixed:
    names = ("ontology", "registry", "labels", "catalogue", "shapes")
    ontology, registry, labels, catalogue, shapes = map(graph_iri, names)
    dataset = ox.Dataset(
        chain(
            turtle_to_quads(workspace.ontology / "g7.ttl", ontology),
            turtle_to_quads(workspace.ontology / "schemes", ontology),
            turtle_to_quads(workspace.mappings / "registry", registry),
            turtle_to_quads(workspace.labels, labels) if workspace.labels.is_dir() else (),
            turtle_to_quads(workspace.ontology / "catalogue", catalogue),
            turtle_to_quads(workspace.shapes, shapes),
        )
    )
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    raise_problems(_find_rewritten(dataset))
    context = read_file(workspace.ontology / "context.jsonld")
    released = dict(chain.from_iterable(one.vocabulary.items() for one in read_releases(workspace.ontology)))
    quads = tuple(mark_drafts(dataset, digest_versions(dataset, context), released))
    kinds = ({ontology}, {registry, labels}, {catalogue}, {shapes})
    return _Fixed(*(tuple(quad for quad in quads if quad.graph_name in graphs) for graphs in kinds))


def _read_mappings(
    workspace: Workspace, texts: Path | None, sources: Mapping[str, Source], means: Means
) -> tuple[Reading, ...]:
    means.progress("reading the mappings")
    context = read_context(workspace.ontology / "context.jsonld")
    readings = read_files(workspace.mappings, workspace.root, context, sources, means)
    if texts:
        _check_recognised(readings, sources, texts)
    return readings


def _list_unmapped(readings: Iterable[Reading], sources: Mapping[str, Source]) -> tuple[Source, ...]:
    known = {digest for reading in readings for digest in reading.digests}
    return tuple(source for digest, source in sources.items() if digest not in known)


def _check_recognised(readings: Sequence[Reading], sources: Mapping[str, Source], texts: Path) -> None:
    """Raise ``TextError`` if no file is a document's, or if one is a document's whose words have changed since."""
    unmapped = _list_unmapped(readings, sources)
    names = ", ".join(iri.rpartition("/")[2] for reading in readings for iri in reading.documents)
    if names and len(unmapped) == len(sources):
        found = ", ".join(source.path.name for source in unmapped) or "none"
        raise _unknown_text(f"no file there has the digest of {names}; these files are no document: {found}", texts)
    missing = [reading for reading in readings if reading.documents and not sources.keys() & set(reading.digests)]
    for source in unmapped if missing else ():
        parts = {digest_text(unit.text) for kind in DOCUMENT_KINDS.values() for unit in kind.read_parts(source.text)}
        for reading in missing:
            if any(digest in parts for digest in _read_digests(reading)):
                raise _unknown_text(f"{source.path.name} has paragraphs of {reading.graph}, but not its digest", texts)


def _unknown_text(message: str, texts: Path) -> TextError:
    hint = "a changed text has another SHA-256 than sourceDigest in its mapping; take the file as received"
    return TextError(message, location=Location(str(texts)), hint=hint)


def _read_digests(reading: Reading) -> Iterator[str]:
    """Yield the digests of the parts that a mapping file tells of."""
    for line in read_lines([reading.quads]):
        if f"{G7('digest')} ".encode() in line:
            yield line.split(b'"')[1].decode()


def _write(quads: Iterable[Quad], path: Path) -> None:
    with path.open("wb") as file:
        file.writelines(_to_lines(quads))


def _to_lines(quads: Iterable[Quad]) -> list[bytes]:
    return sorted(f"{quad} .\n".encode() for quad in quads)


def _count(readings: Iterable[Reading], derived: int, fixed: _Fixed) -> Counter[str]:
    """Return the number of quads of each graph, but that of the texts, so far, by the IRI of the graph."""
    counts = Counter({graph_iri("derived").value: derived})
    for reading in readings:
        counts[graph_iri(reading.graph).value] += reading.count
    fixed_quads = (*fixed.vocabulary, *fixed.matches, *fixed.catalogue, *fixed.shapes)
    counts.update(str(quad.graph_name).strip("<>") for quad in fixed_quads)
    return counts


def _find_rewritten(dataset: ox.Dataset) -> Iterator[G7kgError]:
    """Yield an error for every literal that a store keeps in another form: the dumps and the store would differ."""
    store = ox.Store()
    store.extend(dataset)
    for quad in set(dataset) - set(store):
        hint = "write it as a store does: whole numbers as xsd:integer, without zeros before and after"
        yield WorkspaceError(f"a store keeps {quad.object} of {quad.subject} in another form", hint=hint)


def _date_of_build(described: Iterable[Quad]) -> str:
    """Return the date of change: that of SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/), or that of issue.

    Never today's: the same inputs give the same bytes.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        dates = (quad.object for quad in described if quad.predicate == DCTERMS("issued"))
        return next(date.value for date in dates if isinstance(date, Literal))
    try:
        return datetime.fromtimestamp(int(epoch), UTC).date().isoformat()
    except (ValueError, OverflowError, OSError) as error:
        hint = "give whole seconds since 1970, or unset it"
        raise WorkspaceError(f"SOURCE_DATE_EPOCH is “{epoch}”, which is no time", hint=hint) from error
