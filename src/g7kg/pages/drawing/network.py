"""The neighbourhood of a thing: it in the middle, its neighbours around it by kind, the nearest by the widest lines."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 680
"""The width of the picture, in its own units."""

NEIGHBOURS: Final = 12
"""The most neighbours that are drawn."""

_A_KIND: Final = 4
"""How many neighbours of a kind come first, before places that other kinds leave free are filled."""

_ROW: Final = 60
_REACH: Final = 84
_LINE: Final = 18
"""Characters in a line of a label: at the size that phones need, they fill the room beside a node."""


@dataclass(frozen=True)
class Neighbour:
    """What is next to the thing: its label and a short one to draw, its address, its kind, and how many statements the
    two share (over 0).
    """  # noqa: D205 - one sentence

    label: str
    short: str
    href: str
    kind: str
    weight: int


@dataclass(frozen=True)
class Node:
    """A neighbour as drawn: where its mark is and how large, how wide its line, its label in lines and where it is.

    ``anchor`` is what SVG calls ``text-anchor``: labels on the left end where they are placed.
    """

    neighbour: Neighbour
    x: float
    y: float
    radius: float
    stroke: float
    text_x: float
    anchor: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """The picture: its height, its middle with the name of the thing in lines, its nodes clockwise from the top."""

    height: float
    x: float
    y: float
    lines: tuple[str, ...]
    nodes: tuple[Node, ...]


def choose_neighbours(found: Iterable[Neighbour], kinds: Sequence[str]) -> tuple[Neighbour, ...]:
    """Return the nearest of ``found``, so that no kind crowds out another, in the order of ``kinds``, nearest first.

    Of a kind that is not in ``kinds``, none is.
    """
    ranked = sorted((n for n in found if n.kind in kinds), key=lambda n: (-n.weight, n.label, n.href))
    by_kind = [[neighbour for neighbour in ranked if neighbour.kind == kind] for kind in kinds]
    first = {neighbour for group in by_kind for neighbour in group[:_A_KIND]}
    chosen = sorted(ranked, key=lambda neighbour: neighbour not in first)[:NEIGHBOURS]
    return tuple(sorted(chosen, key=lambda neighbour: kinds.index(neighbour.kind)))


def draw_network(name: str, neighbours: Sequence[Neighbour]) -> Network:
    """Return the picture of ``neighbours`` around the thing called ``name``: half to the right, half to the left."""
    right = math.ceil(len(neighbours) / 2)
    height = _ROW * max(right, 3)
    greatest = max((neighbour.weight for neighbour in neighbours), default=1)
    places = [(place, right, 1) for place in range(right)]
    left = len(neighbours) - right
    places += [(place, left, -1) for place in reversed(range(left))]
    nodes = (
        _place(neighbour, place, height, neighbour.weight / greatest)
        for neighbour, place in zip(neighbours, places, strict=True)
    )
    return Network(height, WIDTH / 2, height / 2, _break(name, 14, 3), tuple(nodes))


def _place(neighbour: Neighbour, place: tuple[int, int, int], height: float, share: float) -> Node:
    """Return the node of ``neighbour`` at the ``place``: row, rows on its side, side (1 right, -1 left)."""
    row, rows, side = place
    above = (row - (rows - 1) / 2) * _ROW
    away = _REACH * math.sqrt(1 - (above / (height / 2 + _ROW / 4)) ** 2)
    x, radius = WIDTH / 2 + side * away, 4 + 5 * math.sqrt(share)
    return Node(
        neighbour,
        round(x, 1),
        round(height / 2 + above, 1),
        round(radius, 1),
        round(1 + 4 * share, 1),
        round(x + side * (radius + 6), 1),
        "start" if side > 0 else "end",
        _break(neighbour.short, _LINE, 2),
    )


def _break(label: str, width: int, lines: int) -> tuple[str, ...]:
    return tuple(textwrap.wrap(label, width, max_lines=lines, placeholder=" …"))
