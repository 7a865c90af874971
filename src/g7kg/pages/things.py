"""The profile of a thing that documents speak of: organisations, people, places, meetings, outputs, topics."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

from pyoxigraph import NamedNode

from g7kg.dataset.dataset import Dataset, Row, Selection
from g7kg.dataset.description import Description, Values
from g7kg.pages.named import name_place
from g7kg.pages.rendering import Page
from g7kg.pages.sources import read_sources
from g7kg.pages.terms import fold, read_order, read_terms
from g7kg.rdf.vocab import G7, SKOS

_SELECTIONS: Final = (
    "short-forms-of-a-thing",
    "roles-of-a-thing",
    "participants-of-a-meeting",
    "relations-of-a-thing",
    "undertakings-of-a-thing",
    "documents-of-a-speaker",
    "documents-on-a-thing",
    "neighbours-of-a-thing",
)

STATEMENTS: Final = 100
"""How many statements a profile lists."""

NEIGHBOURS: Final = 6
"""How many neighbours of a kind a profile lists."""


async def show_thing(dataset: Dataset, description: Description) -> Page:
    """Return the profile of the thing that is described; a section without rows is left out."""
    variables = {"participants-of-a-meeting": "meeting", "documents-of-a-speaker": "speaker"}
    asked = (dataset.select(name, **{variables.get(name, "thing"): description.iri}) for name in _SELECTIONS)
    selections = dict(zip(_SELECTIONS, await asyncio.gather(*asked), strict=True))
    chosen = await _choose_statements(dataset, description.iri, selections["documents-on-a-thing"].rows)
    statements = list(dict.fromkeys(NamedNode(row["statement"]) for row in chosen.rows))
    told = await dataset.select_each("words-of-statements", {"statement": statements[:STATEMENTS]})
    selections |= {"statements": chosen, "words": told}
    dated = await dataset.select("documents-in-numbers")
    sources = read_sources(dated.rows)
    rows = {name: selection.rows for name, selection in selections.items()}
    said = list({row["statement"]: row for row in reversed(told.rows)}.values())[::-1]
    relations = read_terms("inverse")
    values: dict[str, Any] = {
        "classes": _name_classes(description),
        "definition": description.values(SKOS("definition")),
        "aliases": description.values(SKOS("altLabel")),
        "matches": [term for property_ in read_order("matches") for term in description.values(property_)],
        "facts": _choose_facts(description),
        "forms": rows["short-forms-of-a-thing"],
        "relations": _group(rows["relations-of-a-thing"], lambda row: relations[NamedNode(row["property"])]),
        "roles": rows["roles-of-a-thing"],
        "participants": rows["participants-of-a-meeting"],
        "undertakings": _arrange_undertakings(rows["undertakings-of-a-thing"]),
        "spoken": rows["documents-of-a-speaker"],
        "documents": sorted(rows["documents-on-a-thing"], key=lambda row: sources[row["document"]].sort_key),
        "sources": sources,
        "place": name_place,
        "statements": _group(said, lambda row: row["document"]),
        "cut": chosen if len(statements) > STATEMENTS else None,
        "shown": STATEMENTS,
        "neighbours": group_neighbours(rows["neighbours-of-a-thing"]),
    }
    return Page("profile.html", values, tuple(selection for selection in selections.values() if selection.rows))


async def _choose_statements(dataset: Dataset, thing: NamedNode, documents: Sequence[Row]) -> Selection:
    """Return the first statements on ``thing``, one more than are listed, as a selection that is about all of them.

    ``documents`` are those that speak of it, in their order, each with how many statements do: no others than the first
    need be looked at.
    """
    name, counts = "statements-on-a-thing", [int(row["statements"]) for row in documents]
    needed = sum(before <= STATEMENTS for before in (0, *accumulate(counts[:-1])))
    first = [NamedNode(row["document"]) for row in documents[:needed]]
    if len(first) == len(documents):
        return await dataset.select(name, thing=thing)
    found = await dataset.select_each(name, {"thing": [thing], "document": first})
    return Selection(dataset.library.selections[name], {"thing": thing}, found.rows)


def _name_classes(description: Description) -> list[str]:
    """Return what the thing is, in words; documents that are instruments are called just that."""
    called = read_terms("classes")
    classes = sorted(description.types - {G7("Document"), G7("Part")}, key=lambda class_: class_.value)
    return [called.get(class_) or description.labels.get(class_) or class_.value for class_ in classes]


def _choose_facts(description: Description) -> Values:
    folded = fold(description.outgoing)
    told = [(property_, values) for property_, values in folded.items() if property_ not in read_order("elsewhere")]
    return dict(sorted(told, key=lambda fact: fact[0] != G7("dateStated")))


def _arrange_undertakings(rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    headings = {relation.value: heading for relation, heading in read_terms("undertakings").items()}
    order = list(headings)
    first: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: order.index(row["relation"])):
        first.setdefault(row["undertaking"], row)
    return _group(first.values(), lambda row: headings[row["relation"]])


def _group(rows: Iterable[Row], key: Callable[[Row], str]) -> Mapping[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def group_neighbours(rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    """Return the nearest neighbours of each kind, in the order of the kinds and of ``rows``, each neighbour once."""
    kinds = read_terms("kinds")
    groups = _group({row["neighbour"]: row for row in rows}.values(), lambda row: kinds[NamedNode(row["class"])])
    return {kind: groups[kind][:NEIGHBOURS] for kind in dict.fromkeys(kinds.values()) if kind in groups}
