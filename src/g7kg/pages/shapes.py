"""The documentation of the shapes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping

from pyoxigraph import BlankNode, NamedNode, Quad

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.description import Description
from g7kg.dataset.selections import Row, Selection
from g7kg.pages.constraints import ShapeGroup, group_requirements
from g7kg.pages.rendering import Page
from g7kg.rdf.vocab import OWL, Term, graph_iri

_GRAPH = "graph-of-the-shapes"


async def select_requirements(dataset: Dataset) -> tuple[tuple[ShapeGroup, ...], Selection]:
    """Return the requirements of the served shapes, grouped, and the selection that they are read from."""
    bindings = {"graph": graph_iri("shapes")}
    solutions = await dataset.solutions(_GRAPH, **bindings)
    query = dataset.library.selections[_GRAPH]
    return await asyncio.to_thread(_group_solutions, solutions), Selection(query, bindings, ())


def _group_solutions(solutions: Iterable[Mapping[str, Term]]) -> tuple[ShapeGroup, ...]:
    return group_requirements(
        Quad(subject, property_, solution["value"])
        for solution in solutions
        if isinstance(subject := solution["subject"], NamedNode | BlankNode)
        and isinstance(property_ := solution["property"], NamedNode)
    )


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
