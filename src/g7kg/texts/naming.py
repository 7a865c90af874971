"""Blocks to units: numbers, identifiers and parents.

A division (the main part, each annex) is numbered if its paragraphs carry numbers that count up from 1. There
paragraphs keep their numbers, and one without a number is named below the paragraph or section that it follows
("p1/p2"; "intro" if it follows neither). In any other division paragraphs count.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from g7kg.texts.blocks import ANNEX, Block, read_number
from g7kg.texts.units import Kind, Unit

_WIDEST_GAP = 3
_MOST = 0.5
_MANY = 0.25


def name_units(blocks: Sequence[Block]) -> Iterator[Unit]:
    """Yield the units that ``blocks`` are: those of the main part, then each annex with its own."""
    starts = [index for index, block in enumerate(blocks) if block.kind == "heading" and ANNEX.match(block.text)]
    yield from name_division(blocks[: (*starts, len(blocks))[0]])
    for start, end in zip(starts, [*starts[1:], len(blocks)], strict=False):
        yield from _name_annex(blocks[start:end])


def name_division(blocks: Sequence[Block], annex: str = "") -> Iterator[Unit]:
    """Yield the units of one division; ``annex`` is the id of the annex that it is, if it is one."""
    numbers = _find_numbers(blocks)
    names = _Names(annex, numbered=bool(numbers))
    for index, block in enumerate(blocks):
        if block.kind == "heading":
            yield names.name_section(block)
        elif block.kind == "bullet" or (block.listed and not numbers):
            yield names.name_bullet(block)
        else:
            yield names.name_paragraph(block, numbers.get(index))


def _name_annex(blocks: Sequence[Block]) -> Iterator[Unit]:
    label, *rest = blocks
    match = ANNEX.match(label.text)
    if not match:
        raise ValueError(f"line {label.lines[0]} is no label of an annex")
    id_, title, last = f"a{match['number'].lower()}", match["title"], label.lines[1]
    if not title and rest and rest[0].kind == "heading":
        title, last, rest = rest[0].text, rest[0].lines[1], rest[1:]
    yield Unit("annex", id_, None, match["label"], title or "", (label.lines[0], last))
    yield from name_division(rest, id_)


def _find_numbers(blocks: Sequence[Block]) -> dict[int, int]:
    """Return the numbers of the numbered paragraphs by their places in ``blocks``; none if those are but a list.

    Numbering goes on over a slip: a few numbers left out, one printed twice, a comma or no full stop behind it.
    """
    found: dict[int, int] = {}
    expected = 1
    for index, block in enumerate(blocks):
        marker, number = (block.kind == "paragraph" and read_number(block.text)) or ("", 0)
        skips = marker.endswith((".", ")")) and expected < number <= expected + _WIDEST_GAP
        repeats = marker.endswith((".", ")")) and 1 <= number == expected - 1
        if number == expected or skips or repeats:
            found[index] = expected if repeats else number
            expected = found[index] + 1
    return found if _are_numbered(blocks, list(found)) else {}


def _are_numbered(blocks: Sequence[Block], places: Sequence[int]) -> bool:
    """Whether the numbers at ``places`` are those of paragraphs: of most, or of many if nothing introduces a list."""
    share = len(places) / max(sum(block.kind == "paragraph" for block in blocks), 1)
    introduced = bool(places) and places[0] > 0 and blocks[places[0] - 1].text.endswith(":")
    return share >= _MOST or (share >= _MANY and not introduced)


@dataclass
class _Names:
    """The names given so far in one division: what is open, and how many there are below each."""

    annex: str
    numbered: bool
    sections: list[tuple[int, str]] = field(default_factory=list)
    owner: str = ""
    counts: Counter[str] = field(default_factory=Counter)

    def name_section(self, block: Block) -> Unit:
        self.sections = [(rank, id_) for rank, id_ in self.sections if rank < block.rank]
        parent, self.owner = self._section(), self._below(self.annex, "h")
        self.sections.append((block.rank, self.owner))
        return _make_unit("section", self.owner, parent, block)

    def name_paragraph(self, block: Block, number: int | None) -> Unit:
        parent = self._section()
        if number is not None:
            self.owner = f"{self.annex}/p{number}" if self.annex else f"p{number}"
            marker = (read_number(block.text) or ("", 0))[0]
            return _make_unit("paragraph", self.owner, parent, block, marker)
        if not self.numbered:
            self.owner = self._below(self.annex, "p")
            return _make_unit("paragraph", self.owner, parent, block)
        if not (self.owner or self.annex):
            self.owner = "intro"
            return _make_unit("paragraph", self.owner, None, block)
        owner = self.owner or self.annex
        return _make_unit("paragraph", self._below(owner, "p"), owner, block)

    def name_bullet(self, block: Block) -> Unit:
        owner = self.annex or self.owner
        marker = (read_number(block.text) or ("", 0))[0] if block.listed else block.marker
        return _make_unit("bullet", self._below(owner, "b"), owner or None, block, marker)

    def _section(self) -> str | None:
        return self.sections[-1][1] if self.sections else self.annex or None

    def _below(self, owner: str, letter: str) -> str:
        """Return the next name below ``owner`` (none: the document) of the sort that ``letter`` stands for."""
        self.counts[f"{owner}/{letter}"] += 1
        return f"{owner}/{letter}{self.counts[f'{owner}/{letter}']}".lstrip("/")


def _make_unit(kind: Kind, id_: str, parent: str | None, block: Block, marker: str = "") -> Unit:
    return Unit(kind, id_, parent, marker, block.text.removeprefix(marker).lstrip(), block.lines)
