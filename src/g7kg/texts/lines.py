"""Lines of a document and the typographic signs that segmentation reads from them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

_TERMINAL = re.compile(r"(?:[.?!:;][\"”’)]*|[;,]\s+(?:and|or))$")
_OPENING = re.compile(r"[\"“‘(]?[A-ZÀ-ÖØ-Þ0-9€£]")
BULLET: Final = re.compile(r"(?:[•▪◦‣·●○■□➢►✓\uf0b7\uf0a7]\s*|[*–-]\s+|o\s+)(?=\S)")
"""The printed sign of a bullet at the beginning of its words."""

LETTER: Final = re.compile(r"\(?(?:[a-z]|[ivx]{1,4})[.)]\s+(?=\S)")
"""The letter or small Roman number of an item of a list; only a paragraph of its own is one."""

INVISIBLE: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""Characters that nobody sees: soft hyphens, spaces without width, joiners, byte order marks."""

_ALONE = re.compile(r"\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]|[•▪◦‣·●○■□➢►✓\uf0b7\uf0a7o]")
_SMALL_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
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
    def sign(self) -> str:
        """The printed sign of a bullet that the line begins with, or nothing."""
        match = BULLET.match(self.text)
        return match.group().strip() if match else ""

    @property
    def is_title_case(self) -> bool:
        """Whether the line is set as a heading: no closing mark, every word of four letters or more capitalised."""
        words = [word for word in re.findall(r"[^\W\d_]+", self.text) if len(word) >= _SMALL_WORD_LENGTH]
        return bool(words) and not self.ends_sentence and all(word[0].isupper() for word in words)


def read_lines(text: str) -> list[Line]:
    """Return the lines of ``text`` that have words, each with the number of blank lines that stand before it.

    A number or the sign of a bullet that stands alone belongs to the next line.
    """
    lines: list[Line] = []
    gap = 0
    for number, raw in enumerate(text.splitlines(), 1):
        stripped = raw.strip().strip(INVISIBLE).strip()
        if not stripped:
            gap += 1
        elif lines and _ALONE.fullmatch(lines[-1].text):
            lines[-1], gap = replace(lines[-1], text=f"{lines[-1].text} {stripped}"), 0
        else:
            lines.append(Line(number, stripped, len(raw) - len(raw.lstrip()), gap))
            gap = 0
    return lines


def continues_list(first: str, previous: str, text: str) -> bool:
    """Whether ``text`` begins with the letter of a list that ``previous`` introduces, or with that after ``first``'s.

    ``previous`` is the line before ``text``, and ``first`` the first line of what it belongs to.
    """
    letter, before = (_read_letter(each) for each in (text, first))
    if letter in {"a", "i"} and previous.endswith(":"):
        return True
    roman = (letter, before) in pairwise(reversed(_SMALL_ROMAN))
    follows = roman or ord(letter[:1] or " ") == ord(before[:1] or "~") + 1
    closed = text.startswith("(") or bool(_TERMINAL.search(previous))
    return bool(letter and before) and follows and closed


def _read_letter(text: str) -> str:
    match = LETTER.match(text)
    return match.group().strip("(.) \t") if match else ""


def join_lines(lines: Sequence[Line]) -> str:
    """Return the raw text of ``lines``, one a line."""
    return "\n".join(line.text for line in lines)
