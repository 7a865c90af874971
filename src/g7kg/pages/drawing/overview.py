"""An overview: labelled boxes on a grid, and lines between them, placed so that few lines cross or run over a box."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final

COLUMNS: Final = 4
BOX: Final = (136.0, 40.0)
"""Width and height of a box."""

CELL: Final = (252.0, 108.0)
"""Width and height of a cell of the grid; a box stands in its middle."""

_LETTER: Final = (7.4, 16.0)
"""About the width and height of a letter of a line's label."""

_CROSSING: Final = 150.0
_OVER_A_BOX: Final = 3000.0
"""What a crossing of lines, and a line over a box, cost in terms of a line's length."""

_BEGINNINGS: Final = 6
"""How many first arrangements are tried."""

_MARGIN: Final = 8.0
"""How near a line may come to a box that is none of its own."""

Point = tuple[float, float]
Segment = tuple[Point, Point]
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Rectangle:
    """An area by its left upper corner and its size."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: Rectangle) -> bool:
        """Whether it has a point in common with ``other``."""
        across = self.x < other.x + other.width and other.x < self.x + self.width
        return across and self.y < other.y + other.height and other.y < self.y + self.height

    def is_met_by(self, line: Segment) -> bool:
        """Whether ``line`` has a point in it (clipped side by side, after Liang and Barsky)."""
        (x1, y1), (x2, y2) = line
        first, last = 0.0, 1.0
        for start, way, low, size in ((x1, x2 - x1, self.x, self.width), (y1, y2 - y1, self.y, self.height)):
            if not way:
                if not low <= start <= low + size:
                    return False
                continue
            ends = sorted(((low - start) / way, (low + size - start) / way))
            first, last = max(first, ends[0]), min(last, ends[1])
        return first <= last


@dataclass(frozen=True)
class Box:
    """A box; ``key`` is what stands for the thing, ``label`` what people call it."""

    key: str
    label: str
    area: Rectangle


@dataclass(frozen=True)
class Line:
    """A line from the edge of one box to that of another, and the point in the middle of its label."""

    start: Point
    end: Point
    label: str
    middle: Point


@dataclass(frozen=True)
class Overview:
    """A drawing of ``width`` by ``height``, in pixels at its natural size."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def draw_overview(labels: Mapping[str, str], links: Mapping[tuple[str, str], str]) -> Overview:
    """Return the drawing of the things in ``labels``, each by its key, and of ``links`` between them, with labels.

    Links from a thing to itself are left out. The same arguments give the same drawing.
    """
    pairs = [(one, other) for one, other in links if one != other]
    places = _arrange(labels, pairs)
    boxes = tuple(Box(key, labels[key], _frame(places[key], BOX)) for key in sorted(labels))
    segments = [_cut(places[one], places[other]) for one, other in pairs]
    middles = _place_labels(segments, [links[pair] for pair in pairs], [box.area for box in boxes])
    lines = tuple(
        Line(*segment, links[pair], middle) for pair, segment, middle in zip(pairs, segments, middles, strict=True)
    )
    rows = math.ceil(len(labels) / COLUMNS)
    return Overview(COLUMNS * CELL[0], rows * CELL[1], boxes, lines)


def _arrange(keys: Mapping[str, str], pairs: Pairs) -> dict[str, Point]:
    """Return the middle of a cell for each key: the best that is found from several beginnings."""
    cells = product(range(COLUMNS), range(math.ceil(len(keys) / COLUMNS)))
    middles = [((column + 0.5) * CELL[0], (row + 0.5) * CELL[1]) for column, row in cells]
    degrees = {key: sum(key in pair for pair in pairs) for key in keys}
    held: list[str | None] = [*sorted(keys, key=lambda key: (-degrees[key], key))]
    held += [None] * (len(middles) - len(held))
    costs = _Costs(middles)
    tried = (_improve(held[turn:] + held[:turn], costs, pairs) for turn in range(min(_BEGINNINGS, len(held))))
    _, best = min(tried, key=lambda arrangement: arrangement[0], default=(0.0, held))
    return {key: middle for middle, key in zip(middles, best, strict=True) if key}


