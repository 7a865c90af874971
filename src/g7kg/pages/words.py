"""The words of a part, cut where the spans of its statements begin and end; the cue of words that are not here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import unquote

_FRAGMENT = ":~:text="


@dataclass(frozen=True)
class Span:
    """Where a statement, known in its part by ``number``, stands: characters ``start`` up to and without ``end``."""

    number: int
    start: int
    end: int


@dataclass(frozen=True)
class Segment:
    """Words over which the same spans lie: the numbers of their statements, the innermost last; those that begin."""

    text: str
    numbers: tuple[int, ...]
    opening: tuple[int, ...]

    @property
    def innermost(self) -> int | None:
        """The statement whose span is the shortest over these words; of two as short, the later one."""
        return self.numbers[-1] if self.numbers else None


def cut_words(text: str, spans: Iterable[Span]) -> tuple[Segment, ...]:
    """Return ``text`` in segments, in order and without loss; spans may be nested, may overlap, and may leave gaps.

    What of a span lies outside the text is left out; an empty span covers nothing.
    """
    kept = [span for span in spans if 0 <= span.start < min(span.end, len(text))]
    edges = sorted({0, len(text), *(span.start for span in kept), *(min(span.end, len(text)) for span in kept)})
    return tuple(_segment(text, start, end, kept) for start, end in pairwise(edges))


def _segment(text: str, start: int, end: int, spans: Iterable[Span]) -> Segment:
    over = [span for span in spans if span.start <= start and end <= span.end]
    over.sort(key=lambda span: (span.start - span.end, span.number))
    opening = tuple(span.number for span in over if span.start == start)
    return Segment(text[start:end], tuple(span.number for span in over), opening)


def read_cue(address: str) -> str:
    """Return the words that ``address`` opens a publication at: the first and the last ones, “…” between them.

    Empty if it has no text fragment (https://wicg.github.io/scroll-to-text-fragment/); what the text comes after or
    before is left out.
    """
    directive = address.partition(_FRAGMENT)[2].partition("&")[0]
    ends = [part for part in directive.split(",") if part and not part.endswith("-") and not part.startswith("-")]
    return " … ".join(map(unquote, ends))
