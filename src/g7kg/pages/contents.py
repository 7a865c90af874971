"""What a document says: its parts in reading order, each with its statements and, if the graph has them, its words."""

from __future__ import annotations

import asyncio
import string
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import NamedNode

from g7kg.dataset.dataset import Dataset, Row, Selection
from g7kg.pages.words import Segment, Span, cut_words


@dataclass(frozen=True)
class Statement:
    """A statement as a list shows it: its row, its ``number`` in its part, its links by property, its items."""

    row: Row
    number: int
    links: Mapping[str, Sequence[Row]]
    items: tuple[Statement, ...]


@dataclass(frozen=True)
class Part:
    """A part: its row, the local name of its class, its statements, its words in segments (none without the texts).

    ``depth`` is how many parts it is within; ``anchors`` has the slugs of its statements, by their numbers.
    """

    row: Row
    kind: str
    depth: int
    statements: tuple[Statement, ...]
    anchors: Mapping[int, str]
    words: tuple[Segment, ...]

    @property
    def promises(self) -> int:
        """How many of its statements state a promise or report on one."""
        return count_promises(flatten(self.statements))

    @property
    def tracked(self) -> Sequence[tuple[int, Row]]:
        """The promises that its statements state or report on, each with the number of the first that does."""
        found: dict[str, tuple[int, Row]] = {}
        for one in flatten(self.statements):
            for row in (*one.links.get("expresses", ()), *one.links.get("followUpOf", ())):
                found.setdefault(row["value"], (one.number, row))
        return tuple(found.values())

    @property
    def iri(self) -> str:
        """Its IRI."""
        return self.row["part"]

    @property
    def slug(self) -> str:
        """Its IRI without its document's: ``p24/b2``."""
        return self.iri.removeprefix(self.row["document"] + "/")

    @property
    def tail(self) -> str:
        """The last segment of its IRI."""
        return self.slug.rpartition("/")[2]

    @property
    def sign(self) -> str:
        """What stands before it: the printed number, or a sign with its place."""
        return self.row.get("number") or (
            "•" if self.kind == "Bullet" else f"¶ {self.tail.lstrip(string.ascii_letters)}"
        )

    @property
    def heading(self) -> bool:
        """Whether it has a title and parts of its own, and no words."""
        return self.kind in {"Section", "Annex"}

    @property
    def rank(self) -> int:
        """0 for a heading, 2 for a bullet, 1 for a paragraph or an entry."""
        return 0 if self.heading else 2 if self.kind == "Bullet" else 1

    @property
    def name(self) -> str:
        """What it is called within its document: its title, or its class with its number, or else its slug."""
        title, number = self.row.get("title"), self.row.get("number")
        if self.kind == "Annex":
            return f"Annex {number}: {title}"
        number = number or self.tail.lstrip(string.ascii_letters)
        return title or (f"{self.kind} {number}" if number else self.tail.capitalize())


@dataclass(frozen=True)
class Contents:
    """The parts of a document in reading order, and the selections that they come from."""

    parts: tuple[Part, ...]
    selections: tuple[Selection, ...]

    @cached_property
    def _by_iri(self) -> Mapping[str, Part]:
        return {part.iri: part for part in self.parts}

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All statements in reading order, items after theirs."""
        return tuple(one for part in self.parts for one in flatten(part.statements))

    @property
    def titled(self) -> tuple[Part, ...]:
        """The parts that a table of contents lists: sections and annexes, or else whatever has a title."""
        headings = tuple(part for part in self.parts if part.heading)
        return headings or tuple(part for part in self.parts if "title" in part.row)

    def find(self, iri: str) -> Part | None:
        """Return the part ``iri``, ``None`` if the document has no such part."""
        return self._by_iri.get(iri)

    def above(self, part: Part) -> tuple[Part, ...]:
        """Return the parts that ``part`` is within, the outermost first."""
        found: list[Part] = []
        whole = self.find(part.row["parent"])
        while whole is not None and whole not in found:
            found.append(whole)
            whole = self.find(whole.row["parent"])
        return tuple(reversed(found))

    def within(self, part: Part) -> tuple[Part, ...]:
        """Return ``part`` and those within it, in reading order."""
        return tuple(other for other in self.parts if other is part or part in self.above(other))

    def beside(self, part: Part) -> tuple[Part | None, Part | None]:
        """Return the parts before and after ``part`` among those of its rank: headings, bullets, or the rest."""
        alike = [other for other in self.parts if other.rank == part.rank]
        place = alike.index(part)
        return (alike[place - 1] if place else None), (alike[place + 1] if place + 1 < len(alike) else None)


async def read_contents(dataset: Dataset, document: NamedNode) -> Contents:
    """Return what ``document`` holds."""
    selections = await asyncio.gather(
        dataset.select("parts-of-a-document", document=document),
        dataset.select("statements-of-a-document", document=document),
        dataset.select("links-of-statements", document=document),
    )
    return Contents(arrange_parts(*(selection.rows for selection in selections)), tuple(selections))


def arrange_parts(parts: Sequence[Row], statements: Sequence[Row], links: Sequence[Row]) -> tuple[Part, ...]:
    """Return ``parts`` in their order, each with its ``statements`` in their order, and their ``links`` by label.

    Where a part or a statement has several rows, because it has several values, the first one counts.
    """
    by_statement: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for link in sorted(links, key=lambda link: (link["property"], link["label"])):
        by_statement[link["statement"]][link["property"].rpartition("#")[2]].append(link)
    by_part: dict[str, list[Row]] = defaultdict(list)
    for row in _first_rows(statements, "statement"):
        by_part[row["part"]].append(row)
    depths: dict[str, int] = {}
    arranged: list[Part] = []
    for row in _first_rows(parts, "part"):
        depths[row["part"]] = depths.get(row["parent"], -1) + 1
        arranged.append(_arrange_part(row, depths[row["part"]], by_part[row["part"]], by_statement))
    return tuple(arranged)


def flatten(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yield ``statements``, each before its items."""
    for statement in statements:
        yield statement
        yield from flatten(statement.items)


def count_promises(statements: Iterable[Statement]) -> int:
    """Return how many of ``statements`` state a promise or report on one."""
    return sum(bool({"expresses", "followUpOf"} & one.links.keys()) for one in statements)


def _first_rows(rows: Sequence[Row], name: str) -> Iterable[Row]:
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row[name], row)
    return first.values()


def _read_ends(row: Row) -> tuple[int, int] | None:
    """Return where the span of a statement begins and ends; ``None`` where data that is not ours has no numbers."""
    try:
        return int(row["start"]), int(row["end"])
    except ValueError:
        return None


def _arrange_part(part: Row, depth: int, rows: Sequence[Row], links: Mapping[str, Mapping[str, Sequence[Row]]]) -> Part:
    numbers = {row["statement"]: number for number, row in enumerate(rows, 1)}
    spans = [Span(numbers[row["statement"]], *ends) for row in rows if (ends := _read_ends(row))]
    items: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        whole = row.get("of")
        items[whole if whole in numbers else None].append(row)

    def arrange(whole: str | None) -> Iterator[Statement]:
        for row in items[whole]:
            iri = row["statement"]
            yield Statement(row, numbers[iri], links.get(iri, {}), tuple(arrange(iri)))

    anchors = {number: iri.removeprefix(part["document"] + "/") for iri, number in numbers.items()}
    words = cut_words(part["text"], spans) if "text" in part else ()
    return Part(part, part["class"].rpartition("#")[2], depth, tuple(arrange(None)), anchors, words)
