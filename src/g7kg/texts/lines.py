"""Lines of a document and the typographic signs that segmentation reads from them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TERMINAL = re.compile(r"[.?!:;][\"”’)]*$")
_OPENING = re.compile(r"[\"“‘(]?[A-ZÀ-ÖØ-Þ0-9€£]")
_SMALL_WORD_LENGTH = 4


@dataclass(frozen=True)
class Line:
    """A line with words on it: 1-based number, text without outer blanks, indentation, blank lines before it."""

    number: int
    text: str
    indent: int
    gap: int

    @property
    def ends_sentence(self) -> bool:
        """Whether the line ends in a mark that can close a sentence or introduce a list."""
        return bool(_TERMINAL.search(self.text))

    @property
    def opens_sentence(self) -> bool:
        """Whether the line begins as a sentence does: with a capital or a digit."""
        return bool(_OPENING.match(self.text))

    @property
    def is_title_case(self) -> bool:
        """Whether the line is set as a heading: no closing mark, every word of four letters or more capitalised."""
        words = [word for word in re.findall(r"[^\W\d_]+", self.text) if len(word) >= _SMALL_WORD_LENGTH]
        return bool(words) and not self.ends_sentence and all(word[0].isupper() for word in words)


def read_lines(text: str) -> list[Line]:
    """Return the lines of ``text`` that have words, each with the number of blank lines that stand before it."""
    lines: list[Line] = []
    gap = 0
    for number, raw in enumerate(text.splitlines(), 1):
        stripped = raw.strip()
        if not stripped:
            gap += 1
            continue
        lines.append(Line(number, stripped, len(raw) - len(raw.lstrip()), gap))
        gap = 0
    return lines


def join_lines(lines: Sequence[Line]) -> str:
    """Return the raw text of ``lines``, one a line."""
    return "\n".join(line.text for line in lines)


def is_wrapped(previous: Line, line: Line, width: int) -> bool:
    """Whether ``line`` continues ``previous`` because its first word no longer fitted into ``width`` characters."""
    return len(previous.text) + 1 + len(line.text.split()[0]) > width
