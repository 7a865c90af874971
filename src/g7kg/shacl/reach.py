"""How far from a focus node shapes look: a part of a graph is validated with no more around it than they see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from g7kg.errors import ShapesError
from g7kg.rdf.vocab import RDF, RDFS, Term
from g7kg.shacl.targets import values_of

HINT: Final = "the project is validated document by document: select the nodes with a SPARQL target instead"
"""The repair for shapes that look too far."""

_LISTS: Final = ("and", "or", "xone")
_NESTED: Final = ("property", "node", "not", "qualifiedValueShape")
_PAIRS: Final = ("equals", "disjoint", "lessThan", "lessThanOrEquals")


@dataclass(frozen=True)
class Step:
    """The properties that shapes look at from nodes at one distance from a focus node, along and against them."""

    forward: frozenset[NamedNode]
    inverse: frozenset[NamedNode]


def read_reach(shapes: ox.Dataset, targeted: Iterable[Term]) -> tuple[Step, ...]:
    """Return the steps of ``shapes``: the first from focus nodes, the next from what it leads to, and so on.

    ``targeted`` are the shapes that have targets.

    Raises ``ShapesError`` where there is no bound: for paths with ``*`` or ``+``, shapes that refer to themselves, and
    closed shapes of values.
    """
    return _Reader(shapes).read(targeted)


def read_around(store: ox.Store, nodes: Collection[Term], reach: Iterable[Step]) -> Iterator[Triple]:
    """Yield what the default graph of ``store`` says of ``nodes``, and as much of others as shapes with ``reach`` ask.

    Of the others that is their classes and the values along the steps; how classes specialise each other is left out.
    """
    frontier: set[Term] = set(nodes)
    for distance, step in enumerate((*reach, Step(frozenset(), frozenset()))):
        found: set[Term] = set()
        properties = (RDF("type"), *step.forward) if distance else (None,)
        for node in frontier:
            for quad in _values_of(store, node, properties):
                yield quad.triple
                if quad.predicate in step.forward:
                    found.add(quad.object)
            for property_ in step.inverse:
                for quad in store.quads_for_pattern(None, property_, node, DefaultGraph()):
                    yield quad.triple
                    found.add(quad.subject)
        frontier = found


def _values_of(store: ox.Store, node: Term, properties: Iterable[NamedNode | None]) -> Iterator[Quad]:
    """Yield the quads about ``node`` with each of ``properties`` (``None``: all); about a literal there are none."""
    if isinstance(node, NamedNode | BlankNode):
        for property_ in properties:
            yield from store.quads_for_pattern(node, property_, None, DefaultGraph())


def read_subclasses(store: ox.Store) -> list[Triple]:
    """Return how the classes in the default graph of ``store`` specialise each other."""
    return [quad.triple for quad in store.quads_for_pattern(None, RDFS("subClassOf"), None, DefaultGraph())]


class _Reader:
    """Reads the steps of one shapes graph."""

    def __init__(self, shapes: ox.Dataset) -> None:
        self.shapes = shapes
        self.forward: defaultdict[int, set[NamedNode]] = defaultdict(set)
        self.inverse: defaultdict[int, set[NamedNode]] = defaultdict(set)
        self.open: list[Term] = []

    def read(self, targeted: Iterable[Term]) -> tuple[Step, ...]:
        for shape in targeted:
            if self.values(shape, "qualifiedValueShapesDisjoint"):
                raise ShapesError(f"{shape} has a target and looks at its siblings", hint=HINT)
            self.read_shape(shape, frozenset({0}))
        count = max([*self.forward, *self.inverse], default=-1) + 1
        return tuple(Step(frozenset(self.forward[n]), frozenset(self.inverse[n])) for n in range(count))

    def read_shape(self, shape: Term, distances: frozenset[int]) -> None:
        if shape in self.open:
            raise ShapesError(f"the shape {shape} refers to itself", hint=HINT)
        if max(distances) and any(str(value).startswith(('"true"', '"1"')) for value in self.values(shape, "closed")):
            raise ShapesError(f"{shape} is closed and for values", hint=HINT)
        self.open.append(shape)
        for name in _PAIRS:
            for value in self.values(shape, name):
                self.enter(self.forward, value, distances)
        after = distances
        for path in self.values(shape, "path"):
            after = self.read_path(path, distances, against=False)
        for nested in self.read_nested(shape):
            self.read_shape(nested, after)
        self.open.pop()

    def read_nested(self, shape: Term) -> Iterator[Term]:
        for name in _NESTED:
            yield from self.values(shape, name)
        for name in _LISTS:
            for head in self.values(shape, name):
                yield from self.read_list(head)

    def read_path(self, path: Term, distances: frozenset[int], *, against: bool) -> frozenset[int]:
        """Enter the properties of ``path`` where it begins at ``distances``; return the distances where it ends."""
        if isinstance(path, NamedNode) and path != RDF("nil"):
            self.enter(self.inverse if against else self.forward, path, distances)
            return frozenset(distance + 1 for distance in distances)
        for name in ("zeroOrMorePath", "oneOrMorePath"):
            if self.values(path, name):
                raise ShapesError("a path has no bound: it has * or +", hint=HINT)
        for inner in self.values(path, "inversePath"):
            return self.read_path(inner, distances, against=not against)
        for inner in self.values(path, "zeroOrOnePath"):
            return distances | self.read_path(inner, distances, against=against)
        for inner in self.values(path, "alternativePath"):
            parts = self.read_list(inner)
            return frozenset().union(*(self.read_path(part, distances, against=against) for part in parts))
        for part in reversed(self.read_list(path)) if against else self.read_list(path):
            distances = self.read_path(part, distances, against=against)
        return distances

    def enter(self, steps: defaultdict[int, set[NamedNode]], property_: Term, distances: Iterable[int]) -> None:
        if isinstance(property_, NamedNode):
            for distance in distances:
                steps[distance].add(property_)

    def read_list(self, head: Term) -> list[Term]:
        items: list[Term] = []
        while head != RDF("nil") and isinstance(head, NamedNode | BlankNode):
            quads = {quad.predicate: quad.object for quad in self.shapes.quads_for_subject(head)}
            if RDF("first") not in quads or len(items) > len(self.shapes):
                raise ShapesError(f"{head} is no list", hint=HINT)
            items.append(quads[RDF("first")])
            head = quads.get(RDF("rest"), RDF("nil"))
        return items

    def values(self, shape: Term, name: str) -> Sequence[Term]:
        return values_of(self.shapes, shape, name)
