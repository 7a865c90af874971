"""Focus nodes (https://www.w3.org/TR/shacl/#targets) found outside an engine, which is then told just these.

A shape's own targets are replaced by one: the objects of a property of its own, its mark.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from g7kg.rdf.terms import from_term
from g7kg.rdf.vocab import OWL, RDF, RDFS, SH, Term
from g7kg.shacl.constraints import is_deactivated
from g7kg.shacl.targets import select_nodes

Subject = NamedNode | BlankNode | Triple

_OWN: Final = "urn:x-g7kg:mark:"
_TARGETS: Final = frozenset(map(SH, ("target", "targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf")))


@dataclass(frozen=True)
class Marking:
    """Shapes with marks for targets: ``marks`` by shape; in ``classes`` the shapes that target instances, by class."""

    shapes: tuple[Triple, ...]
    marks: Mapping[Subject, NamedNode]
    classes: Mapping[Term, frozenset[Subject]]

    def mark_instances(self, triples: Collection[Triple], owned: Collection[Term]) -> Iterator[Triple]:
        """Yield the marks of those of ``owned`` that are instances, as ``triples`` say, of a class that is targeted."""
        general = _find_general(triples)
        for triple in triples:
            if triple.predicate == RDF("type") and triple.subject in owned:
                for class_ in general.get(triple.object, {triple.object}):
                    for shape in self.classes.get(class_, ()):
                        yield self.mark(shape, triple.subject)

    def mark(self, shape: Subject, node: Term) -> Triple:
        """Return what makes ``node`` a focus node of ``shape``."""
        return Triple(self.marks[shape], self.marks[shape], node)


def mark_shapes(shapes: ox.Dataset) -> Marking:
    """Return ``shapes`` with a mark in place of each shape's targets, the class that it is itself included."""
    classes: defaultdict[Term, set[Subject]] = defaultdict(set)
    for quad in shapes.quads_for_predicate(SH("targetClass")):
        classes[quad.object].add(quad.subject)
    implicit = {quad for quad in shapes if _is_implicit_target(shapes, quad)}
    for quad in implicit:
        classes[quad.subject].add(quad.subject)
    targeted = {quad.subject for quad in shapes if quad.predicate in _TARGETS} | {quad.subject for quad in implicit}
    marks = {shape: NamedNode(f"{_OWN}{n}") for n, shape in enumerate(sorted(targeted, key=str))}
    kept = [quad.triple for quad in shapes if quad.predicate not in _TARGETS and quad not in implicit]
    marked = [Triple(shape, SH("targetObjectsOf"), mark) for shape, mark in marks.items()]
    return Marking((*kept, *marked), marks, {key: frozenset(value) for key, value in classes.items()})


def find_focus_nodes(
    shapes: ox.Dataset, data: Collection[Triple], selected: Iterable[tuple[Subject, Term]] = ()
) -> dict[str, frozenset[str]]:
    """Return the nodes of ``data`` that each shape which is not deactivated targets, as findings name both.

    ``selected`` are nodes of SPARQL targets, which are not evaluated here, and any others that are known.
    """
    found: defaultdict[Term, set[Term]] = defaultdict(set)
    stated = [(shape, *target) for shape, targets in list_targets(shapes).items() for target in targets]
    targeting = {kind: defaultdict[Term, set[Subject]](set) for kind in _TARGETS}
    for shape, kind, value in stated:
        targeting[kind][value].add(shape)
    for shape, node in (*selected, *((shape, node) for shape, kind, node in stated if kind == SH("targetNode"))):
        found[shape].add(node)
    subjects, objects, classes = (targeting[SH(f"target{name}")] for name in ("SubjectsOf", "ObjectsOf", "Class"))
    general = _find_general(data)
    for triple in data:
        for shape in subjects.get(triple.predicate, ()):
            found[shape].add(triple.subject)
        for shape in objects.get(triple.predicate, ()):
            found[shape].add(triple.object)
        if triple.predicate == RDF("type"):
            for class_ in general.get(triple.object, {triple.object}) & classes.keys():
                for shape in classes[class_]:
                    found[shape].add(triple.subject)
    return {
        from_term(shape): frozenset(map(from_term, found[shape]))
        for shape in found
        if not is_deactivated(shapes, shape)
    }


def list_targets(shapes: ox.Dataset) -> dict[Subject, list[tuple[NamedNode, Term]]]:
    """Return property and value of the targets of each shape that is not deactivated, the class that it is included."""
    found: defaultdict[Subject, list[tuple[NamedNode, Term]]] = defaultdict(list)
    for quad in shapes:
        implicit = _is_implicit_target(shapes, quad)
        if (implicit or quad.predicate in _TARGETS) and not is_deactivated(shapes, quad.subject):
            target = (SH("targetClass"), quad.subject) if implicit else (quad.predicate, quad.object)
            found[quad.subject].append(target)
    return found


def list_selections(shapes: ox.Dataset) -> list[Quad]:
    """Return the targets of ``shapes`` that are no classes, in a stable order."""
    names = _TARGETS - {SH("targetClass")}
    return sorted((quad for quad in shapes if quad.predicate in names), key=str)


def select_focus_nodes(store: ox.Store, shapes: ox.Dataset, target: Quad) -> set[Term]:
    """Return the nodes in the default graph of ``store`` that ``target``, one of ``list_selections``, selects."""
    if target.predicate == SH("targetNode"):
        return {target.object}
    if target.predicate == SH("target"):
        return set(select_nodes(store, shapes, target))
    property_ = target.object if isinstance(target.object, NamedNode) else None
    quads = store.quads_for_pattern(None, property_, None, DefaultGraph())
    if target.predicate == SH("targetSubjectsOf"):
        return {quad.subject for quad in quads}
    return {quad.object for quad in quads}


def _is_implicit_target(shapes: ox.Dataset, quad: Quad) -> bool:
    """Whether ``quad`` makes a class of a shape, which targets its instances then."""
    if quad.predicate != RDF("type") or quad.object not in {RDFS("Class"), OWL("Class")}:
        return False
    said = ((one.predicate, one.object) for one in shapes.quads_for_subject(quad.subject))
    return any(SH.iri in str(predicate) or SH.iri in str(value) for predicate, value in said)


def _find_general(triples: Iterable[Triple]) -> dict[Term, set[Term]]:
    above: defaultdict[Term, set[Term]] = defaultdict(set)
    for triple in triples:
        if triple.predicate == RDFS("subClassOf"):
            above[triple.subject].add(triple.object)
    found: dict[Term, set[Term]] = {}
    for class_ in list(above):
        reached, waiting = {class_}, [class_]
        while waiting:
            new = above.get(waiting.pop(), set()) - reached
            reached |= new
            waiting += new
        found[class_] = reached
    return found
