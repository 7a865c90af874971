"""A document as a reader of the whole sees it: cue words are searched from its beginning."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from g7kg.texts.units import Unit


@dataclass(frozen=True)
class Page:
    """The text of a document's parts, a line each, and where in it the text of each begins, by its id."""

    text: str
    offsets: Mapping[str, int]


def join_units(units: Iterable[Unit]) -> Page:
    """Return the page that ``units``, in reading order, are on."""
    offsets: dict[str, int] = {}
    lines: list[str] = []
    length = 0
    for unit in units:
        offsets[unit.id] = length
        length += len(unit.text) + 1
        lines.append(unit.text)
    return Page("\n".join(lines), offsets)
