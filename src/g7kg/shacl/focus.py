"""Focus nodes (https://www.w3.org/TR/shacl/#targets) found outside an engine, which is then told just these.

A shape's own targets are replaced by one: the objects of a property of its own, its mark.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from g7kg.rdf.terms import from_term
from g7kg.rdf.vocab import OWL, RDF, RDFS, SH, Term
from g7kg.shacl.constraints import is_deactivated
from g7kg.shacl.report import Engine, Finding
from g7kg.shacl.targets import select_nodes, select_targets

Subject = NamedNode | BlankNode | Triple

Found = tuple[tuple[Finding, ...], dict[str, frozenset[str]]]
"""Findings, and the nodes that were checked by each shape with targets, as findings name both."""

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


def mark_shapes(stated: Iterable[Triple]) -> Marking:
    """Return the shapes ``stated``, in their order, with a mark in place of each one's targets, the class included."""
    triples = tuple(stated)
    shapes = ox.Dataset(Quad(*triple) for triple in triples)
    targets = list_targets(shapes)
    classes: defaultdict[Term, set[Subject]] = defaultdict(set)
    for target in targets:
        if target.predicate == SH("targetClass"):
            classes[target.object].add(target.subject)
    targeted = sorted({target.subject for target in targets}, key=str)
    marks = {shape: NamedNode(f"{_OWN}{n}") for n, shape in enumerate(targeted)}
    kept = [one for one in triples if one.predicate not in _TARGETS and not _is_implicit_target(shapes, Quad(*one))]
    marked = [Triple(shape, SH("targetObjectsOf"), mark) for shape, mark in marks.items()]
    return Marking((*kept, *marked), marks, {key: frozenset(value) for key, value in classes.items()})


def find_at_targets(
    stated: Sequence[Triple], data: Collection[Triple], load_engine: Callable[[Iterable[Triple]], Engine]
) -> Found:
    """Return what an engine finds at the nodes of ``data`` that the shapes ``stated`` target, and these nodes.

    Raises ``ShapesError`` as ``select_targets`` does.
    """
    marking, shapes = mark_shapes(stated), ox.Dataset(Quad(*triple) for triple in stated)
    selected = select_targets(shapes, data).items()
    pairs = ((shape, node) for shape, nodes in selected if shape in marking.marks for node in nodes)
    found = find_focus_nodes(shapes, data, pairs)
    marks = [marking.mark(shape, node) for shape, nodes in found.items() for node in nodes]
    return load_engine(marking.shapes)((*data, *marks)), name_nodes(found)


def find_focus_nodes(
    shapes: ox.Dataset, data: Collection[Triple], selected: Iterable[tuple[Subject, Term]] = ()
) -> dict[Subject, set[Term]]:
    """Return the nodes of ``data`` that each shape which is not deactivated targets.

    ``selected`` are nodes of SPARQL targets, which are not evaluated here, and any others that are known.
    """
    found: defaultdict[Subject, set[Term]] = defaultdict(set)
    targeting = {kind: defaultdict[Term, set[Subject]](set) for kind in _TARGETS}
    targets = list_targets(shapes)
    for target in targets:
        targeting[target.predicate][target.object].add(target.subject)
    named = ((target.subject, target.object) for target in targets if target.predicate == SH("targetNode"))
    for shape, node in (*selected, *named):
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
    return found


def name_nodes(found: Mapping[Subject, Iterable[Term]]) -> dict[str, frozenset[str]]:
    """Return shapes and nodes as findings name them."""
    return {from_term(shape): frozenset(map(from_term, nodes)) for shape, nodes in found.items()}


def list_targets(shapes: ox.Dataset) -> list[Quad]:
    """Return the targets of shapes that are not deactivated, the class that one is itself included, in order."""
    stated = [quad for quad in shapes if quad.predicate in _TARGETS]
    classes = (quad.subject for quad in shapes if _is_implicit_target(shapes, quad))
    found = {*stated, *(Quad(class_, SH("targetClass"), class_) for class_ in classes)}
    return sorted((quad for quad in found if not is_deactivated(shapes, quad.subject)), key=str)


def list_selections(shapes: ox.Dataset) -> list[Quad]:
    """Return those of ``list_targets`` that are no classes."""
    return [target for target in list_targets(shapes) if target.predicate != SH("targetClass")]


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
