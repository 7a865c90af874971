"""Sentence boundaries in a normalised text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TITLES = "Mr Mrs Ms Dr Prof Sen Hon St Rep Gov Amb Pres Min Sec Rev Lt Gen Col Maj Capt Cpl Sgt Adm Cmdr Messrs"
_PLACES = "No Nos no nos Art Arts Fig Figs fig figs Para Paras para paras p pp ch Ch vol Vol ed eds sec cf vs ca"
_MONTHS = "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
_OTHERS = r"etc al approx Inc Ltd Co Corp Jr Sr Dept Est e\.g i\.e [A-Z]"

_BOUNDARY = re.compile(r"[.?!][\"”’)]*\s+(?=[\"“‘(]?[A-ZÀ-ÖØ-Þ0-9€£])")
_ABBREVIATION = re.compile(rf"\b(?:{'|'.join(f'{_TITLES} {_PLACES} {_MONTHS} {_OTHERS}'.split())})\.$")
_LONGEST = 10
_RUN_ON = re.compile(r"[a-z)]{2}[.?!](?=[A-ZÀ-Þ][a-zà-ÿ]*\s)")
_LOWER = re.compile(r"[^\W\d_]{3,}[.?!]\s+(?=[a-z])")
_STARTER = re.compile(r"(?:We|The|This|These|In|It|Our|To|For|As|With|Such)\b")


@dataclass(frozen=True)
class UnsureEnd:
    """A place in a text where a sentence may end or not: the offset behind its mark, and what speaks against."""

    offset: int
    reason: str


def split_sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Return the ``(start, end)`` offsets of the sentences of ``text``, end exclusive, without the blanks between.

    A sentence ends at a full stop, question or exclamation mark (with closing quotes or brackets) that is followed by a
    blank and a capital or a digit, unless the mark belongs to a title or an abbreviation ("Mr.", "Art.", an initial).
    """
    starts, ends = [0], []
    for match in _BOUNDARY.finditer(text):
        if _is_abbreviated(text, match.start() + 1):
            continue
        ends.append(match.start() + len(match.group().rstrip()))
        starts.append(match.end())
    ends.append(len(text))
    return tuple((start, end) for start, end in zip(starts, ends, strict=True) if start < end)


def find_unsure_ends(text: str) -> Iterator[UnsureEnd]:
    """Yield the places of ``text`` where ``split_sentences`` sees no end, but a reader might."""
    for match in _BOUNDARY.finditer(text):
        if _is_abbreviated(text, match.start() + 1) and _STARTER.match(text, match.end()):
            yield UnsureEnd(match.start() + 1, "an abbreviation before a word that opens sentences")
    for match in _RUN_ON.finditer(text):
        yield UnsureEnd(match.end(), "no blank behind the mark")
    for match in _LOWER.finditer(text):
        end = match.start() + len(match.group().rstrip())
        if not _is_abbreviated(text, end):
            yield UnsureEnd(end, "small letters behind the mark")


def _is_abbreviated(text: str, end: int) -> bool:
    """Whether the full stop before ``end`` belongs to an abbreviation."""
    return bool(_ABBREVIATION.search(text, max(end - _LONGEST, 0), end))
