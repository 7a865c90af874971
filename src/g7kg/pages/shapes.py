"""The documentation of the shapes: requirements in groups, read from the graph of the shapes."""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import dedent
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from g7kg.dataset.dataset import Dataset, Row, Selection
from g7kg.dataset.description import Description, to_quad
from g7kg.pages.named import rank
from g7kg.pages.rendering import Page
from g7kg.rdf.paths import path_from_triples, read_list, values_of, write_path
from g7kg.rdf.terms import Term
from g7kg.rdf.vocab import G7, OWL, RDF, SH, graph_iri, shorten_iri
from g7kg.shacl import Shape
from g7kg.shacl.constraints import read_shapes

_TELLING: Final = {"name", "message", "severity", "path", "property", "target", "targetClass", "deactivated"}
"""What a shape says that is not a parameter of a constraint."""

_FIRST: Final = ("class", "datatype", "nodeKind", "minCount", "maxCount")
"""Parameters that people look for first."""

_NUMBER: Final = re.compile(r"-\d+$")
_TERM: Final = re.compile(r"\bg7:(\w+)")


@dataclass(frozen=True)
class Requirement:
    """A shape that constrains something: what it says of itself, the path it looks along, the parameters it sets.

    ``classes`` are those whose instances it looks at; ``query`` is the SPARQL that finds the offenders, if one does;
    ``terms`` are IRIs of the ontology's terms that it names, but for those that a closed shape lets pass.
    """

    shape: Shape
    path: str
    parameters: tuple[tuple[str, str], ...]
    classes: tuple[str, ...]
    query: str | None
    terms: frozenset[str]

    @property
    def sentence(self) -> str:
        """What is required, without number and repair, as a sentence."""
        _, colon, text = self.shape.requirement.partition("): ")
        text = text if colon else self.shape.requirement
        return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class ShapeGroup:
    """Requirements whose IRIs differ in their number only, below ``iri``; ``name`` is what they are about."""

    iri: str
    name: str
    classes: tuple[str, ...]
    requirements: tuple[Requirement, ...]

    @property
    def anchor(self) -> str:
        """The fragment of its IRI."""
        return self.iri.rpartition("#")[2]

    @property
    def prefix(self) -> str:
        """What the numbers of its requirements begin with: “ST” of “ST-04”."""
        return self.requirements[0].shape.id.rpartition("-")[0]


def group_requirements(quads: Iterable[Quad]) -> tuple[ShapeGroup, ...]:
    """Return the requirements of a shapes graph, grouped, in the order of their IRIs.

    Links to a blank node that has several are passed over: in a sound graph it has one, and they may go in a circle.
    """
    read = set(quads)
    links: Counter[object] = Counter(quad.object for quad in read if isinstance(quad.object, BlankNode))
    stated = [quad for quad in read if links[quad.object] <= 1]
    graph = _Graph(ox.Dataset(stated))
    groups: dict[str, list[Requirement]] = defaultdict(list)
    for shape in read_shapes(stated):
        groups[_NUMBER.sub("", shape.iri)].append(graph.read_requirement(shape))
    return tuple(graph.read_group(iri, requirements) for iri, requirements in sorted(groups.items()))


