"""The page of a declaration or a catalogue: the document part by part, with its statements."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Final

from pyoxigraph import Literal, NamedNode

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.description import Description
from g7kg.dataset.selections import Row
from g7kg.pages.citations import make_citation
from g7kg.pages.contents import Contents, Part, count_promises, read_contents
from g7kg.pages.drawing.bars import BarChart, stack_bars
from g7kg.pages.glossary import plain
from g7kg.pages.named import Named, read_day
from g7kg.pages.rendering import Page
from g7kg.rdf.vocab import DCTERMS, G7

_COUNT: Final = re.compile(r"[0-9]{1,9}")
"""A number of sentences; a graph that was loaded may say anything."""


async def show_document(dataset: Dataset, description: Description) -> Page:
    """Return the page of the document that is described."""
    contents, meetings, acts = await asyncio.gather(
        read_contents(dataset, description.iri),
        dataset.select("meetings-of-a-document", document=description.iri),
        dataset.select("speech-acts-of-a-document", document=description.iri),
    )
    issued = [read_day(day.value) for day in description.values(DCTERMS("issued")) if isinstance(day, Literal)]
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
        "chart": _draw(acts.rows),
        "classes": {_name(row): row["class"] for row in acts.rows},
    }
    return Page("document.html", values, (*contents.selections, meetings, acts))


def _read_scope(description: Description, contents: Contents) -> list[Part]:
    """Return the parts that a document is mapped in; nothing if it is mapped as a whole."""
    parts = (contents.find(part.value) for part in description.values(G7("scope")) if isinstance(part, NamedNode))
    return sorted((part for part in parts if part), key=contents.parts.index)


def _read_size(description: Description, name: str) -> int:
    sizes = (size.value for size in description.values(G7(name)) if isinstance(size, Literal))
    return next((int(size) for size in sizes if _COUNT.fullmatch(size)), 0)


def _draw(acts: Sequence[Row]) -> BarChart:
    """Return the chart of statements by class of speech act."""
    return stack_bars([(_name(row), [("statements", int(row["statements"]), None)]) for row in acts])


def _name(row: Row) -> str:
    return plain(Named(row["classLabel"], row["class"]))
