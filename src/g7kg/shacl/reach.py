"""How far from a focus node shapes look: a part of a graph is validated with no more around it than they see."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from g7kg.errors import ShapesError
from g7kg.rdf.paths import PathOperator, PropertyPath, path_from_triples, read_list, values_of
from g7kg.rdf.vocab import RDF, RDFS, Term

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


def list_remote(reach: Sequence[Step]) -> set[str]:
    """Return the properties of whose triples shapes with ``reach`` look at others than those about a focus node."""
    remote = [
        *(step.inverse for step in reach),
        *(step.forward for step in reach[1:]),
        {RDF("type"), RDFS("subClassOf")},
    ]
    return {str(property_) for properties in remote for property_ in properties}


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
            try:
                self.read_shape(shape, frozenset({0}))
            except ValueError as error:
                raise ShapesError(str(error), hint=HINT) from error
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
            after = self.read_path(path_from_triples(self.shapes, path, strict=True), distances, against=False)
        for nested in self.read_nested(shape):
            self.read_shape(nested, after)
        self.open.pop()

    def read_nested(self, shape: Term) -> Iterator[Term]:
        for name in _NESTED:
            yield from self.values(shape, name)
        for name in _LISTS:
            for head in self.values(shape, name):
                yield from read_list(self.shapes, head, strict=True)

    def read_path(self, path: PropertyPath, distances: frozenset[int], *, against: bool) -> frozenset[int]:
        """Enter the properties of ``path`` where it begins at ``distances``; return the distances where it ends."""
        if isinstance(path, str):
            self.enter(self.inverse if against else self.forward, NamedNode(path), distances)
            return frozenset(distance + 1 for distance in distances)
        operator, parts = path.operator, path.parts
        if operator in {PathOperator.ZERO_OR_MORE, PathOperator.ONE_OR_MORE}:
            raise ShapesError("a path has no bound: it has * or +", hint=HINT)
        if operator is PathOperator.INVERSE:
            return self.read_path(parts[0], distances, against=not against)
        if operator is PathOperator.ZERO_OR_ONE:
            return distances | self.read_path(parts[0], distances, against=against)
        if operator is PathOperator.ALTERNATIVE:
            return frozenset().union(*(self.read_path(part, distances, against=against) for part in parts))
        for part in reversed(parts) if against else parts:
            distances = self.read_path(part, distances, against=against)
        return distances

    def enter(self, steps: defaultdict[int, set[NamedNode]], property_: Term, distances: Iterable[int]) -> None:
        if isinstance(property_, NamedNode):
            for distance in distances:
                steps[distance].add(property_)

    def values(self, shape: Term, name: str) -> Sequence[Term]:
        return values_of(self.shapes, shape, name)
