"""The pages of a document, of its parts, and of its statements."""

import asyncio
import re
from typing import Final

from g7kg.dataset.dataset import Dataset, Row
from g7kg.dataset.description import Description, Values
from g7kg.pages.citations import Citation, make_citation
from g7kg.pages.contents import Contents, Part, count_promises, flatten, read_contents
from g7kg.pages.drawing.bars import stack_bars
from g7kg.pages.glossary import plain
from g7kg.pages.named import Named, name_part
from g7kg.pages.naming import find_sources
from g7kg.pages.rendering import Page
from g7kg.pages.terms import fold, read_order, read_table
from g7kg.rdf.vocab import DCTERMS, G7, shorten_iri
from g7kg.texts.dates import read_day

_COUNT: Final = re.compile(r"[0-9]{1,9}")
"""A number of sentences; a graph that was loaded may say anything."""


async def show_document(dataset: Dataset, description: Description) -> Page:
    """Return the page of the document that is described."""
    contents, meetings, acts = await asyncio.gather(
        read_contents(dataset, description.iri),
        dataset.select("meetings-of-a-document", document=description.iri),
        dataset.select("speech-acts-of-a-document", document=description.iri),
    )
    issued = list(map(read_day, description.texts(DCTERMS("issued"))))
    day = next((day.isoformat() for day in issued if day), "")
    summary = ". ".join([description.title, *(row["label"] for row in meetings.rows if "label" in row)])
    values = {
        "citation": make_citation(dataset, description.iri.value, description.title, summary, day=day),
        "contents": contents,
        "meetings": meetings.rows,
        "issued": issued,
        "scope": _read_scope(description, contents),
        "sizes": [_read_size(description, name) for name in ("scopeSentenceCount", "sentenceCount")],
        "statements": len(contents.statements),
        "promises": count_promises(contents.statements),
        "chart": stack_bars([(_name(row), [("statements", int(row["statements"]), None)]) for row in acts.rows]),
        "classes": {_name(row): row["class"] for row in acts.rows},
    }
    return Page("document.html", values, (*contents.selections, meetings, acts))


def _read_scope(description: Description, contents: Contents) -> list[tuple[str, str]]:
    """Return slug and name of each part that a document is mapped in; nothing if it is mapped as a whole."""
    parts = (contents.find(part.value) for part in description.things(G7("scope")))
    ordered = sorted((part for part in parts if part), key=contents.parts.index)
    return [(part.slug, part.name if part.heading else name_part(part.slug)) for part in ordered]


def _read_size(description: Description, name: str) -> int:
    sizes = description.texts(G7(name))
    return next((int(size) for size in sizes if _COUNT.fullmatch(size)), 0)


def _name(row: Row) -> str:
    return plain(Named(row["classLabel"], row["class"]))


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
        "glossed": ("strength", *read_table("plain")),
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
    told = fold(description.outgoing)
    return {property_: told[property_] for property_ in read_order("statement") if property_ in told}


async def _read_document(dataset: Dataset, description: Description) -> Contents:
    documents = description.things(G7("inDocument"))
    return await read_contents(dataset, documents[0]) if documents else Contents((), ())
