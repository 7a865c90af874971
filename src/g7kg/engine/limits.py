"""Limits of an answer: rows counted in its bytes as they are written, and the bytes themselves."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final, TypeVar

from g7kg.errors import TooLarge

_HINT: Final = "add a LIMIT, or ask for less"

_MARKERS: Final[dict[str, tuple[tuple[bytes, int], ...]]] = {
    "json": ((b'},{"', 1), (b'},{"}', -1), (b'},{",', -1), (b",{}", 1)),
    "xml": ((b"<result>", 1),),
    "csv": ((b"\r\n", 1),),
    "tsv": ((b"\n", 1),),
}
"""What tells rows in each format, and how it counts.

In JSON a name follows where a row begins; where a string that ends in ``},{`` ends, a comma or a brace does. (A string
that holds ``,{}``, which is a row without bindings, counts as one more.)
"""

_OVERLAPS: Final = {name: max(len(marker) for marker, _ in markers) - 1 for name, markers in _MARKERS.items()}
"""Bytes in which a marker may have begun that ends in the next ones."""

_AHEAD: Final = {"json": -1, "csv": 1, "tsv": 1}
"""Markers that are there before the first row is, or missing before it."""


@dataclass(frozen=True)
class Limits:
    """What one answer may take: ``memory`` (bytes of address space), ``rows`` or triples, ``size`` (bytes)."""

    memory: int = 512 << 20
    rows: int = 1_000_000
    size: int = 256 << 20


class Meter:
    """Counts an answer in one of the formats for solutions; raises ``TooLarge`` when it has more than its limits."""

    def __init__(self, format_name: str, limits: Limits) -> None:
        self.limits = limits
        self.markers = _MARKERS.get(format_name, ())
        self.overlap = _OVERLAPS.get(format_name, 0)
        self.quoted = format_name == "csv"
        self.inside = False
        self.rows = -_AHEAD.get(format_name, 0)
        self.size = 0
        self.tail = b""

    def add(self, data: bytes) -> None:
        """Count ``data``, the next bytes of the answer."""
        self.size += len(data)
        if self.size > self.limits.size:
            raise TooLarge(f"the answer has more than {self.limits.size} bytes", hint=_HINT)
        if self.markers:
            text = self.tail + (self._outside_quotes(data) if self.quoted else data)
            self.tail = text[-self.overlap :] if self.overlap else b""
            for marker, weight in self.markers:
                self.rows += weight * (text.count(marker) - self.tail.count(marker))
            if self.rows > self.limits.rows:
                raise _refuse(self.limits)

    def _outside_quotes(self, data: bytes) -> bytes:
        """Return ``data`` without what stands in quotes, of which each leaves one behind."""
        pieces = data.split(b'"')
        outside = b'"'.join(pieces[self.inside :: 2])
        self.inside ^= len(pieces) % 2 == 0
        return outside


T = TypeVar("T")


def limit_rows(items: Iterable[T], limits: Limits) -> Iterator[T]:
    """Return ``items``, such as triples; reading more than ``limits`` allow raises ``TooLarge``."""
    iterator = iter(items)
    return chain(islice(iterator, limits.rows), _refuse_more(iterator, limits))


def _refuse_more(iterator: Iterator[T], limits: Limits) -> Iterator[T]:
    for _ in iterator:
        raise _refuse(limits)
    yield from ()


def refuse_memory(limits: Limits) -> TooLarge:
    """Return what is said of a query that took more memory than it may."""
    hint = (
        "make shorter texts and smaller groups, and sort less: bind more of the pattern, or put a LIMIT in a subquery"
    )
    return TooLarge(f"the query needs more than the {limits.memory >> 20} MiB of memory that one may take", hint=hint)


def _refuse(limits: Limits) -> TooLarge:
    return TooLarge(f"the answer has more than {limits.rows} rows", hint=_HINT)
