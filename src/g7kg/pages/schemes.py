"""The page of a concept scheme: its concepts below one another, with their use in the graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.description import Description
from g7kg.pages.drawing.bars import Bar, stack_bars
from g7kg.pages.rendering import Page
from g7kg.rdf.vocab import G7, RDFS, SKOS

DEEPEST: Final = 20
"""Concepts that are deeper are shown beside those of this depth: lists within lists have to end."""


@dataclass(frozen=True)
class ConceptEntry:
    """A concept: its IRI, label and definition, the links to it as a bar, its usual strength, the concepts below it."""

    iri: str
    label: str
    definition: str
    uses: int
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

    levels: dict[int, list[ConceptEntry]] = defaultdict(list)
    for iri, depth in reversed(_order(said, members)):
        own = said[iri]
        label, strength = own.get(RDFS("label"), iri), own.get(G7("usualStrength"), "")
        definition, narrower = own.get(SKOS("definition"), ""), tuple(reversed(levels.pop(depth + 1, ())))
        levels[depth].append(ConceptEntry(iri, label, definition, uses.get(iri, 0), bars[iri], strength, narrower))
    return tuple(reversed(levels[0]))


def _order(said: Mapping[str, Mapping[NamedNode, str]], members: Iterable[str]) -> list[tuple[str, int]]:
    """Return ``members`` with their depths, each after its broader concept, by label; those in circles come last."""
    by_label = sorted(members, key=lambda iri: (said[iri].get(RDFS("label"), ""), iri))
    known, below = set(by_label), defaultdict(list)
    for iri in by_label:
        parent = said[iri].get(SKOS("broader"), "")
        below[parent if parent in known else ""].append(iri)
    depths: dict[str, int] = {}
    for beginnings in (below[""], by_label):
        waiting = [(iri, 0) for iri in reversed(beginnings)]
        while waiting:
            iri, depth = waiting.pop()
            if iri not in depths:
                depths[iri] = depth
                waiting += [(narrower, min(depth + 1, DEEPEST)) for narrower in reversed(below[iri])]
    return list(depths.items())
