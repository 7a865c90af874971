"""Pages of a result, small enough for whoever reads it, with a sign where it was cut."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

from g7kg.errors import RequestError, TooLarge
from g7kg.rdf.solutions import Scalar, Table, to_records

MOST_CHARACTERS: Final = 40_000
"""The longest page: about ten thousand tokens."""

MOST_TEXT: Final = 8_000
"""The longest text of one value that is shown."""

T = TypeVar("T")

Plain = str | int | float | bool | None
Row = dict[str, Plain]


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of ``total`` items; ``following`` is the offset of the next ones, ``None`` at the end."""

    items: tuple[T, ...]
    total: int
    following: int | None


def cut_page(items: Sequence[T], offset: int, limit: int, measure: Callable[[T], int]) -> Page[T]:
    """Return at most ``limit`` of ``items`` from ``offset`` on, and no more than ``MOST_CHARACTERS`` by ``measure``.

    Raises ``RequestError`` for an offset behind the end, ``TooLarge`` if a single item is longer than a page.
    """
    if offset and offset >= len(items):
        raise RequestError(f"there is no item {offset} in this result", hint=f"it has {len(items)}, counted from 0")
    size, end = 0, offset
    for item in items[offset : offset + limit]:
        size += measure(item)
        if size > MOST_CHARACTERS:
            break
        end += 1
    if end == offset < len(items):
        hint = f"ask for less of it: no page has more than {MOST_CHARACTERS:,}, SUBSTR cuts text"
        raise TooLarge(f"item {offset} alone has {measure(items[offset]):,} characters", hint=hint)
    return Page(tuple(items[offset:end]), len(items), end if end < len(items) else None)


def measure_json(value: object) -> int:
    """Return the characters that ``value`` has as JSON."""
    return len(json.dumps(value, ensure_ascii=False))


def to_rows(table: Table) -> list[Row]:
    """Return the rows of ``table`` as JSON has them: dates in ISO 8601, what JSON has no number for as text."""
    return [{name: _to_plain(value) for name, value in record.items()} for record in to_records(table)]


def _to_plain(value: Scalar | None) -> Plain:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def clip_text(text: str, most: int = MOST_TEXT) -> str:
    """Return ``text``, or its beginning and a sign that says how long it is."""
    return text if len(text) <= most else f"{text[:most]} … [cut: {len(text):,} characters in all]"
