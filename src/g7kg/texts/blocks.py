"""Blocks: what a document's own form shows to belong together, before anything is numbered or named."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

ANNEX: Final = re.compile(
    r"(?P<label>(?i:annex)\s+(?P<number>\d+|[IVX]+|[A-Z]))(?:\.?|\s*[:–—-]\s*(?P<title>[^.]*))$", re.DOTALL
)
"""The label of an annex, alone or with its title behind a colon or a dash."""

HAS_WORDS: Final = re.compile(r"\w")
"""Found in all that is read; a line without it separates or closes."""

_TITLE = re.compile(
    r"\b(?:g7|g20|statement|declaration|communiqu[eé]|joint|ministers?|ministerial|leaders?|meeting|summit)\b",
    re.IGNORECASE,
)
_DATE = re.compile(r"\b(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\b.*\b(?:19|20)\d\d$")
_OPENINGS: Final = frozenset({"preamble", "introduction", "overview", "background"})
_NUMBER = re.compile(r"(?P<marker>\(?(?P<number>\d{1,3})(?:[.)]\s*|,\s+|\s+(?=[A-ZÀ-Þ])))(?=[\"“‘(]?[^\W\d_])")
_SENTENCE_END = re.compile(r"[.?!;,](?:\s+(?:and|or)|[\"”’)]*)$")
_CLAUSE = re.compile(r"\b(?:we|to|by|that|for|on|of|and|following)\b[^:]*:$", re.IGNORECASE)
_HEADING_WORDS = 30
_BARE_HEADING_WORDS = 20
_PHRASE_WORDS = 4
_ALIKE_SHARE = 0.7


@dataclass(frozen=True)
class Block:
    """Words that belong together: ``text`` normalised, ``lines`` its first and last line in the document as received.

    ``marker`` is a bullet's printed sign. ``rank`` orders headings, 0 the highest. ``listed``: it is an item of an
    ordered list, so in a division whose paragraphs are not numbered it is a bullet.
    """

    kind: Literal["heading", "paragraph", "bullet"]
    text: str
    lines: tuple[int, int]
    marker: str = ""
    rank: int = 0
    listed: bool = False


def read_number(text: str) -> tuple[str, int] | None:
    """Return the marker that ``text`` begins with ("38.", "11,") and its number, or ``None``."""
    match = _NUMBER.match(text)
    return (match["marker"].strip(), int(match["number"])) if match else None


def count_title(blocks: Sequence[Block], title: str = "") -> int:
    """Return how many headings at the beginning are the title of the document, with its date and what stands above.

    The title is the heading that says ``title``, if that is known; otherwise the first, and any that reads as one.
    """
    count = 0
    for index, block in enumerate(blocks):
        if block.kind != "heading" or ANNEX.match(block.text) or block.text.casefold() in _OPENINGS:
            return count
        known = _is_alike(block.text, title) if title else not index or bool(_TITLE.search(block.text))
        if known or _DATE.search(block.text):
            count = index + 1
    return count


def raise_headings(blocks: Sequence[Block]) -> list[Block]:
    """Return ``blocks`` with the numbered paragraphs as headings if that is what most of them are ("1. Ukraine")."""
    numbered = [index for index, block in enumerate(blocks) if block.kind == "paragraph" and read_number(block.text)]
    followed = (index for index in numbered if index + 1 < len(blocks) and not read_number(blocks[index + 1].text))
    short = {index for index in followed if is_heading(blocks[index].text, styled=False)}
    if len(short) * 2 <= len(numbered):
        return list(blocks)
    return [replace(block, kind="heading") if index in short else block for index, block in enumerate(blocks)]


def _is_alike(text: str, title: str) -> bool:
    words, known = (set(re.findall(r"\w+", each.casefold())) for each in (text, title))
    return len(words & known) >= _ALIKE_SHARE * len(words)


def is_heading(text: str, *, styled: bool) -> bool:
    """Whether ``text``, which stands alone, is a heading: short, and closed as no sentence is.

    ``styled``: it is set apart by its type, so it may be longer. A phrase before a colon is a heading ("Reference
    documents:"), a clause before one is not ("We are determined to:").
    """
    limit = _HEADING_WORDS if styled else _BARE_HEADING_WORDS
    if _SENTENCE_END.search(text) or len(text.split()) > limit or _is_clause(text, styled=styled):
        return False
    return text[:1].isupper() or text[:1].isdigit() or text[:1] in '"“‘('


def _is_clause(text: str, *, styled: bool) -> bool:
    phrase = styled or len(text.split()) <= _PHRASE_WORDS
    return text.endswith(":") and (not phrase or bool(_CLAUSE.search(text)))
