"""A catalogue page's text to its units: an introduction and entries.

The text is that of a web page, one line a paragraph. A line that closes a sentence is prose, any other a title. An
entry is a title with the prose that follows it; the introduction is the first prose. What stands before the
introduction and after the last entry (navigation, the page's own title, the date of change) is front and back matter.
"""

from collections.abc import Sequence
from itertools import pairwise

from g7kg.texts.lines import Line, join_lines, read_lines
from g7kg.texts.normalisation import normalise
from g7kg.texts.units import Kind, Unit


def segment_catalogue(text: str) -> tuple[Unit, ...]:
    """Return the units of a catalogue page in reading order; their markers and texts hold every word of ``text``."""
    lines = read_lines(text)
    prose = _group_prose(lines)
    if not prose:
        return (_make_unit("front", "front", "", lines),) if lines else ()
    units = [_make_unit("paragraph", "intro", "", lines[prose[0][0] : prose[0][1]])]
    for number, ((_, before), (start, end)) in enumerate(pairwise(prose), 1):
        title = normalise(join_lines(lines[before:start]))
        units.append(_make_unit("entry", f"e{number:02d}", title, lines[start:end]))
    front, back = lines[: prose[0][0]], lines[prose[-1][1] :]
    return (
        *([_make_unit("front", "front", "", front)] if front else []),
        *units,
        *([_make_unit("back", "back", "", back)] if back else []),
    )


def _group_prose(lines: Sequence[Line]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for index, line in enumerate(lines):
        if line.ends_sentence and ranges and ranges[-1][1] == index:
            ranges[-1] = (ranges[-1][0], index + 1)
        elif line.ends_sentence:
            ranges.append((index, index + 1))
    return ranges


def _make_unit(kind: Kind, id_: str, marker: str, lines: Sequence[Line]) -> Unit:
    return Unit(kind, id_, None, marker, normalise(join_lines(lines)), (lines[0].number, lines[-1].number))
