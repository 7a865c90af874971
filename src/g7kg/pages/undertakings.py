"""The tracker: all undertakings, filtered and sorted, as page and as data."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from g7kg.dataset.dataset import Dataset, Selection
from g7kg.errors import NotFound
from g7kg.pages.drawing.bars import BarChart, stack_bars
from g7kg.pages.filters import DAYS, DUE, FACETS, SORTS, Criteria, Narrowed
from g7kg.pages.lives import describe_life, draw_life, make_life_axis
from g7kg.pages.named import Named, rank
from g7kg.pages.naming import read_iris
from g7kg.pages.register import STATUSES, Undertaking, add_details, arrange_register, list_values, read_facets
from g7kg.pages.rendering import Page
from g7kg.pages.sources import Source, read_sources
from g7kg.queries.language import ENGLISH
from g7kg.rdf.formats import HTML, PLAIN_FORMATS, SPREADSHEET_FORMATS

FORMATS: Final = (HTML, *PLAIN_FORMATS, *SPREADSHEET_FORMATS)

DOWNLOADS: Final = (PLAIN_FORMATS[1], *reversed(SPREADSHEET_FORMATS), PLAIN_FORMATS[0])

CHUNK: Final = 100
"""How many undertakings a page shows."""

LATEST: Final = 12
"""Of how many documents the overview tells."""

PATH: Final = "/undertakings"


BATCH: Final = 500
"""Of how many undertakings the details are asked for at once."""

_DETAILS: Final = ("facts-of-undertakings", "lives-of-undertakings", "words-of-undertakings")


@dataclass(frozen=True)
class Tracked:
    """The register of all undertakings, the documents that speak of them, and the selections that both come from.

    Labels are in ``language``.
    """

    register: tuple[Undertaking, ...]
    sources: Mapping[str, Source]
    selections: tuple[Selection, ...]
    language: str = ENGLISH


@dataclass(frozen=True)
class Chunk:
    """The part of the undertakings that is shown: page ``number`` of ``count``, and what the details come from."""

    undertakings: Sequence[Undertaking]
    number: int
    count: int
    selections: tuple[Selection, ...] = ()


async def read_tracked(dataset: Dataset) -> Tracked:
    """Return what is tracked in the snapshot; it is the same for every filter."""
    found, documents = await asyncio.gather(
        dataset.select("facets-of-undertakings"), dataset.select("documents-with-undertakings")
    )
    sources = read_sources(documents.rows)
    facets = await asyncio.to_thread(read_facets, found.rows)
    names = await dataset.select_each("names-of-values", {"value": [*read_iris(list_values(facets))]})
    called = {row["value"]: row["label"] for row in reversed(names.rows)}
    register = await asyncio.to_thread(arrange_register, facets, called, sources)
    told = Selection(dataset.library.selections["names-of-values"], {}, ())
    return Tracked(register, sources, (replace(found, rows=()), told, replace(documents, rows=())), dataset.language)


async def read_details(
    dataset: Dataset, undertakings: Sequence[Undertaking], sources: Mapping[str, Source]
) -> tuple[Undertaking, ...]:
    """Return ``undertakings`` with all that is known of each, in their order."""
    found: list[Undertaking] = []
    for batch in (undertakings[start : start + BATCH] for start in range(0, len(undertakings), BATCH)):
        iris = [*read_iris(one.iri for one in batch)]
        asked = (dataset.select_each(name, {"undertaking": iris}) for name in _DETAILS)
        facts, lives, words = await asyncio.gather(*asked)
        found += await asyncio.to_thread(add_details, batch, facts.rows, lives.rows, words.rows, sources)
    return tuple(found)


async def choose_chunk(
    dataset: Dataset, tracked: Tracked, matching: Sequence[Undertaking], number: int | None
) -> Chunk:
    """Return page ``number`` of ``matching``, or all if there is no number, with all that is known of each.

    Raises ``NotFound`` for a page that there is not.
    """
    chunk = Chunk(matching, 1, 1) if number is None else cut_chunk(matching, number)
    details = await read_details(dataset, chunk.undertakings, tracked.sources)
    selections = tuple(Selection(dataset.library.selections[name], {}, ()) for name in _DETAILS)
    return replace(chunk, undertakings=details, selections=selections)


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
    return Page("undertakings.html", values, (*chunk.selections, *tracked.selections))


def _list_chips(narrowed: Narrowed, criteria: Criteria) -> list[tuple[str, str, str]]:
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
