"""Sentence boundaries in a normalised text."""

from __future__ import annotations

import re

_BOUNDARY = re.compile(r"[.?!][\"”’)]*\s+(?=[\"“‘(]?[A-ZÀ-ÖØ-Þ0-9€£])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Sen|Hon|St|No|Nos|Art|Arts|para|paras|cf|vs|etc|e\.g|i\.e|[A-Z]))\.$"
)


def split_sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Return the ``(start, end)`` offsets of the sentences of ``text``, end exclusive, without the blanks between.

    A sentence ends at a full stop, question or exclamation mark (with closing quotes or brackets) that is followed by a
    blank and a capital or a digit, unless the mark belongs to a title or an abbreviation ("Mr.", "Art.", an initial).
    """
    starts, ends = [0], []
    for match in _BOUNDARY.finditer(text):
        if _ABBREVIATION.search(text[: match.start() + 1]):
            continue
        ends.append(match.start() + len(match.group().rstrip()))
        starts.append(match.end())
    ends.append(len(text))
    return tuple((start, end) for start, end in zip(starts, ends, strict=True) if start < end)
