"""The pages of the parts of a document, and of its statements."""

from __future__ import annotations

import asyncio
from typing import Final

from pyoxigraph import NamedNode

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.description import Description, Values
from g7kg.pages.citations import Citation, make_citation
from g7kg.pages.contents import Contents, Part, flatten, read_contents
from g7kg.pages.facts import fold
from g7kg.pages.glossary import PLAIN
from g7kg.pages.named import name_part
from g7kg.pages.naming import find_sources
from g7kg.pages.rendering import Page
from g7kg.rdf.vocab import G7, shorten_iri

_FACTS: Final = tuple(
    map(
        G7,
        (
            "strength",
            "reason",
            "hedge",
            "speaker",
            "addressee",
            "debtor",
            "supportedBy",
            "recipient",
            "beneficiary",
            "proposedBy",
            "expresses",
            "restates",
            "followUpOf",
            "outcome",
            "due",
            "dueStated",
            "topic",
            "about",
            "mentions",
            "recalls",
            "buildsOn",
            "refersTo",
            "elaboratedIn",
            "count",
            "counted",
        ),
    )
)
"""The properties of a statement that its page tells, in order."""


async def show_part(dataset: Dataset, description: Description) -> Page:
    """Return the page of the part that is described: its words, its statements, and what is before and after it."""
    contents = await _read_document(dataset, description)
    part = contents.find(description.iri.value)
    if part is None:
        return Page("resource.html", {}, ())
    before, after = contents.beside(part)
    title = _name_document(description)
    values = {
        "citation": await _cite(dataset, description, part, f"{part.name} of {title}"),
        "part": part,
        "parts": contents.within(part),
        "above": contents.above(part),
        "document": part.row["document"],
        "title": title,
        "before": before,
        "after": after,
    }
    return Page("part.html", values, contents.selections)


async def show_statement(dataset: Dataset, description: Description) -> Page:
    """Return the page of the statement that is described: its words, what it links to, and what it is evidence of."""
    contents, evidence, glossary = await asyncio.gather(
        _read_document(dataset, description),
        dataset.select("evidence-of-a-statement", statement=description.iri),
        dataset.select("glossary"),
    )
    told = [(part, statement) for part in contents.parts for statement in flatten(part.statements)]
    iris = [statement.row["statement"] for _, statement in told]
    if description.iri.value not in iris:
        return Page("resource.html", {}, ())
    place = iris.index(description.iri.value)
    part, statement = told[place]
    values = {
        "citation": await _cite(dataset, description, part, description.title),
        "part": part,
        "statement": statement,
        "above": (*contents.above(part), part),
        "document": part.row["document"],
        "title": _name_document(description),
        "facts": _choose_facts(description),
        "glossed": ("strength", *PLAIN),
        "meanings": {row["label"]: row["definition"] for row in glossary.rows if row["group"] == "strength"},
        "before": told[place - 1][1] if place else None,
        "after": told[place + 1][1] if place + 1 < len(told) else None,
        "evidence": evidence.rows,
    }
    return Page("statement.html", values, (*contents.selections, evidence, glossary))


async def _cite(dataset: Dataset, description: Description, part: Part, title: str) -> Citation:
    """Return the citation of ``part``, or of a statement in it, with its place in the document and the day of that."""
    document, iri = part.row["document"], description.iri.value
    source = (await find_sources(dataset, [document])).get(document)
    day = source.day.isoformat() if source and source.day else ""
    place = name_part(part.slug)
    told = ", ".join(filter(None, [_name_document(description), day, place if place != part.slug else part.name]))
    return make_citation(
        dataset, iri, title, f"{title.rstrip('.')}. {told}" if title == description.title else told, told, day
    )


def _name_document(description: Description) -> str:
    document = description.values(G7("inDocument"))[0]
    return description.labels.get(document) or shorten_iri(str(document).strip("<>"))


def _choose_facts(description: Description) -> Values:
    """Return what the statement says of itself, each thing once, in the order of ``_FACTS``."""
    told = fold(description.outgoing)
    return {property_: told[property_] for property_ in _FACTS if property_ in told}


async def _read_document(dataset: Dataset, description: Description) -> Contents:
    documents = [term for term in description.values(G7("inDocument")) if isinstance(term, NamedNode)]
    return await read_contents(dataset, documents[0]) if documents else Contents((), ())
