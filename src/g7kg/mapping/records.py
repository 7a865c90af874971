"""The values that a mapping file is read into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from g7kg.errors import Location


@dataclass(frozen=True)
class Entry:
    """One value of one key: the property and its direction, the value, and where it is written."""

    key: str
    property: NamedNode
    reverse: bool
    value: NamedNode | Literal | Record
    location: Location


@dataclass(frozen=True)
class Record:
    """An entry of a mapping: identifier, (first) type, IRIs of all its types, values in the order of the file."""

    id: NamedNode
    type: str
    classes: tuple[NamedNode, ...]
    entries: tuple[Entry, ...]
    location: Location

    def values(self, key: str) -> Iterator[NamedNode | Literal]:
        """Yield the terms given for ``key``."""
        for entry in self.entries:
            if entry.key == key and not isinstance(entry.value, Record):
                yield entry.value

    def text(self, key: str) -> str | None:
        """Return the lexical form of the first term given for ``key``, or ``None``."""
        return next((value.value for value in self.values(key)), None)

    def records(self, key: str) -> Iterator[Record]:
        """Yield the entries nested under ``key``."""
        for entry in self.entries:
            if entry.key == key and isinstance(entry.value, Record):
                yield entry.value


def walk_records(records: Iterable[Record]) -> Iterator[Record]:
    """Yield ``records`` and all that are nested in them, each before its own."""
    for record in records:
        yield record
        yield from walk_records(entry.value for entry in record.entries if isinstance(entry.value, Record))
