"""How the lines of a plain text are set: what a full line is, and what blank lines mean."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from g7kg.texts.lines import Line

_LONG_LINE = 200
_FEWEST_CONTINUATIONS = 5
_SEPARATING_SHARE = 0.4
_RAGGED_SHARE = 50
_EARLY_SHARE = 0.7


@dataclass(frozen=True)
class Layout:
    """The layout of a plain text.

    ``wrapped``: a paragraph may have several lines (else every line is one). ``reach``: a line is full if with the next
    word it would be at least as long. ``spacing``: the blank lines between lines that belong together. ``separated``:
    more blank lines than that separate paragraphs (else only their last, short lines tell where they end). ``exact``:
    no full line is shorter than ``reach``. ``indent``: that of paragraphs' first lines, if they have one, else 0.
    """

    wrapped: bool
    reach: int
    spacing: int
    separated: bool
    exact: bool
    indent: int

    def is_full(self, line: Line, following: Line) -> bool:
        """Whether ``line`` ends where it does because the first word of ``following`` no longer fitted."""
        return measure(line, following) >= self.reach

    def is_cut(self, line: Line, following: Line) -> bool:
        """Whether ``line`` ends so early that it was ended by design."""
        return measure(line, following) < (self.reach if self.exact else _EARLY_SHARE * self.reach)

    def is_apart(self, line: Line) -> bool:
        """Whether more blank lines stand above ``line`` than between lines that belong together."""
        return line.gap > self.spacing


def measure(line: Line, following: Line) -> int:
    """Return the length that ``line`` would have with the first word of ``following``."""
    return line.indent + len(line.text) + 1 + len(following.text.split()[0])


def read_layout(lines: Sequence[Line]) -> Layout:
    """Return the layout that ``lines`` show: lines that begin in lower case continue the one before."""
    long = sum(len(line.text) for line in lines if len(line.text) > _LONG_LINE)
    wrapped = long * 2 < sum(len(line.text) for line in lines)
    pairs = [(before, line) for before, line in pairwise(lines) if line.text[0].islower() and not line.sign]
    gaps = Counter(line.gap for _, line in pairs)
    spacing = gaps.most_common(1)[0][0] if len(pairs) >= _FEWEST_CONTINUATIONS else 0
    ends = [line for before, line in pairwise(lines) if before.ends_sentence and line.opens_sentence]
    apart = sum(line.gap > spacing for line in ends)
    widest = max((len(line.text) for line in lines), default=0)
    close = [pair for pair in pairs if pair[1].gap <= spacing] or pairs
    reach = _find_reach(close) if close else widest
    separated = apart >= _SEPARATING_SHARE * len(ends)
    exact = len(pairs) >= _FEWEST_CONTINUATIONS and reach > widest
    return Layout(wrapped, reach, spacing, separated, exact, _find_indent(lines, ends))


def _find_indent(lines: Sequence[Line], ends: Sequence[Line]) -> int:
    """Return the least indent of first lines, if most of ``ends`` are indented deeper than the margin, else 0."""
    margin = min((line.indent for line in lines), default=0)
    indents = [line.indent for line in ends if line.indent > margin]
    return min(indents) if len(indents) * 2 > len(ends) >= _FEWEST_CONTINUATIONS else 0


def _find_reach(pairs: Sequence[tuple[Line, Line]]) -> int:
    """Return how long a full line is with its next word, at least; one in fifty may be shorter by accident."""
    lengths = sorted(measure(before, line) for before, line in pairs)
    return lengths[len(lengths) // _RAGGED_SHARE]
