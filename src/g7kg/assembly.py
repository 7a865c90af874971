"""Inputs to one graph: mappings read, words verified, ontology and rules applied; the first half of a build."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad

from g7kg.catalogue import describe_dataset
from g7kg.errors import G7kgError, Location, MappingError, TextError, WorkspaceError, raise_problems
from g7kg.graph import files_to_quads, texts_to_quads, turtle_to_quads
from g7kg.mapping import MappingFile, check_identifiers, check_references, index_locations, read_context, read_mappings
from g7kg.pointers import VerifiedDocument, match_documents, verify_document
from g7kg.rules import derive_quads, read_rules
from g7kg.texts import Source, read_sources
from g7kg.validation import Report, validate_quads
from g7kg.vocab import BASE, DCTERMS, OWL, graph_iri
from g7kg.workspace import Workspace

Progress = Callable[[str], None]
"""Told what begins, in a few words."""


@dataclass(frozen=True)
class Assembly:
    """The graph of a build, in memory.

    ``quads`` hold all named graphs but the shapes' and the texts'; ``locations`` tells where each IRI is defined;
    ``documents`` has for each document's slug whether its pointers were verified against its words.
    """

    quads: tuple[Quad, ...]
    shapes: tuple[Quad, ...]
    texts: tuple[Quad, ...]
    locations: Mapping[str, Location]
    modified: str
    documents: Mapping[str, bool]

    @property
    def published(self) -> tuple[Quad, ...]:
        """What every dump holds: all but the texts."""
        return self.quads + self.shapes


def assemble(workspace: Workspace, texts: Path | None, progress: Progress) -> Assembly:
    """Return the graph that the files of ``workspace`` make; with ``texts``, every pointer is verified first.

    Raises ``G7kgError`` (``Problems`` if there are several) for whatever the files get wrong.
    """
    progress("reading the mappings")
    context = read_context(workspace.ontology / "context.jsonld")
    files = read_mappings(workspace.mappings, context, workspace.root)
    vocabulary = tuple(_read_vocabulary(workspace.ontology))
    known = {quad.subject.value for quad in vocabulary if isinstance(quad.subject, NamedNode)}
    raise_problems(chain(check_identifiers(files), check_references(files, known)))
    documents = _verify_words(files, texts, progress) if texts else ()
    progress("applying the rules")
    matches = turtle_to_quads(workspace.mappings / "registry", graph_iri("registry"))
    stated = (*vocabulary, *files_to_quads(files), *matches)
    derived = derive_quads(stated, read_rules(workspace.ontology / "rules"))
    described = tuple(turtle_to_quads(workspace.ontology / "catalogue", graph_iri("catalogue")))
    modified = _date_of_build(described)
    shapes = tuple(turtle_to_quads(workspace.shapes, graph_iri("shapes")))
    counted = describe_dataset((*stated, *derived, *shapes), modified)
    quads = (*stated, *derived, *described, *counted)
    locations = index_locations(record for file in files for record in file.records)
    raise_problems(chain(_check_single_graph(quads, locations), _check_retired(quads, locations)))
    verified = {document.record.id.value for document in documents}
    slugs = {file.graph: bool(verified & {record.id.value for record in file.records}) for file in files}
    slugs.pop("registry", None)
    return Assembly(quads, shapes, tuple(texts_to_quads(documents)), locations, modified, slugs)


def validate_assembly(assembly: Assembly, progress: Progress, engine: str = "pyshacl") -> Report:
    """Return the report of ``engine`` on ``assembly`` under its shapes, each finding located in the mappings."""
    progress("validating")
    return validate_quads(assembly.quads, assembly.shapes, engine).locate(assembly.locations)


def _read_vocabulary(folder: Path) -> Iterable[Quad]:
    graph = graph_iri("ontology")
    return chain(turtle_to_quads(folder / "g7.ttl", graph), turtle_to_quads(folder / "schemes", graph))


def _verify_words(files: Iterable[MappingFile], texts: Path, progress: Progress) -> tuple[VerifiedDocument, ...]:
    progress("verifying the pointers against the words")
    sources = read_sources(texts)
    matched = tuple(match_documents(files, sources))
    _check_recognised(files, [document for _, document in matched], sources, texts)
    problems: list[G7kgError] = []
    for file, document in matched:
        problems.extend(verify_document(file, document))
    raise_problems(problems)
    return tuple(document for _, document in matched)


def _check_recognised(
    files: Iterable[MappingFile], documents: Iterable[VerifiedDocument], sources: Mapping[str, Source], texts: Path
) -> None:
    """Raise ``TextError`` if a file is no document and a document has no file: its words have changed."""
    known = {document.record.text("sourceDigest") for document in documents}
    strange = [source.path.name for digest, source in sources.items() if digest not in known]
    records = [record for file in files for record in file.records if record.text("sourceDigest")]
    missing = [record for record in records if record.text("sourceDigest") not in known]
    if missing and (strange or not known):
        names = ", ".join(record.id.value.rpartition("/")[2] for record in missing)
        raise TextError(
            f"no file there has the digest of {names}; these files are no document: {', '.join(strange) or 'none'}",
            location=Location(str(texts)),
            hint="a changed text has another SHA-256 than sourceDigest in its mapping; take the file as received",
        )


def _check_single_graph(quads: Iterable[Quad], locations: Mapping[str, Location]) -> Iterable[G7kgError]:
    """Yield an error for every triple that stands in two named graphs."""
    graphs: dict[ox.Triple, str] = {}
    for quad in quads:
        name = str(quad.graph_name).strip("<>").removeprefix(BASE)
        first = graphs.setdefault(quad.triple, name)
        if first != name:
            yield MappingError(
                f"the triple {quad.triple} stands in {first} and in {name}",
                location=locations.get(str(quad.subject).strip("<>")),
                hint="keep it in one of them",
            )


def _check_retired(quads: Sequence[Quad], locations: Mapping[str, Location]) -> Iterable[G7kgError]:
    """Yield an error for every use of an IRI that was retired: it must never come to mean another thing."""
    catalogue, deprecated = graph_iri("catalogue"), OWL("deprecated")
    retired = {quad.subject for quad in quads if quad.predicate == deprecated and quad.graph_name == catalogue}
    for quad in quads:
        used = retired & {quad.subject, quad.object}
        if used and quad.graph_name != catalogue:
            name = str(used.pop()).strip("<>")
            hint = "choose another name, or what replaces it (ontology/catalogue/retired.ttl)"
            yield MappingError(f"{name} was retired", location=locations.get(str(quad.subject).strip("<>")), hint=hint)


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