def _improve(held: list[str | None], costs: _Costs, pairs: Pairs) -> tuple[float, list[str | None]]:
    """Return what comes of exchanging what two cells hold for as long as that makes it cost less, and its costs."""
    best, before = costs.add_up(held, pairs), math.inf
    while best < before:
        before = best
        for one, other in combinations(range(len(held)), 2):
            held[one], held[other] = held[other], held[one]
            cost = costs.add_up(held, pairs, best)
            if cost < best:
                best = cost
            else:
                held[one], held[other] = held[other], held[one]
    return best, held


class _Costs:
    """What lines between cells, by the numbers of these, cost; computed once for each."""

    def __init__(self, middles: Sequence[Point]) -> None:
        grown = (BOX[0] + 2 * _MARGIN, BOX[1] + 2 * _MARGIN)
        self.areas = [_frame(middle, grown) for middle in middles]
        numbers = range(len(middles))
        self.lines = {(one, other): (middles[one], middles[other]) for one, other in product(numbers, numbers)}
        self.over = {ends: self._find_met(ends) for ends in self.lines}
        self.crossings: dict[tuple[tuple[int, int], tuple[int, int]], bool] = {}

    def add_up(self, held: Sequence[str | None], pairs: Pairs, most: float = math.inf) -> float:
        """Return what the arrangement ``held`` of keys in cells costs; anything above ``most`` if it is more."""
        places = {key: number for number, key in enumerate(held) if key}
        taken = set(places.values())
        ends = [(places[one], places[other]) for one, other in pairs]
        length = sum(math.dist(*self.lines[line]) for line in ends)
        cost = length + _OVER_A_BOX * sum(len(self.over[line] & taken) for line in ends)
        if cost > most:
            return cost
        return cost + _CROSSING * sum(self._cross(one, other) for one, other in combinations(ends, 2))

    def _find_met(self, ends: tuple[int, int]) -> frozenset[int]:
        met = (number for number, area in enumerate(self.areas) if area.is_met_by(self.lines[ends]))
        return frozenset(met) - set(ends)

    def _cross(self, one: tuple[int, int], other: tuple[int, int]) -> bool:
        if (one, other) not in self.crossings:
            self.crossings[one, other] = not set(one) & set(other) and _cross(self.lines[one], self.lines[other])
        return self.crossings[one, other]


def _cross(one: Segment, other: Segment) -> bool:
    def side(line: Segment, point: Point) -> float:
        (x1, y1), (x2, y2) = line
        return (x2 - x1) * (point[1] - y1) - (y2 - y1) * (point[0] - x1)

    return side(one, other[0]) * side(one, other[1]) < 0 and side(other, one[0]) * side(other, one[1]) < 0


def _frame(middle: Point, size: Point) -> Rectangle:
    return Rectangle(middle[0] - size[0] / 2, middle[1] - size[1] / 2, *size)


def _cut(start: Point, end: Point) -> Segment:
    """Return the part of the line between the middles of two boxes that is outside them."""
    way = (end[0] - start[0], end[1] - start[1])
    part = min(size / 2 / abs(distance) for size, distance in zip(BOX, way, strict=True) if distance)
    return _along((start, end), part), _along((start, end), 1 - part)


def _along(line: Segment, part: float) -> Point:
    (x1, y1), (x2, y2) = line
    return (round(x1 + (x2 - x1) * part, 1), round(y1 + (y2 - y1) * part, 1))


def _place_labels(lines: Sequence[Segment], labels: Sequence[str], boxes: Sequence[Rectangle]) -> list[Point]:
    """Return where each label stands on its line: near the middle, where it covers least of anything else."""
    taken: list[Rectangle] = []
    middles: list[Point] = []
    for line, label in zip(lines, labels, strict=True):
        others = [other for other in lines if other != line]

        def covers(part: float, line: Segment = line, label: str = label, others: list[Segment] = others) -> float:
            area = _frame(_along(line, part), (_LETTER[0] * len(label), _LETTER[1]))
            hidden = sum(map(area.meets, [*taken, *boxes])) * 3 + sum(map(area.is_met_by, others))
            return hidden + abs(part - 0.5)

        best = min((0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74), key=covers)
        middles.append(_along(line, best))
        taken.append(_frame(middles[-1], (_LETTER[0] * len(label), _LETTER[1])))
    return middles
