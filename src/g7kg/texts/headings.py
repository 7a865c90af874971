"""Headings in plain text: how they rank."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """A heading: its words, and the number of blank lines above it."""

    text: str
    gap: int


def rank_headings(runs: Sequence[Sequence[Heading]]) -> Iterator[int]:
    """Yield the ranks, 0 the highest, of the headings in ``runs``, each the headings that stand together.

    Where only some are in capitals, those rank below the others. Otherwise headings that stand together rank in order;
    one that stands alone ranks just below the highest if the document begins with two together and no more white space
    is above it than above the least spaced one, else it ranks highest.
    """
    capitals = [heading.text.isupper() for run in runs for heading in run]
    if any(capitals) and not all(capitals):
        yield from map(int, capitals)
        return
    least = min((run[0].gap for run in runs), default=0)
    nested = bool(runs) and len(runs[0]) > 1
    for run in runs:
        base = int(nested and len(run) == 1 and run[0].gap == least)
        yield from range(base, base + len(run))
