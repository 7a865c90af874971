"""References between entries: every identifier defined once, and everything referred to defined somewhere."""

from collections.abc import Iterable, Iterator

from pyoxigraph import NamedNode

from g7kg.errors import G7kgError, Location, MappingError
from g7kg.mapping.reader import MappingFile
from g7kg.mapping.records import Record, walk_records
from g7kg.rdf.suggestions import suggest
from g7kg.rdf.vocab import BASE, IDENTIFIERS, KINDS, shorten_iri


def check_identifiers(file: MappingFile) -> Iterator[G7kgError]:
    """Yield an error for every identifier that is defined twice in ``file`` or does not lie below its entry."""
    seen: dict[str, Location] = {}
    for record in walk_records(file.records):
        first = seen.setdefault(record.id.value, record.location)
        if first is not record.location:
            yield repeated_identifier(record.id.value, record.location, first)
        for entry in record.entries:
            if isinstance(entry.value, Record) and not entry.value.id.value.startswith(record.id.value + "/"):
                message = f"the id {_as_written(entry.value.id.value)} does not lie below its entry"
                hint = f"it must begin with {_as_written(record.id.value)}/"
                yield MappingError(message, location=entry.location, hint=hint)


def list_references(file: MappingFile) -> Iterator[tuple[str, Location, str]]:
    """Yield each value in ``file`` that is an IRI of the project and not defined there, with its place and its key."""
    defined = {record.id.value for record in walk_records(file.records)}
    for record in walk_records(file.records):
        for entry in record.entries:
            value = entry.value
            if isinstance(value, NamedNode) and value.value.startswith(BASE) and value.value not in defined:
                yield value.value, entry.location, entry.key


def repeated_identifier(iri: str, location: Location, first: Location) -> MappingError:
    """Return the error for an identifier that is defined at ``location`` and was before, at ``first``."""
    hint = f"it is defined at {first}; give this one another"
    return MappingError(f"the id {_as_written(iri)} is given twice", location=location, hint=hint)


def dangling_reference(
    iri: str, location: Location, key: str, defined: Iterable[str], home: str | None = None
) -> MappingError:
    """Return the error for a value of ``key`` at ``location`` that is not among the IRIs ``defined``.

    ``home`` is the file that defines things of its kind, if there is one.
    """
    name, known = _as_written(iri), _neighbours(iri, defined)
    offer = _offer_entry(name, iri, home)
    hint = suggest(name, known) if known else offer or "define it first"
    if known and offer:
        hint += f"{'' if hint.endswith('?') else ';'} {offer}"
    return MappingError(f"nothing defines {name}, which {key} refers to", location=location, hint=hint)


def folder_of(iri: str) -> str:
    """Return what the IRIs of the same kind as ``iri`` begin with."""
    return iri.rpartition("#")[0] or iri.rpartition("/")[0]


def _offer_entry(name: str, iri: str, home: str | None) -> str:
    """Return how a new thing or concept of this name is begun, or nothing for a part of a document."""
    kind, _, slug = name.partition(":")
    if kind in KINDS:
        kind = "commitment|request|announcement" if kind == "undertaking" else kind
        return f"new ones: g7kg curate new {kind} {slug}" + (f", for {home}" if home else "")
    if iri.startswith(f"{BASE}scheme/"):
        return f"new ones: ontology/{folder_of(iri).removeprefix(BASE).replace('scheme', 'schemes')}.ttl"
    return ""


def _neighbours(iri: str, defined: Iterable[str]) -> list[str]:
    """Return, shortened, the defined IRIs in the same folder as ``iri``: what its author is likely to have meant."""
    folder = folder_of(iri)
    return [_as_written(other) for other in defined if other.startswith(folder)]


def _as_written(iri: str) -> str:
    if iri.startswith(f"{BASE}scheme/"):
        return iri.rpartition("/")[2]
    kind, slash, name = iri.removeprefix(IDENTIFIERS).partition("/")
    if not iri.startswith(IDENTIFIERS):
        return shorten_iri(iri)
    return f"{kind}:{name}" if slash and kind in KINDS else f"doc:{iri.removeprefix(IDENTIFIERS)}"
