"""The words of a part, cut where the spans of its statements begin and end; those of one statement, or their cue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from urllib.parse import urlsplit

KEEPERS: Final[Mapping[str, str]] = {
    "bidenwhitehouse.archives.gov": "National Archives of the United States",
    "g7.utoronto.ca": "G7 Research Group, Toronto",
    "www.cssii.unifi.it": "CSSII, University of Florence",
    "www.gov.uk": "GOV.UK",
}
"""Who keeps the publications, by the host of their addresses."""


@dataclass(frozen=True)
class Quotation:
    """What a statement says: its very words or, where the graph has none, those that it begins and ends with.

    ``address`` is where a publication opens at them, ``keeper`` who keeps that; both are empty if none is known.
    """

    words: str
    address: str = ""

    @property
    def keeper(self) -> str:
        """Who keeps the publication, or else on which host it is."""
        host = urlsplit(self.address).hostname or ""
        return KEEPERS.get(host, host)


def read_quotation(row: Mapping[str, str]) -> Quotation | None:
    """Return the quotation of a row with ``words``, ``firstWords``, ``lastWords`` or ``fragment``; nothing without."""
    cue = " … ".join(row[name] for name in ("firstWords", "lastWords") if row.get(name))
    words = row.get("words") or cue
    return Quotation(words, row.get("fragment", "")) if words else None


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
