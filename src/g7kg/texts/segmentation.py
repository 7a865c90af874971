"""A declaration's text to its units: front matter, headings, paragraphs, bullets, annexes.

The rules read typography, not line numbers, so that another declaration can use them:

- an annex begins at a line that says "Annex" and its number, and nothing else but a title behind a colon or a dash;
- a division (the main part, each annex) is numbered if it holds a line that begins with "1." and no prose stands before
  that; in a numbered division a paragraph begins at the next number and nowhere else; blank lines separate nothing;
- in an unnumbered division a paragraph begins after a blank line where the line before closed a sentence and this one
  opens one, so a page break inside a sentence separates nothing;
- lines without closing mark between two paragraphs are headings; the rank of a heading follows from the headings that
  stand together and from the white space above it;
- a bullet has a printed sign, or it belongs to a run of indented blocks (a single indented block is noise).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from g7kg.texts.headings import Heading, rank_headings, read_headings
from g7kg.texts.lines import Line, is_wrapped, join_lines, read_lines
from g7kg.texts.normalisation import normalise
from g7kg.texts.units import Kind, Unit

_ANNEX = re.compile(r"(?P<label>(?i:annex)\s+(?P<number>\d+|[IVX]+|[A-Z]))(?:\.?|\s*[:–—-]\s*(?P<title>[^.]*))$")
_BULLET = re.compile(r"(?:[•▪◦‣·*–-]|o)\s+(?=\S)")


@dataclass(frozen=True)
class _Block:
    """Lines that belong together, before they are named: a paragraph, a bullet or a run of headings."""

    kind: Literal["paragraph", "bullet", "heading"]
    marker: str
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        first, *rest = self.lines
        words = first.text.removeprefix(self.marker).lstrip()
        return normalise("\n".join([words, *(line.text for line in rest)]))


def segment(text: str) -> tuple[Unit, ...]:
    """Return the units of a declaration in reading order; their markers and texts hold every word of ``text``."""
    lines = read_lines(text)
    width = max((len(line.text) for line in lines), default=0)
    starts = [index for index, line in enumerate(lines) if _ANNEX.match(line.text)]
    units = list(_segment_main(lines[: (*starts, len(lines))[0]], width))
    for start, end in _to_ranges(starts, len(lines)):
        units.extend(_segment_annex(lines[start], lines[start + 1 : end], width))
    return tuple(units)


def _segment_main(lines: Sequence[Line], width: int) -> Iterator[Unit]:
    front = _count_front_lines(lines)
    if front:
        yield _printed_unit("front", "front", None, lines[:front])
    yield from _name_units(_cut_blocks(lines[front:], width), "", width)


def _segment_annex(label: Line, lines: Sequence[Line], width: int) -> Iterator[Unit]:
    match = _ANNEX.match(label.text)
    if not match:
        raise ValueError(f"line {label.number} is no label of an annex")
    count = _count_front_lines(lines) or _count_title_lines(lines)
    annex = f"a{match['number'].lower()}"
    words = normalise(" ".join([match["title"] or "", join_lines(lines[:count])]))
    last = lines[count - 1].number if count else label.number
    yield Unit("annex", annex, None, match["label"], words, (label.number, last))
    yield from _name_units(_cut_blocks(lines[count:], width), annex, width)


def _count_front_lines(lines: Sequence[Line]) -> int:
    """Return how many lines stand before the first numbered paragraph; 0 in an unnumbered division."""
    front = next((index for index, line in enumerate(lines) if _has_number(line, 1)), 0)
    return 0 if any(line.ends_sentence for line in lines[:front]) else front


def _count_title_lines(lines: Sequence[Line]) -> int:
    """Return how many lines at the head of an unnumbered annex are set in title case."""
    return next((index for index, line in enumerate(lines) if not line.is_title_case), len(lines))


def _to_ranges(starts: Sequence[int], end: int) -> list[tuple[int, int]]:
    """Return the ranges from each start to the next, the last one up to ``end``."""
    return list(pairwise([*starts, end]))


def _has_number(line: Line, number: int) -> bool:
    return bool(re.match(rf"{number}[.)]\s+\S", line.text))


def _cut_blocks(lines: Sequence[Line], width: int) -> list[_Block]:
    """Cut the lines of one division into blocks; a run of headings is one block."""
    if lines and _has_number(lines[0], 1):
        return _cut_numbered(lines)
    return _cut_unnumbered(lines, width)


def _cut_numbered(lines: Sequence[Line]) -> list[_Block]:
    starts: list[int] = []
    for index, line in enumerate(lines):
        if _has_number(line, len(starts) + 1):
            starts.append(index)
    blocks: list[_Block] = []
    for number, (start, end) in enumerate(_to_ranges(starts, len(lines)), 1):
        body = lines[start:end]
        closed = max((i for i, line in enumerate(body, 1) if line.ends_sentence or _BULLET.match(line.text)), default=1)
        marker = body[0].text[: len(str(number)) + 1]
        blocks.extend(_split_bullets(body[:closed], marker))
        if closed < len(body):
            blocks.append(_Block("heading", "", tuple(body[closed:])))
    return blocks


def _split_bullets(lines: Sequence[Line], marker: str) -> Iterator[_Block]:
    """Yield the paragraph that ``lines`` begin with, then the bullets that begin with a printed sign."""
    starts = [index for index, line in enumerate(lines) if index and _BULLET.match(line.text)]
    starts = [i for i in starts if lines[i - 1].ends_sentence or _has_sign(lines[i], lines, starts[0])]
    yield _Block("paragraph", marker, tuple(lines[: (*starts, len(lines))[0]]))
    for start, end in _to_ranges(starts, len(lines)):
        yield _Block("bullet", lines[start].text.split()[0], tuple(lines[start:end]))


def _has_sign(line: Line, lines: Sequence[Line], first: int) -> bool:
    """Whether ``line``, not itself the first bullet, begins with the sign of that, at its indentation."""
    model = lines[first]
    same = line.text.split()[0] == model.text.split()[0] and line.indent == model.indent
    return same and line is not model and lines[first - 1].ends_sentence


def _cut_unnumbered(lines: Sequence[Line], width: int) -> list[_Block]:
    groups: list[list[Line]] = []
    for line in lines:
        previous = groups[-1][-1] if groups else None
        if previous is None or _opens_block(previous, line, width):
            groups.append([line])
        else:
            groups[-1].append(line)
    return [_classify(groups, index, width) for index in range(len(groups))]


def _opens_block(previous: Line, line: Line, width: int) -> bool:
    if _BULLET.match(line.text) and previous.ends_sentence:
        return True
    heads = previous.is_title_case and not line.is_title_case
    closed = previous.ends_sentence or heads or _is_heading(previous, width)
    return line.gap > 0 and closed and line.opens_sentence


def _is_heading(line: Line, width: int) -> bool:
    """Whether ``line`` stands alone, is short, opens as a sentence does and closes as none does."""
    alone = line.gap > 0 and len(line.text) * 2 <= width
    return alone and line.opens_sentence and line.text[-1].isalnum()


def _classify(groups: Sequence[Sequence[Line]], index: int, width: int) -> _Block:
    lines = tuple(groups[index])
    if index and _BULLET.match(lines[0].text):
        return _Block("bullet", lines[0].text.split()[0], lines)
    if all(line.is_title_case for line in lines) or (len(lines) == 1 and _is_heading(lines[0], width)):
        return _Block("heading", "", lines)
    near = [groups[i][0].indent for i in (index - 1, index + 1) if 0 < i < len(groups)]
    indented = index > 0 and lines[0].indent > groups[0][0].indent and any(indent == lines[0].indent for indent in near)
    return _Block("bullet" if indented else "paragraph", "", lines)


def _name_units(blocks: Sequence[_Block], annex: str, width: int) -> Iterator[Unit]:
    """Give the blocks of a division their ids and parents. ``annex`` is the annex's id, or empty in the main part."""
    prefix = f"{annex}/" if annex else ""
    runs = [
        read_headings(block.lines, lambda a, b: is_wrapped(a, b, width)) for block in blocks if block.kind == "heading"
    ]
    ranked = iter(rank_headings(runs))
    open_sections: list[str] = []
    paragraphs = bullets = headings = 0
    for block in blocks:
        if block.kind == "heading":
            for heading in next(ranked):
                headings += 1
                open_sections = [*open_sections[: heading.rank], f"{prefix}h{headings}"]
                yield _section_unit(heading, open_sections, annex)
        elif block.kind == "paragraph":
            paragraphs += 1
            bullets = bullets if annex else 0
            parent = (open_sections or [annex])[-1] or None
            yield _block_unit(f"{prefix}p{paragraphs}", parent, block)
        else:
            bullets += 1
            owner = annex or f"p{paragraphs}"
            yield _block_unit(f"{owner}/b{bullets}", owner, block)


def _section_unit(heading: Heading, path: Sequence[str], annex: str) -> Unit:
    parent = path[-2] if len(path) > 1 else annex or None
    return _printed_unit("section", path[-1], parent, heading.lines)


def _printed_unit(kind: Kind, id_: str, parent: str | None, lines: Sequence[Line]) -> Unit:
    """Return a unit without marker: front matter or a heading."""
    return Unit(kind, id_, parent, "", normalise(join_lines(lines)), (lines[0].number, lines[-1].number))


def _block_unit(id_: str, parent: str | None, block: _Block) -> Unit:
    """Return the paragraph or bullet that ``block`` is."""
    kind: Kind = "bullet" if block.kind == "bullet" else "paragraph"
    return Unit(kind, id_, parent, block.marker, block.text, (block.lines[0].number, block.lines[-1].number))
