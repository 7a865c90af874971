"""References between entries: every identifier defined once, and everything referred to defined somewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from pyoxigraph import NamedNode

from g7kg.errors import G7kgError, Location, MappingError
from g7kg.mapping.forms import FORMS
from g7kg.mapping.reader import MappingFile
from g7kg.mapping.records import Record, walk_records
from g7kg.mapping.suggestions import suggest
from g7kg.vocab import BASE, IDENTIFIERS, shorten_iri


def check_identifiers(files: Iterable[MappingFile]) -> Iterator[G7kgError]:
    """Yield an error for every identifier that is defined twice or does not lie below the entry that holds it."""
    seen: dict[str, Location] = {}
    for record in _all_records(files):
        first = seen.setdefault(record.id.value, record.location)
        if first is not record.location:
            yield MappingError(
                f"the id {_as_written(record.id.value)} is given twice",
                location=record.location,
                hint=f"it is defined at {first}; give this one another",
            )
        for entry in record.entries:
            if isinstance(entry.value, Record) and not entry.value.id.value.startswith(record.id.value + "/"):
                yield MappingError(
                    f"the id {_as_written(entry.value.id.value)} does not lie below its entry",
                    location=entry.location,
                    hint=f"it must begin with {_as_written(record.id.value)}/",
                )


def check_references(files: Iterable[MappingFile], known: Collection[str]) -> Iterator[G7kgError]:
    """Yield an error for every value that is an IRI of the project and that nothing defines.

    ``known`` are the IRIs defined outside the mappings: terms of the ontology and concepts of its schemes.
    """
    files = tuple(files)
    defined = {record.id.value for record in _all_records(files)} | set(known)
    for record in _all_records(files):
        for entry in record.entries:
            value = entry.value
            if isinstance(value, NamedNode) and value.value.startswith(BASE) and value.value not in defined:
                near = suggest(_as_written(value.value), _neighbours(value.value, defined))
                yield MappingError(
                    f"nothing defines {_as_written(value.value)}, which {entry.key} refers to",
                    location=entry.location,
                    hint=near,
                )


def _neighbours(iri: str, defined: Iterable[str]) -> list[str]:
    """Return, shortened, the defined IRIs in the same folder as ``iri``: what its author is likely to have meant."""
    folder = iri.rpartition("#")[0] or iri.rpartition("/")[0]
    return [_as_written(other) for other in defined if other.startswith(folder)]


def _all_records(files: Iterable[MappingFile]) -> Iterator[Record]:
    for file in files:
        yield from walk_records(file.records)


def _as_written(iri: str) -> str:
    """Return ``iri`` as a curator writes it: a concept by its bare name, a thing by kind and name, a part below doc."""
    if iri.startswith(f"{BASE}scheme/"):
        return iri.rpartition("/")[2]
    kind, slash, name = iri.removeprefix(IDENTIFIERS).partition("/")
    if not iri.startswith(IDENTIFIERS):
        return shorten_iri(iri)
    is_thing = slash and any(form.pattern.pattern.startswith((f"{kind}/", f"({kind}|")) for form in FORMS.values())
    return f"{kind}:{name}" if is_thing else f"doc:{iri.removeprefix(IDENTIFIERS)}"
