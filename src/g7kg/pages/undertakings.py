"""The tracker: all undertakings, filtered and sorted, as page and as data."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.selections import Selection
from g7kg.errors import NotFound
from g7kg.pages.drawing.bars import BarChart, stack_bars
from g7kg.pages.filters import DAYS, DUE, FACETS, SORTS, Criteria, Narrowed
from g7kg.pages.lives import describe_life, draw_life, make_life_axis
from g7kg.pages.named import Named, rank
from g7kg.pages.register import STATUSES, Source, Undertaking, read_register, read_sources
from g7kg.pages.rendering import Page
from g7kg.rdf.formats import HTML, PLAIN_FORMATS, SPREADSHEET_FORMATS

FORMATS: Final = (HTML, *PLAIN_FORMATS, *SPREADSHEET_FORMATS)

DOWNLOADS: Final = (PLAIN_FORMATS[1], *reversed(SPREADSHEET_FORMATS), PLAIN_FORMATS[0])

CHUNK: Final = 100
"""How many undertakings a page shows."""

LATEST: Final = 12
"""Of how many documents the overview tells."""

PATH: Final = "/undertakings"


@dataclass(frozen=True)
class Tracked:
    """All undertakings, the documents that speak of them, and the selections that both come from."""

    register: tuple[Undertaking, ...]
    sources: Mapping[str, Source]
    selections: tuple[Selection, ...]


@dataclass(frozen=True)
class Chunk:
    """The part of the undertakings that is shown: page ``number`` of ``count``."""

    undertakings: Sequence[Undertaking]
    number: int
    count: int


async def read_tracked(dataset: Dataset) -> Tracked:
    """Return what is tracked in the snapshot; it is the same for every filter."""
    facts, lives, words, documents = await asyncio.gather(
        dataset.select("facts-of-undertakings"),
        dataset.select("lives-of-undertakings"),
        dataset.select("words-of-undertakings"),
        dataset.select("documents-with-undertakings"),
    )
    sources = read_sources(documents.rows)
    register = await asyncio.to_thread(read_register, facts.rows, lives.rows, words.rows, sources)
    return Tracked(register, sources, tuple(replace(one, rows=()) for one in (facts, lives, words, documents)))


def cut_chunk(matching: Sequence[Undertaking], number: int) -> Chunk:
    """Return page ``number``; ``NotFound`` if there is none."""
    count = max(1, -(-len(matching) // CHUNK))
    if number > count:
        raise NotFound(f"there is no page {number}", hint=f"the last one is {count}")
    start = (number - 1) * CHUNK
    return Chunk(matching[start : start + CHUNK], number, count)


def show_tracker(tracked: Tracked, criteria: Criteria, narrowed: Narrowed, chunk: Chunk) -> Page:
    """Return the page of a ``chunk`` of the undertakings, ``narrowed`` by ``criteria``."""
    deadlines = (deadline for undertaking in tracked.register for deadline in undertaking.deadlines)
    axis = make_life_axis(tracked.sources.values(), deadlines, width=210, margin=14, gap=84)
    shown = [
        (one, draw_life(axis, one.events, one.deadlines), describe_life(one.events, one.deadlines))
        for one in chunk.undertakings
    ]
    values = {
        "total": len(tracked.register),
        "matching": len(narrowed.matching),
        "rows": shown,
        "chunk": chunk,
        "axis": axis,
        "criteria": criteria,
        "facets": [(name, title, narrowed.options[name]) for name, (title, _) in FACETS.items()],
        "due": [(value, text, narrowed.due.get(value, 0)) for value, text in DUE.items()],
        "days": DAYS,
        "sorts": SORTS,
        "chips": _list_chips(narrowed, criteria),
        "overviews": _draw_overviews(narrowed.matching, criteria),
        "path": PATH,
        "formats": FORMATS[1:],
        "downloads": [(one.label, f"{PATH}.{one.name}{criteria.replace({}).query}") for one in DOWNLOADS],
    }
    return Page("undertakings.html", values, tracked.selections)


def _list_chips(narrowed: Narrowed, criteria: Criteria) -> list[tuple[str, str, str]]:
    """Return the active filters: title, value, and the query without it."""
    titles = {**{name: title for name, (title, _) in FACETS.items()}, **DAYS, "due": "Deadline", "q": "Words"}
    chosen = {
        name: option.value.label for name, options in narrowed.options.items() for option in options if option.chosen
    }
    return [
        (titles[name], chosen.get(name) or DUE.get(value, value), criteria.replace({name: None}).query)
        for name, value in criteria.pairs
        if name in criteria.narrowing
    ]


@dataclass(frozen=True)
class Overview:
    """A picture of how many undertakings have which status, and where its rows lead, in their order."""

    title: str
    chart: BarChart
    links: tuple[str, ...]


def _draw_overviews(matching: Sequence[Undertaking], criteria: Criteria) -> list[Overview]:
    """Return the statuses of the undertakings by kind, and by the document that states them first (the latest ones)."""
    sources = sorted({source for undertaking in matching for source in undertaking.first}, key=lambda s: s.sort_key)
    kinds = Counter(kind for undertaking in matching for kind in undertaking.kinds)
    documents = {source.document: source.known_as for source in sources[-LATEST:]}
    overviews = (
        _draw_overview("document", documents, matching, criteria),
        _draw_overview("kind", {kind: kind.label for kind, _ in kinds.most_common()}, matching, criteria),
    )
    return [overview for overview in overviews if overview.links]


def _draw_overview(
    facet: str, labels: Mapping[Named, str], matching: Sequence[Undertaking], criteria: Criteria
) -> Overview:
    title, values_of = FACETS[facet]
    counts = Counter((value, status) for one in matching for value in values_of(one) for status in one.statuses)
    statuses = sorted({s for one in matching for s in one.statuses}, key=lambda status: rank(status.name, STATUSES))
    rows = [
        (label, [_count(facet, value, status, counts, criteria) for status in statuses])
        for value, label in labels.items()
    ]
    known = {status.name: status.label for status in statuses}
    links = tuple(PATH + criteria.replace({facet: value.name}).query for value in labels)
    return Overview(title, stack_bars(rows, [known.get(name, name) for name in STATUSES], len(matching)), links)


def _count(
    facet: str, value: Named, status: Named, counts: Mapping[tuple[Named, Named], int], criteria: Criteria
) -> tuple[str, int, str]:
    address = PATH + criteria.replace({facet: value.name, "status": status.name}).query
    return (status.label, counts.get((value, status), 0), address)