@dataclass(frozen=True)
class _Graph:
    quads: ox.Dataset

    def read_requirement(self, shape: Shape) -> Requirement:
        node = NamedNode(shape.iri)
        owners = [q.subject for q in self.quads.quads_for_object(node) if q.predicate == SH("property")]
        queries = [value for target in self.values(node, "target") for value in self.values(target, "select")]
        query = next((dedent(value.value).strip() for value in queries if isinstance(value, Literal)), None)
        targets = (value for owner in (node, *owners) for value in self.values(owner, "targetClass"))
        return Requirement(
            shape,
            next((self.show_path(path) for path in self.values(node, "path")), ""),
            tuple(sorted(self.read_parameters(node), key=lambda parameter: rank(parameter[0], _FIRST)[0])),
            tuple(sorted({value.value for value in targets if isinstance(value, NamedNode)})),
            query,
            frozenset(self.find_terms(node)),
        )

    def read_group(self, iri: str, requirements: list[Requirement]) -> ShapeGroup:
        names = [value.value for value in self.values(NamedNode(iri), "name") if isinstance(value, Literal)]
        about = requirements[0].shape.requirement.partition("(")[2].partition(")")[0]
        classes = sorted({class_ for requirement in requirements for class_ in requirement.classes})
        return ShapeGroup(iri, next(iter(names), about) or shorten_iri(iri), tuple(classes), tuple(requirements))

    def read_parameters(self, node: NamedNode | BlankNode) -> Iterator[tuple[str, str]]:
        """Yield the parameters at ``node`` by name, each with its value in words."""
        about = self.quads.quads_for_subject(node)
        found = (quad for quad in about if quad.predicate.value.startswith(SH("").value))
        for quad in sorted(found, key=lambda quad: (quad.predicate.value, str(quad.object))):
            name = quad.predicate.value.removeprefix(SH("").value)
            if name not in _TELLING and isinstance(quad.object, NamedNode | BlankNode | Literal):
                yield name, self.show(quad.object)

    def show(self, node: Term) -> str:
        """Return ``node`` in words: a list by its items, an anonymous shape by its path and parameters."""
        if isinstance(node, Literal):
            return node.value
        if isinstance(node, NamedNode) and node != RDF("nil"):
            return shorten_iri(node.value)
        items = read_list(self.quads, node)
        if items or node == RDF("nil"):
            return ", ".join(map(self.show, items))
        inner = [self.show(value) for value in self.values(node, "property")]
        paths = [self.show_path(path) for path in self.values(node, "path")]
        parameters = [f"{name} {value}" for name, value in self.read_parameters(node)]
        return " ".join(inner) if inner else f"({' '.join([*paths, *parameters])})"

    def show_path(self, node: Term) -> str:
        return write_path(path_from_triples(self.quads, node), shorten_iri)

    def find_terms(self, node: NamedNode | BlankNode) -> Iterator[str]:
        """Yield the ontology's terms that ``node`` and what lies below it name."""
        for quad in self.quads.quads_for_subject(node):
            value = quad.object
            if quad.predicate in {SH("ignoredProperties"), SH("property")} and isinstance(node, NamedNode):
                continue
            if isinstance(value, BlankNode):
                yield from self.find_terms(value)
            elif isinstance(value, NamedNode) and value.value.startswith(G7.iri):
                yield value.value
            elif isinstance(value, Literal) and quad.predicate == SH("select"):
                yield from (G7.iri + name for name in _TERM.findall(value.value))

    def values(self, node: Term | Triple, name: str) -> list[Term]:
        return sorted(values_of(self.quads, node, name), key=str)


async def select_requirements(dataset: Dataset) -> tuple[tuple[ShapeGroup, ...], Selection]:
    """Return the requirements of the served shapes, grouped, and the selection that they are read from."""
    name, bindings = "graph-of-the-shapes", {"graph": graph_iri("shapes")}
    solutions, query = await dataset.solutions(name, **bindings), dataset.library.selections[name]
    return await asyncio.to_thread(group_requirements, map(to_quad, solutions)), Selection(query, bindings, ())


async def show_shapes(dataset: Dataset, description: Description) -> Page:
    """Return the page of the shapes: each requirement with what it looks at and what it sets."""
    (groups, source), focus = await asyncio.gather(
        select_requirements(dataset), dataset.select("focus-nodes-of-shapes", shapes=graph_iri("shapes"))
    )
    severities = Counter(one.shape.severity for group in groups for one in group.requirements)
    values = {
        "groups": groups,
        "severities": sorted(severities.items(), reverse=True),
        "focus": count_focus(groups, focus.rows),
        "versions": description.values(OWL("versionIRI")),
    }
    return Page("shapes.html", values, (source, focus))


def count_focus(groups: tuple[ShapeGroup, ...], rows: Iterable[Row]) -> dict[str, int]:
    """Return the number of focus nodes of each group, by its IRI: that of the requirement that looks at most."""
    nodes = {row["shape"]: int(row["nodes"]) for row in rows}
    return {
        group.iri: max(nodes.get(iri, 0) for iri in (group.iri, *(one.shape.iri for one in group.requirements)))
        for group in groups
    }
