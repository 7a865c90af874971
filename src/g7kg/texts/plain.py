"""Plain text to blocks: a line a paragraph, wrapped lines, or text from a PDF with blank lines anywhere.

The rules read typography, not line numbers, so that another document can use them:

- an annex begins at a line that says "Annex" and its number, and nothing else but a title behind a colon or a dash;
- a paragraph begins at the next number, at the sign of a bullet, behind a heading, and where blank lines separate;
  where they do not, behind a short line that closes a sentence (in a numbered division: at numbers only);
- a page break inside a sentence separates nothing;
- a heading is short, opens as a sentence does and closes as none does;
- a bullet has a printed sign, or it belongs to a run of indented blocks (a single indented block is noise).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from g7kg.texts.blocks import ANNEX, HAS_WORDS, Block, count_title, is_heading, read_number
from g7kg.texts.layout import Layout, read_layout
from g7kg.texts.lines import LETTER, Line, continues_list, join_lines, read_lines
from g7kg.texts.normalisation import normalise

_WIDEST_GAP = 3
_HEADING_SHARE = 0.7
_FEWEST_PAGES = 3
_PAGE_NUMBER = re.compile(r"[-–—]?\s*\d{1,3}\s*[-–—]?|page\s+\d+(?:\s+(?:of|/)\s+\d+)?|\d+\s*/\s*\d+", re.IGNORECASE)

Group = list[Line]


def read_plain(text: str) -> tuple[Block, ...]:
    """Return the blocks of ``text`` in reading order."""
    lines = _drop_page_marks(text)
    layout = read_layout(lines)
    starts = [0, *_find_annexes(lines), len(lines)]
    divisions = [lines[start:end] for start, end in pairwise(starts)]
    return tuple(block for division in divisions for block in _read_division(division, layout))


def find_page_marks(text: str) -> frozenset[int]:
    """Return the lines of ``text`` that belong to its pages: their numbers, and heads that are printed on each."""
    lines = read_lines(text)
    heads: defaultdict[str, list[int]] = defaultdict(list)
    for line in lines:
        if line.is_title_case and not line.sign:
            heads[line.text].append(line.number)
    first = lines[0].text if lines else ""
    printed = [found for head, found in heads.items() if head == first or len(found) >= _FEWEST_PAGES]
    repeated = {number for found in printed for number in found[1:]}
    return frozenset(repeated | {line.number for line in lines if _PAGE_NUMBER.fullmatch(line.text)})


def _drop_page_marks(text: str) -> list[Line]:
    """Return the lines of ``text`` without page marks; where some stood, a page ends, and white space says nothing."""
    marks = find_page_marks(text)
    lines = read_lines(text)
    broken = [False, *(line.number in marks for line in lines)]
    kept = zip(lines, broken[:-1], strict=True)
    return [replace(line, gap=0) if after else line for line, after in kept if line.number not in marks]


def _find_annexes(lines: Sequence[Line]) -> list[int]:
    closed = [True, *(line.ends_sentence or not line.text[-1].isalnum() for line in lines)]
    return [index for index, line in enumerate(lines) if index and ANNEX.match(line.text) and closed[index]]


def _read_division(lines: Sequence[Line], layout: Layout) -> list[Block]:
    groups = _Cutter(layout, numbered=_is_numbered(lines)).cut(lines) if layout.wrapped else [[line] for line in lines]
    if groups and ANNEX.match(groups[0][0].text) and not layout.separated:
        groups = _join_title(groups)
    blocks = [_make_block(groups, index, layout) for index in range(len(groups))]
    title = count_title(blocks)
    ranks = _rank(groups[title:], blocks[title:])
    return [*blocks[:title], *(replace(block, rank=rank) for block, rank in zip(blocks[title:], ranks, strict=True))]


def _is_numbered(lines: Sequence[Line]) -> bool:
    """Whether a line begins with the number 1 and no prose stands before it."""
    first = next((index for index, line in enumerate(lines) if (read_number(line.text) or ("", 0))[1] == 1), None)
    return first is not None and not any(line.ends_sentence for line in lines[:first])


@dataclass
class _Cutter:
    """Cuts the wrapped lines of a division into groups that belong together."""

    layout: Layout
    numbered: bool
    expected: int = 1
    groups: list[Group] = field(default_factory=list)

    def cut(self, lines: Sequence[Line]) -> list[Group]:
        for index, line in enumerate(lines):
            following = lines[index + 1] if index + 1 < len(lines) else None
            if self._takes_number(line) or not self.groups or self._opens(self.groups[-1], line, following):
                self.groups.append([line])
            else:
                self.groups[-1].append(line)
        return self.groups

    def _takes_number(self, line: Line) -> bool:
        """Whether ``line`` begins with the next number, or with one that a slip has made of it."""
        marker, number = read_number(line.text) or ("", 0)
        proper = marker.endswith((".", ")"))
        slip = number == self.expected or (proper and self.expected - 1 <= number <= self.expected + _WIDEST_GAP)
        if not (number == self.expected and proper) and not (number and slip and self._is_settled(line)):
            return False
        self.expected = max(number, self.expected) + 1
        return True

    def _is_settled(self, line: Line) -> bool:
        """Whether what stands before ``line`` has come to its end."""
        if not self.groups or self.expected == 1:
            return False
        previous = self.groups[-1][-1]
        return previous.ends_sentence and (self._is_apart(line) or not self.layout.is_full(previous, line))

    def _opens(self, group: Group, line: Line, following: Line | None) -> bool:
        previous = group[-1]
        wordless = not (HAS_WORDS.search(line.text) and HAS_WORDS.search(previous.text))
        lettered = LETTER.match(line.text) and self._is_apart(line)
        listed = lettered or continues_list(group[0].text, previous.text, line.text)
        if wordless or listed or ANNEX.match(previous.text):
            return True
        ended = previous.ends_sentence or not self.layout.is_full(previous, line)
        apart = ended and self._is_apart(line)
        if line.sign:
            alike = (group[0].sign, group[0].indent) == (line.sign, line.indent)
            return previous.ends_sentence or alike or apart
        if not line.opens_sentence:
            return apart and (previous.ends_sentence or bool(group[0].sign))
        if _is_heading(group):
            return self._ends_heading(group, line)
        if not previous.ends_sentence:
            cut = self._is_apart(line) or (ended and not self.layout.separated)
            return (cut and bool(group[0].sign)) or (apart and _is_numbered_heading(group))
        return self._ends_paragraph(previous, line) or self._is_stub(line, following)

    def _is_apart(self, line: Line) -> bool:
        return self.layout.separated and self.layout.is_apart(line)

    def _ends_paragraph(self, previous: Line, line: Line) -> bool:
        if self._is_apart(line) or 0 < self.layout.indent <= line.indent:
            return True
        if self.layout.separated:
            return self.layout.is_cut(previous, line)
        return not self.numbered and (self.layout.spacing > 0 or not self.layout.is_full(previous, line))

    def _ends_heading(self, group: Group, line: Line) -> bool:
        full = self.layout.is_full(group[-1], line)
        if self._is_apart(line):
            return self.layout.exact or not (full and line.is_title_case)
        return not full and (len(group) > 1 or self._is_short(group[0]))

    def _is_stub(self, line: Line, following: Line | None) -> bool:
        """Whether ``line`` ends early and closes no sentence, so that it is a heading by itself."""
        if following is None or line.ends_sentence or not self._is_short(line):
            return False
        return not self.layout.is_full(line, following) and (following.opens_sentence or bool(following.sign))

    def _is_short(self, line: Line) -> bool:
        return self.layout.exact or line.is_title_case or len(line.text) <= _HEADING_SHARE * self.layout.reach


def _is_heading(group: Group) -> bool:
    text = normalise(join_lines(group))
    item = group[0].sign or LETTER.match(text) or read_number(text)
    return not item and is_heading(text, styled=False)


def _is_numbered_heading(group: Group) -> bool:
    text = normalise(join_lines(group))
    return bool(read_number(text)) and is_heading(text, styled=False)


def _join_title(groups: list[Group]) -> list[Group]:
    end = next((index for index, group in enumerate(groups) if index and not _is_heading(group)), len(groups))
    title = [line for group in groups[1:end] for line in group]
    return [groups[0], *([title] if title else []), *groups[end:]]


def _classify(groups: Sequence[Group], index: int, layout: Layout) -> Literal["heading", "paragraph", "bullet"]:
    group = groups[index]
    if ANNEX.match(group[0].text) or _is_heading(group):
        return "heading"
    first = next((one for one in groups if not _is_heading(one)), group)
    near = [groups[i][0].indent for i in (index - 1, index + 1) if 0 < i < len(groups)]
    indented = group[0].indent > first[0].indent and any(indent == group[0].indent for indent in near)
    signed = group[0].sign or LETTER.match(group[0].text)
    return "bullet" if signed or (indented and not layout.indent) else "paragraph"


def _make_block(groups: Sequence[Group], index: int, layout: Layout) -> Block:
    group, kind = groups[index], _classify(groups, index, layout)
    letter = LETTER.match(group[0].text)
    marker = letter.group().strip() if letter else group[0].sign
    lines = (group[0].number, group[-1].number)
    return Block(kind, normalise(join_lines(group)), lines, marker if kind == "bullet" else "")


def _rank(groups: Sequence[Group], blocks: Sequence[Block]) -> list[int]:
    """Return the ranks of ``blocks``, which ``groups`` make; that of anything but a heading is 0."""
    runs: list[list[tuple[str, int]]] = [[]]
    for group, block in zip(groups, blocks, strict=True):
        if block.kind == "heading":
            runs[-1].append((block.text, group[0].gap))
        elif runs[-1]:
            runs.append([])
    ranks = _rank_headings([run for run in runs if run])
    return [next(ranks) if block.kind == "heading" else 0 for block in blocks]


def _rank_headings(runs: Sequence[Sequence[tuple[str, int]]]) -> Iterator[int]:
    """Yield the ranks, 0 the highest, of headings, each its words and the blank lines above it, run by run.

    Where only some are in capitals, those rank below the others. Otherwise headings that stand together rank in order;
    one that stands alone ranks just below the highest if the document begins with two together and no more white space
    is above it than above the least spaced one, else it ranks highest.
    """
    capitals = [text.isupper() for run in runs for text, _ in run]
    if any(capitals) and not all(capitals):
        yield from map(int, capitals)
        return
    least = min((run[0][1] for run in runs), default=0)
    nested = bool(runs) and len(runs[0]) > 1
    for run in runs:
        base = int(nested and len(run) == 1 and run[0][1] == least)
        yield from range(base, base + len(run))
