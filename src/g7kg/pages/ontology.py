"""The documentation of an ontology: its classes and properties, with their use in the graph and what holds them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from g7kg.dataset.dataset import Dataset, Row, Selection
from g7kg.dataset.description import Description
from g7kg.pages.drawing.bars import Bar, stack_bars
from g7kg.pages.rendering import Page
from g7kg.pages.shapes import Requirement, ShapeGroup, select_requirements, show_shapes
from g7kg.queries.catalogue import CatalogueQuery
from g7kg.rdf.vocab import BASE, G7, OA, OWL, RDF, RDFS, SKOS

DEEPEST: Final = 20
"""Concepts that are deeper are shown beside those of this depth: lists within lists have to end."""


@dataclass(frozen=True)
class ConceptEntry:
    """A concept: its IRI, label and definition, the links to it as a bar, its usual strength, the concepts below it."""

    iri: str
    label: str
    definition: str
    bar: Bar
    strength: str
    narrower: tuple[ConceptEntry, ...]

    @property
    def name(self) -> str:
        """The last segment of its IRI."""
        return self.iri.rpartition("/")[2]


async def show_scheme(dataset: Dataset, description: Description) -> Page:
    """Return the page of the scheme that is described."""
    uses = await dataset.select("uses-of-concepts", scheme=description.iri)
    concepts = arrange_concepts(description, {row["concept"]: int(row["uses"]) for row in uses.rows})
    values = {"concepts": concepts, "count": len(description.members), "uses": sum(int(r["uses"]) for r in uses.rows)}
    return Page("scheme.html", values, (uses,))


def arrange_concepts(description: Description, uses: Mapping[str, int]) -> tuple[ConceptEntry, ...]:
    """Return the top concepts of the scheme, by label, each with those below it."""
    said: dict[str, dict[NamedNode, str]] = defaultdict(dict)
    members = {member.value for member, _ in description.members}
    for quad in description.quads:
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
            said[quad.subject.value][quad.predicate] = quad.object.value
    rows = [(iri, [("uses", uses.get(iri, 0), None)]) for iri in sorted(members)]
    bars = {bar.label: bar for bar in stack_bars(rows).bars}

    by_label = sorted(members, key=lambda iri: (said[iri].get(RDFS("label"), ""), iri))
    depths = _descend({iri: said[iri].get(SKOS("broader"), "") for iri in by_label})
    levels: dict[int, list[ConceptEntry]] = defaultdict(list)
    for iri, true_depth in reversed(depths.items()):
        depth = min(true_depth, DEEPEST)
        own = said[iri]
        label, strength = own.get(RDFS("label"), iri), own.get(G7("usualStrength"), "")
        definition, narrower = own.get(SKOS("definition"), ""), tuple(reversed(levels.pop(depth + 1, ())))
        levels[depth].append(ConceptEntry(iri, label, definition, bars[iri], strength, narrower))
    return tuple(reversed(levels[0]))


def _descend(above: Mapping[str, str]) -> dict[str, int]:
    """Return the depths of the keys of ``above``, each after what is above it; those in circles come last."""
    below: dict[str, list[str]] = defaultdict(list)
    for one, parent in above.items():
        below[parent if parent in above else ""].append(one)
    depths: dict[str, int] = {}
    for beginnings in (below[""], above):
        waiting = [(one, 0) for one in reversed([*beginnings])]
        while waiting:
            one, depth = waiting.pop()
            if one not in depths:
                depths[one] = depth
                waiting += [(lower, depth + 1) for lower in reversed(below[one])]
    return depths


_RELATIONS: Final = {
    "Subclass of": RDFS("subClassOf"),
    "Subproperty of": RDFS("subPropertyOf"),
    "Of": RDFS("domain"),
    "Value": RDFS("range"),
    "Inverse of": OWL("inverseOf"),
    "See also": RDFS("seeAlso"),
}
"""The relations of a term to others that its entry shows, in their order."""

_VOCABULARIES: Final = (SKOS("").value, OWL("").value, OA("").value)
"""Namespaces of classes that tell how things are described, not what they are."""

_ALIGNMENTS: Final = ("Subclass of", "Subproperty of", "Close to")


@dataclass(frozen=True)
class TermEntry:
    """A term of the ontology: what is said of it, how often the graph uses it.

    ``relations`` are IRIs by the words for the relation; ``depth`` is that below a class without a superclass here;
    ``groups`` are the shapes whose target the class is, ``requirements`` those that name the term.
    """

    iri: str
    label: str
    definition: str
    example: str
    relations: Mapping[str, tuple[str, ...]]
    uses: int
    depth: int = 0
    groups: tuple[ShapeGroup, ...] = ()
    requirements: tuple[Requirement, ...] = ()

    @property
    def name(self) -> str:
        """The fragment of its IRI."""
        return self.iri.rpartition("#")[2]


async def show_ontology(dataset: Dataset, description: Description) -> Page:
    """Return the page of the ontology that is described; the shapes, which are an ontology too, have their own."""
    if description.iri.value == f"{BASE}shapes":
        return await show_shapes(dataset, description)
    (groups, shapes), uses, links, schemes = await asyncio.gather(
        select_requirements(dataset),
        dataset.select("uses-of-terms", ontology=description.iri),
        dataset.select("links-between-classes", ontology=description.iri),
        dataset.select("schemes"),
    )
    queries = dataset.library.selections
    terms = await asyncio.to_thread(_arrange_terms, description, uses.rows, links.rows, groups, queries)
    return Page("ontology.html", {**terms, "schemes": schemes.rows}, (uses, links, shapes, schemes))


def _arrange_terms(
    description: Description,
    uses: Sequence[Row],
    links: Sequence[Row],
    groups: Sequence[ShapeGroup],
    queries: Mapping[str, CatalogueQuery],
) -> dict[str, Any]:
    counts = {row["term"]: int(row["uses"]) for row in uses}
    classes = order_classes(read_terms(description, (OWL("Class"),), counts, groups))
    properties = read_terms(description, (OWL("ObjectProperty"), OWL("DatatypeProperty")), counts, groups)
    aligned = {
        iri for term in (*classes, *properties) for words in _ALIGNMENTS for iri in term.relations.get(words, ())
    }
    asked = (("class", "instances-of-a-class", classes), ("property", "triples-with-a-property", properties))
    return {
        "classes": classes,
        "properties": _group_by_domain(properties, classes),
        "individuals": read_terms(description, (OWL("NamedIndividual"),), counts, groups),
        "reused": sorted(iri for iri in aligned if not iri.startswith(description.iri.value)),
        "pairs": link_classes(links, find_main_classes(links, classes)),
        "queries": {
            term.iri: Selection(queries[name], {kind: NamedNode(term.iri)}, ()).text
            for kind, name, terms in asked
            for term in terms
        },
    }


def read_terms(
    description: Description, kinds: Sequence[NamedNode], uses: Mapping[str, int], groups: Sequence[ShapeGroup]
) -> list[TermEntry]:
    """Return the members of the ontology that are of one of ``kinds``, by label."""
    said: dict[str, dict[NamedNode, list[str]]] = defaultdict(lambda: defaultdict(list))
    for quad in description.quads:
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
            said[quad.subject.value][quad.predicate].append(quad.object.value)
    wanted = {kind.value for kind in kinds}
    terms = [
        _read_term(iri, values, uses.get(iri, 0), groups)
        for iri, values in said.items()
        if wanted & set(values[RDF("type")]) and description.iri.value in values[RDFS("isDefinedBy")]
    ]
    return sorted(terms, key=lambda term: (term.label, term.iri))


def _read_term(iri: str, values: Mapping[NamedNode, list[str]], uses: int, groups: Sequence[ShapeGroup]) -> TermEntry:
    def first(property_: NamedNode) -> str:
        return next(iter(values.get(property_, ())), "")

    return TermEntry(
        iri,
        first(RDFS("label")) or iri,
        first(SKOS("definition")),
        first(SKOS("example")),
        {words: tuple(sorted(values[property_])) for words, property_ in _RELATIONS.items() if property_ in values},
        uses,
        0,
        tuple(group for group in groups if iri in group.classes),
        tuple(one for group in groups for one in group.requirements if iri in one.terms),
    )


def order_classes(classes: Sequence[TermEntry]) -> list[TermEntry]:
    """Return ``classes`` with each one after its first superclass, and with its depth; those in circles come last."""
    known = {term.iri: term for term in classes}
    above = {
        iri: next((above for above in term.relations.get("Subclass of", ()) if above in known), "")
        for iri, term in known.items()
    }
    return [replace(known[iri], depth=depth) for iri, depth in _descend(above).items()]


def find_main_classes(rows: Sequence[Row], classes: Sequence[TermEntry]) -> set[str]:
    """Return the classes that links lead from or to, but for those of vocabularies and those below another of them."""
    linked = {row[end] for row in rows for end in ("from", "to") if not row[end].startswith(_VOCABULARIES)}
    return linked - {term.iri for term in classes if linked.intersection(term.relations.get("Subclass of", ()))}


def link_classes(rows: Iterable[Row], classes: set[str]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the properties that link one of ``classes`` to another, by this pair, the most used first.

    A property counts for the pair that it links most often.
    """
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    placed: set[str] = set()
    for row in rows:
        ends = (row["from"], row["to"])
        if row["property"] not in placed and classes.issuperset(ends) and ends[0] != ends[1]:
            placed.add(row["property"])
            pairs[ends].append(row["property"])
    return {ends: tuple(properties) for ends, properties in pairs.items()}


def _group_by_domain(
    properties: Sequence[TermEntry], classes: Sequence[TermEntry]
) -> list[tuple[str, list[TermEntry]]]:
    groups = []
    rest = list(properties)
    for class_ in classes:
        own = [term for term in properties if class_.iri in term.relations.get("Of", ())]
        rest = [term for term in rest if term not in own]
        if own:
            groups.append((class_.label, own))
    return [*groups, ("", rest)] if rest else groups
