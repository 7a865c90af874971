"""Cue phrases: the few words by which a span is found again, by us and by a browser.

They are those of a text fragment (https://wicg.github.io/scroll-to-text-fragment/): an optional prefix, the first
words, and the last words unless the first are all. A browser takes the first match of the first words (behind the
prefix) in the whole document, and then the first match of the last words after it; case is the same to it.
"""

import re
from dataclasses import dataclass
from typing import Final

CUE_WORDS: Final = 8
"""The most words that a cue phrase may have."""

_FEWEST: Final = 3
_PUNCTUATION = re.compile(r"[^\w\s]*")
_OUTER = re.compile(r"[^\w]+$")


@dataclass(frozen=True)
class Cues:
    """The cue phrases of a span."""

    first: str
    last: str | None = None
    prefix: str | None = None

    def lead_to(self, text: str, start: int, end: int) -> bool:
        """Whether in ``text`` they select just ``start`` to ``end``, give or take punctuation at the end."""
        before = rf"{re.escape(self.prefix)}\s+" if self.prefix else ""
        opening = re.compile(rf"{before}(?P<first>(?<!\w){re.escape(self.first)})", re.IGNORECASE)
        found = opening.search(text)
        if not found or found.start("first") != start:
            return False
        if self.last is None:
            return _is_end(text, found.end(), end)
        closing = re.compile(rf"{re.escape(self.last)}(?!\w)", re.IGNORECASE).search(text, found.end())
        return closing is not None and _is_end(text, closing.end(), end)


def choose_cues(text: str, start: int, end: int) -> Cues | None:
    """Return the shortest cue phrases that lead to ``start`` to ``end`` in ``text``; ``None`` if eight words do not."""
    words = text[start:end].split()
    if len(words) <= CUE_WORDS:
        return _find_prefix(Cues(_OUTER.sub("", text[start:end])), text, start, end)
    for first in range(_FEWEST, CUE_WORDS + 1):
        for last in range(_FEWEST, min(CUE_WORDS, len(words) - first) + 1):
            cues = _cut(words, first, last)
            if cues.lead_to(text, start, end):
                return cues
    return _find_prefix(_cut(words, CUE_WORDS, min(CUE_WORDS, len(words) - CUE_WORDS)), text, start, end)


def _cut(words: list[str], first: int, last: int) -> Cues:
    return Cues(" ".join(words[:first]).rstrip(",;:"), _OUTER.sub("", " ".join(words[-last:])))


def _find_prefix(cues: Cues, text: str, start: int, end: int) -> Cues | None:
    """Return ``cues`` with the shortest prefix that makes them lead to the span, if there is one."""
    before = text[:start].split()[-CUE_WORDS:]
    prefixes = [None, *(" ".join(before[-count:]) for count in range(1, len(before) + 1))]
    candidates = (Cues(cues.first, cues.last, prefix) for prefix in prefixes)
    return next((candidate for candidate in candidates if candidate.lead_to(text, start, end)), None)


def _is_end(text: str, position: int, end: int) -> bool:
    return position <= end and bool(_PUNCTUATION.fullmatch(text[position:end]))
