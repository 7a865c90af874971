"""Values to quads: one named graph a document, one for the registry, one for the ontology, one for the shapes."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from g7kg.build.pointers import VerifiedDocument, read_words
from g7kg.errors import Location, WorkspaceError
from g7kg.mapping.reader import MappingFile
from g7kg.mapping.records import Record
from g7kg.rdf.vocab import G7, RDF, graph_iri
from g7kg.texts.files import TOO_LONG, check_turtle, read_file

Term = TypeVar("Term")


def file_to_quads(file: MappingFile) -> Iterator[Quad]:
    """Yield what a mapping file says, in the graph of the file."""
    graph = graph_iri(file.graph)
    for record in file.records:
        yield from record_to_quads(record, graph)
    yield from _text_fragments(file, graph)


def record_to_quads(record: Record, graph: NamedNode) -> Iterator[Quad]:
    """Yield the quads of one entry and of those nested in it: the expansion that JSON-LD 1.1 gives, and no more."""
    for class_ in record.classes:
        yield Quad(record.id, RDF("type"), class_, graph)
    for entry in record.entries:
        value = entry.value.id if isinstance(entry.value, Record) else entry.value
        if not entry.reverse:
            yield Quad(record.id, entry.property, value, graph)
        elif isinstance(value, NamedNode):
            yield Quad(value, entry.property, record.id, graph)
        if isinstance(entry.value, Record):
            yield from record_to_quads(entry.value, graph)


def turtle_to_quads(source: Path, graph: NamedNode) -> Iterator[Quad]:
    """Yield the triples of a Turtle file, or of all in a folder, in ``graph``; ``WorkspaceError`` if it is none."""
    paths = sorted(source.glob("*.ttl")) if source.is_dir() else [source]
    for number, path in enumerate(paths):
        data = read_file(path)
        check_turtle(data, str(path))
        try:
            for quad in ox.parse(data, format=ox.RdfFormat.TURTLE):
                yield Quad(_rename(quad.subject, number), quad.predicate, _rename(quad.object, number), graph)
        except SyntaxError as error:
            location = Location(str(path), error.lineno, error.offset)
            raise WorkspaceError(f"this is not Turtle: {error.msg}", location=location) from error
        except MemoryError as error:
            raise WorkspaceError(TOO_LONG, location=path, hint="shorten it") from error


def texts_to_quads(file: MappingFile, documents: Iterable[VerifiedDocument]) -> Iterator[Quad]:
    """Yield, in the graph of texts, the words of every part of ``file`` that has some, and whose publication's."""
    text, graph = NamedNode("https://schema.org/text"), graph_iri("texts")
    for document in documents:
        for iri, unit, address in read_words(file, document):
            yield Quad(NamedNode(iri), text, Literal(unit.text, language="en"), graph)
            yield Quad(NamedNode(iri), G7("verifiedAgainst"), NamedNode(address), graph)


def _rename(term: Term, number: int) -> Term | BlankNode:
    return BlankNode(f"f{number}x{term.value}") if isinstance(term, BlankNode) else term


def _text_fragments(file: MappingFile, graph: NamedNode) -> Iterator[Quad]:
    """Yield for every span the addresses at which the publications that have its words open at them."""
    published = list(_list_pages(file))
    for record in file.records:
        for statement in record.records("statements"):
            edition = record.text("wording")
            pages = [page for one, page in published if edition in {None, one}]
            for span in statement.records("span"):
                for page in pages:
                    yield Quad(span.id, G7("textFragment"), NamedNode(page + _fragment(span)), graph)


def _list_pages(file: MappingFile) -> Iterator[tuple[str, str]]:
    for document in file.records:
        for record in (document, *document.records("editions")):
            for page in record.values("publication"):
                yield record.id.value, page.value


def _fragment(span: Record) -> str:
    """Return the text fragment directive of a span; hyphens are encoded because they separate prefixes there."""
    prefix, first, last = (span.text(key) for key in ("prefix", "firstWords", "lastWords"))
    parts = [f"{_encode(prefix)}-"] if prefix else []
    parts += [_encode(cue) for cue in (first, last) if cue]
    return "#:~:text=" + ",".join(parts)


def _encode(words: str) -> str:
    return quote(words, safe="").replace("-", "%2D")
