"""The values that a document is cut into: units, and the page that they are on."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["front", "section", "paragraph", "bullet", "annex", "entry", "back"]

WORDED: Final = frozenset({"paragraph", "bullet", "entry"})
"""The kinds that hold running words; the others are headings, or no part of the document."""


@dataclass(frozen=True)
class Unit:
    """A unit of a document, in reading order.

    ``id`` is its path below the document's IRI ("p24/b2", "a2/p5", "h3", "e05"), ``parent`` that of the unit it is part
    of (``None``: the document), ``marker`` what is printed before its words ("24.", "o", "Annex 2", an entry's title,
    or nothing), ``text`` its words in normalisation n1; ``lines`` its first and last line in the document as received.
    """

    kind: Kind
    id: str
    parent: str | None
    marker: str
    text: str
    lines: tuple[int, int]

    @property
    def number(self) -> str | None:
        """The printed number of a paragraph or annex ("24", "2", "A"), if it has one."""
        found = re.search(r"(\w+)\W*$", self.marker) if self.kind in {"paragraph", "annex"} else None
        return found[1] if found else None


@dataclass(frozen=True)
class Page:
    """A document as a reader of the whole sees it: the text of its parts, a line each, and where in it each begins.

    Cue words are searched from its beginning; ``offsets`` are by the ids of the parts.
    """

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
