"""The page of a declaration or a catalogue: the document part by part, with its statements."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.description import Description
from g7kg.dataset.selections import Row
from g7kg.pages.contents import read_contents
from g7kg.pages.drawing.bars import BarChart, stack_bars
from g7kg.pages.rendering import Page


async def show_document(dataset: Dataset, description: Description) -> Page:
    """Return the page of the document that is described."""
    contents, meetings, acts = await asyncio.gather(
        read_contents(dataset, description.iri),
        dataset.select("meetings-of-a-document", document=description.iri),
        dataset.select("speech-acts-of-a-document", document=description.iri),
    )
    values = {
        "contents": contents,
        "meetings": meetings.rows,
        "chart": _draw(acts.rows),
        "classes": {row["classLabel"]: row["class"] for row in acts.rows},
    }
    return Page("document.html", values, (*contents.selections, meetings, acts))


def _draw(acts: Sequence[Row]) -> BarChart:
    """Return the chart of statements by class of speech act."""
    return stack_bars([(row["classLabel"], [("statements", int(row["statements"]), None)]) for row in acts])
