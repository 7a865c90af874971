"""The tracker: all undertakings, filtered and sorted, as page and as data."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from g7kg.dataset.dataset import Dataset, Selection
from g7kg.errors import NotFound
from g7kg.pages.drawing.bars import BarChart, stack_bars
from g7kg.pages.drawing.timeline import describe_life, draw_life, make_axis
from g7kg.pages.filters import DAYS, DUE, SORTS, Criteria, Narrowed
from g7kg.pages.named import Named, rank
from g7kg.pages.naming import read_iris
from g7kg.pages.register import FACETS, STATUSES, Undertaking, add_details
from g7kg.pages.rendering import Page
from g7kg.pages.sources import Source, read_sources
from g7kg.pages.tracking import Register
from g7kg.queries.language import ENGLISH
from g7kg.rdf.formats import HTML, PLAIN_FORMATS, SPREADSHEET_FORMATS
from g7kg.snapshot.register import DOCUMENTS_QUERY, FACETS_QUERY, fill_register, list_values, open_register

FORMATS: Final = (HTML, *PLAIN_FORMATS, *SPREADSHEET_FORMATS)

DOWNLOADS: Final = (PLAIN_FORMATS[1], *reversed(SPREADSHEET_FORMATS), PLAIN_FORMATS[0])

CHUNK: Final = 100
"""How many undertakings a page shows."""

LATEST: Final = 12
"""Of how many documents the overview tells."""

PATH: Final = "/undertakings"


BATCH: Final = 500
"""Of how many undertakings the details are asked for at once."""

NAMES_QUERY: Final = "names-of-values"
_DETAILS: Final = ("facts-of-undertakings", "lives-of-undertakings", "words-of-undertakings")


@dataclass(frozen=True)
class Tracked:
    """The register of all undertakings, and the selections that it comes from. Labels are in ``language``."""

    register: Register
    selections: tuple[Selection, ...] = ()
    language: str = ENGLISH


@dataclass(frozen=True)
class Chunk:
    """The part of the undertakings that is shown: page ``number`` of ``count``, and what the details come from."""

    undertakings: Sequence[Undertaking]
    number: int
    count: int
    selections: tuple[Selection, ...] = ()


async def read_tracked(dataset: Dataset) -> Tracked:
    """Return what is tracked in the snapshot; it is the same for every filter. The caller closes its register."""
    documents = await dataset.select(DOCUMENTS_QUERY)
    known = open_register(dataset.folder)
    connection = known or sqlite3.connect(":memory:", check_same_thread=False)
    with ExitStack() as stack:
        stack.callback(connection.close)
        if known is None:  # the snapshot is of an older g7kg
            facets = await dataset.select(FACETS_QUERY)
            await asyncio.to_thread(fill_register, connection, facets.rows, documents.rows)
        values = await asyncio.to_thread(list_values, connection)
        names = await dataset.select_each(NAMES_QUERY, {"value": [*read_iris(values)]})
        stack.pop_all()
    called = {row["value"]: row["label"] for row in reversed(names.rows)}
    asked = (dataset.library.selections[name] for name in (FACETS_QUERY, NAMES_QUERY, DOCUMENTS_QUERY))
    told = tuple(Selection(query.ask_in(dataset.language), {}, ()) for query in asked)
    return Tracked(Register(connection, called, read_sources(documents.rows)), told, dataset.language)


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


async def choose_chunk(dataset: Dataset, tracked: Tracked, matching: Sequence[int], number: int | None) -> Chunk:
    """Return page ``number`` of ``matching``, or all if there is no number, with all that is known of each.

    Raises ``NotFound`` for a page that there is not.
    """
    shown, count = cut_chunk(matching, number)
    found = await asyncio.to_thread(tracked.register.read, shown)
    details = await read_details(dataset, found, tracked.register.sources)
    selections = tuple(Selection(dataset.library.selections[name], {}, ()) for name in _DETAILS)
    return Chunk(details, number or 1, count, selections)


def cut_chunk(matching: Sequence[int], number: int | None) -> tuple[Sequence[int], int]:
    """Return page ``number``, or all, and how many pages there are; ``NotFound`` for one that there is not."""
    if number is None:
        return matching, 1
    count = max(1, -(-len(matching) // CHUNK))
    if number > count:
        raise NotFound(f"there is no page {number}", hint=f"the last one is {count}")
    return matching[(number - 1) * CHUNK : number * CHUNK], count


def show_tracker(tracked: Tracked, criteria: Criteria, narrowed: Narrowed, chunk: Chunk) -> Page:
    """Return the page of a ``chunk`` of the undertakings, ``narrowed`` by ``criteria``."""
    register = tracked.register
    axis = make_axis(register.sources.values(), register.find_span(), width=210, margin=14, gap=84)
    shown = [
        (one, draw_life(axis, one.events, one.deadlines), describe_life(one.events, one.deadlines))
        for one in chunk.undertakings
    ]
    values = {
        "total": len(register),
        "matching": len(narrowed.matching),
        "rows": shown,
        "chunk": chunk,
        "axis": axis,
        "criteria": criteria,
        "facets": [(name, title, narrowed.options[name]) for name, title in FACETS.items()],
        "due": [(value, text, narrowed.due.get(value, 0)) for value, text in DUE.items()],
        "days": DAYS,
        "sorts": SORTS,
        "chips": _list_chips(narrowed, criteria),
        "overviews": _draw_overviews(register, narrowed, criteria),
        "path": PATH,
        "formats": FORMATS[1:],
        "downloads": [(one.label, f"{PATH}.{one.name}{criteria.replace({}).query}") for one in DOWNLOADS],
    }
    return Page("undertakings.html", values, (*chunk.selections, *tracked.selections))


def _list_chips(narrowed: Narrowed, criteria: Criteria) -> list[tuple[str, str, str]]:
    titles = {**FACETS, **DAYS, "due": "Deadline", "q": "Words"}
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


def _draw_overviews(register: Register, narrowed: Narrowed, criteria: Criteria) -> list[Overview]:
    """Return the statuses of the undertakings by kind, and by the document that states them first (the latest ones)."""
    first = (register.sources[document.iri] for document in register.count(["document"], narrowed.conditions))
    latest = sorted(first, key=lambda source: source.sort_key)[-LATEST:]
    kinds_of = register.list_values("kind")
    kinds = Counter(kind for number in narrowed.matching for kind in kinds_of.get(number, ()))
    shown = {"document": [source.document for source in latest], "kind": [kind for kind, _ in kinds.most_common()]}
    overviews = (_draw_overview(facet, values, register, narrowed, criteria) for facet, values in shown.items())
    return [overview for overview in overviews if overview.links]


def _draw_overview(
    facet: str, values: Sequence[Named], register: Register, narrowed: Narrowed, criteria: Criteria
) -> Overview:
    counts = register.count_statuses(facet, narrowed.conditions)
    statuses = sorted(register.count(["status"], narrowed.conditions), key=lambda status: rank(status.name, STATUSES))

    def link(value: Named, **other: str) -> str:
        return PATH + criteria.replace({facet: value.name, **other}).query

    rows = [
        (value.label, [(one.label, counts[value, one], link(value, status=one.name)) for one in statuses])
        for value in values
    ]
    known = {status.name: status.label for status in statuses}
    chart = stack_bars(rows, [known.get(name, name) for name in STATUSES], len(narrowed.matching))
    return Overview(FACETS[facet], chart, tuple(map(link, values)))
