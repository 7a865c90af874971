"""The profile of a thing that documents speak of: organisations, people, places, meetings, outputs, topics."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from pyoxigraph import NamedNode

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.description import Description, Values
from g7kg.dataset.selections import Row, Selection
from g7kg.pages.facts import fold
from g7kg.pages.named import name_place
from g7kg.pages.register import read_sources
from g7kg.pages.rendering import Page
from g7kg.rdf.vocab import DCTERMS, FOAF, G7, PREFIXES, RDF, RDFS, SCHEMA, SKOS, Namespace

ORG: Final = Namespace(PREFIXES["org"])

STATEMENTS: Final = 100
"""How many statements a profile lists."""

NEIGHBOURS: Final = 6
"""How many neighbours of a kind a profile lists."""

KINDS: Final[Mapping[str, str]] = {
    FOAF("Person").value: "who",
    ORG("Organization").value: "who",
    SCHEMA("Country").value: "who",
    G7("Deliverable").value: "what",
    G7("Initiative").value: "what",
    G7("Instrument").value: "what",
    G7("Event").value: "when and where",
    G7("Meeting").value: "when and where",
    G7("Presidency").value: "when and where",
    SCHEMA("Place").value: "when and where",
    SKOS("Concept").value: "topic",
}
"""The kind of neighbour that the things of a class are."""

CLASSES: Final[Mapping[NamedNode, str]] = {
    ORG("Organization"): "organisation",
    FOAF("Person"): "person",
    SCHEMA("Country"): "country",
    SCHEMA("Place"): "place",
    SKOS("Concept"): "concept",
}
"""What things of other vocabularies' classes are called."""

_INVERSE: Final[Mapping[NamedNode, str]] = {
    DCTERMS("isPartOf"): "Its parts",
    FOAF("primaryTopic"): "Described in",
    G7("annexOf"): "Its annexes",
    G7("collaboratesWith"): "Collaborates with",
    G7("constitutedAs"): "Presently the form of",
    G7("forum"): "Presidencies",
    G7("heldUnder"): "Held under it",
    G7("hostedBy"): "Hosts",
    G7("implements"): "Implemented by",
    G7("issuedBy"): "Issued",
    G7("presidingCountry"): "Presidencies",
    G7("reportOf"): "Reported on in",
    SCHEMA("containedInPlace"): "Places in it",
    SCHEMA("location"): "Took place there",
    SKOS("broader"): "Narrower",
}
"""What a relation is called from its other end."""

_UNDERTAKINGS: Final[Mapping[NamedNode, str]] = {
    G7("addressee"): "Asked of it",
    G7("debtor"): "For it to do",
    G7("supportedBy"): "Done with its help",
    G7("recipient"): "Reported or given to it",
    G7("beneficiary"): "To its benefit",
    G7("outcome"): "Meant to produce it",
    G7("adopted"): "In the documents that it adopted",
    G7("topic"): "On this topic",
    G7("status"): "With this status",
    G7("elaboratedIn"): "Set out in it",
    G7("mentions"): "In statements that mention it",
}
"""Under which heading an undertaking stands, by its relation to the thing; the first that fits counts."""

_MATCHES: Final = (SCHEMA("sameAs"), SKOS("exactMatch"), SKOS("closeMatch"))

_TOLD_ELSEWHERE: Final = frozenset(
    {
        G7("participation"),
        RDF("type"),
        RDFS("label"),
        SKOS("altLabel"),
        SKOS("definition"),
        SCHEMA("sameAs"),
        SKOS("closeMatch"),
        SKOS("exactMatch"),
        SKOS("prefLabel"),
        SKOS("topConceptOf"),
    }
)


async def show_thing(dataset: Dataset, description: Description) -> Page:
    """Return the profile of the thing that is described; a section without rows is left out."""
    selections = await _ask(dataset, description.iri)
    dated = await dataset.select("documents-in-numbers")
    sources = read_sources(dated.rows)
    rows = {name: selection.rows for name, selection in selections.items()}
    statements = list({row["statement"]: row for row in reversed(rows["statements-on-a-thing"])}.values())[::-1]
    values: dict[str, Any] = {
        "classes": _name_classes(description),
        "definition": description.values(SKOS("definition")),
        "aliases": description.values(SKOS("altLabel")),
        "matches": [term for property_ in _MATCHES for term in description.values(property_)],
        "facts": _choose_facts(description),
        "forms": rows["short-forms-of-a-thing"],
        "relations": _group(rows["relations-of-a-thing"], _name_relation),
        "roles": rows["roles-of-a-thing"],
        "participants": rows["participants-of-a-meeting"],
        "undertakings": _arrange_undertakings(rows["undertakings-of-a-thing"]),
        "spoken": rows["documents-of-a-speaker"],
        "documents": sorted(rows["documents-on-a-thing"], key=lambda row: sources[row["document"]].sort_key),
        "sources": sources,
        "place": name_place,
        "statements": _group(statements[:STATEMENTS], lambda row: row["document"]),
        "cut": selections["statements-on-a-thing"] if len(statements) > STATEMENTS else None,
        "shown": STATEMENTS,
        "neighbours": group_neighbours(rows["neighbours-of-a-thing"]),
    }
    return Page("profile.html", values, tuple(selection for selection in selections.values() if selection.rows))


async def _ask(dataset: Dataset, iri: NamedNode) -> Mapping[str, Selection]:
    """Return the selections of a profile by name."""
    variables = {
        "short-forms-of-a-thing": "thing",
        "roles-of-a-thing": "thing",
        "participants-of-a-meeting": "meeting",
        "relations-of-a-thing": "thing",
        "undertakings-of-a-thing": "thing",
        "documents-of-a-speaker": "speaker",
        "documents-on-a-thing": "thing",
        "statements-on-a-thing": "thing",
        "neighbours-of-a-thing": "thing",
    }
    answers = await asyncio.gather(*(dataset.select(name, **{variable: iri}) for name, variable in variables.items()))
    return dict(zip(variables, answers, strict=True))


def _name_classes(description: Description) -> list[str]:
    """Return what the thing is, in words; documents that are instruments are called just that."""
    classes = sorted(description.types - {G7("Document"), G7("Part")}, key=lambda class_: class_.value)
    return [CLASSES.get(class_) or description.labels.get(class_) or class_.value for class_ in classes]


def _choose_facts(description: Description) -> Values:
    """Return the properties that the profile has no other place for, each once, a stated date first."""
    folded = fold(description.outgoing)
    told = [(property_, values) for property_, values in folded.items() if property_ not in _TOLD_ELSEWHERE]
    return dict(sorted(told, key=lambda fact: fact[0] != G7("dateStated")))


def _name_relation(row: Row) -> str:
    return _INVERSE[NamedNode(row["property"])]


def _arrange_undertakings(rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    """Return each undertaking once, under the first heading that one of its relations calls for."""
    order = [relation.value for relation in _UNDERTAKINGS]
    first: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: order.index(row["relation"])):
        first.setdefault(row["undertaking"], row)
    return _group(first.values(), lambda row: _UNDERTAKINGS[NamedNode(row["relation"])])


def _group(rows: Iterable[Row], key: Callable[[Row], str]) -> Mapping[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def group_neighbours(rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    """Return the nearest neighbours of each kind, in the order of the kinds and of ``rows``, each neighbour once."""
    groups = _group({row["neighbour"]: row for row in rows}.values(), lambda row: KINDS[row["class"]])
    return {kind: groups[kind][:NEIGHBOURS] for kind in dict.fromkeys(KINDS.values()) if kind in groups}
