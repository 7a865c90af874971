"""The tracker: all undertakings, filtered and sorted, as page, CSV and JSON."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from g7kg.errors import NotFound, RequestError
from g7kg.http.negotiation import HTML, PLAIN_FORMATS, Format, negotiate
from g7kg.serve.answers import choose_variant, respond
from g7kg.pages.drawing.bars import BarChart, stack_bars
from g7kg.pages.exports import to_csv, to_json
from g7kg.pages.filters import DAYS, DUE, FACETS, PARAMETERS, SORTS, Criteria, Narrowed, narrow, read_criteria
from g7kg.pages.lives import describe_life, draw_life, make_life_axis
from g7kg.pages.register import (
    STATUSES,
    Named,
    Source,
    Undertaking,
    rank,
    read_register,
    read_sources,
)
from g7kg.pages.rendering import render_page
from g7kg.dataset.selections import Selection, select
from g7kg.serve.site import accept_of, site_of

FORMATS: Final = (HTML, *PLAIN_FORMATS)

CHUNK: Final = 100
"""How many undertakings a page shows."""

LATEST: Final = 12
"""Of how many documents the overview tells."""

PATH: Final = "/undertakings"

router = APIRouter(tags=["pages"])


@dataclass(frozen=True)
class Tracked:
    """All undertakings, the documents that speak of them, and the selections that both come from."""

    register: tuple[Undertaking, ...]
    sources: Mapping[str, Source]
    selections: tuple[Selection, ...]


@dataclass
class Shelf:
    """Keeps the undertakings of the snapshot that was asked for last."""

    key: str = ""
    tracked: Tracked | None = None


@dataclass(frozen=True)
class Chunk:
    """The part of the undertakings that is shown: page ``number`` of ``count``."""

    undertakings: Sequence[Undertaking]
    number: int
    count: int


_PARAMETERS: Final = [
    {"name": name, "in": "query", "description": description, "schema": {"type": "string"}}
    for name, description in PARAMETERS.items()
]


@router.get(PATH, response_class=Response, openapi_extra={"parameters": _PARAMETERS})
@router.get(PATH + ".{extension}", response_class=Response, include_in_schema=False)
async def undertakings(request: Request) -> Response:
    """Show the undertakings that meet the criteria in the parameters, or list them as CSV or JSON."""
    extension = request.path_params.get("extension")
    chosen = _find_format(extension) if extension else negotiate(accept_of(request), FORMATS)
    asked = request.query_params.multi_items()
    criteria = read_criteria(asked)
    if asked != criteria.pairs:
        return Response(status_code=303, headers={"Location": request.url.path + criteria.query})

    async def produce() -> Response:
        return await asyncio.to_thread(render_tracker, await _track(request), criteria, chosen)

    return await respond(request, choose_variant(request, "undertakings", chosen.name, criteria.query), produce)


def _find_format(extension: str) -> Format:
    found = next((format_ for format_ in FORMATS if format_.name == extension), None)
    if found is None:
        hint = "there are " + ", ".join(f"{PATH}.{format_.name}" for format_ in FORMATS)
        raise NotFound(f"there is nothing at {PATH}.{extension}", hint=hint)
    return found


async def _track(request: Request) -> Tracked:
    """Return what is tracked in the snapshot; it is read once, for no filter changes it."""
    kept: Shelf = request.app.state.shelf
    key = site_of(request).key
    if kept.tracked is None or kept.key != key:
        kept.key, kept.tracked = key, await _read(request)
    return kept.tracked


async def _read(request: Request) -> Tracked:
    facts, lives, documents = await asyncio.gather(
        select(request, "facts-of-undertakings"),
        select(request, "lives-of-undertakings"),
        select(request, "documents-with-undertakings"),
    )
    sources = read_sources(documents.rows)
    register = await asyncio.to_thread(read_register, facts.rows, lives.rows, sources)
    return Tracked(register, sources, tuple(replace(one, rows=()) for one in (facts, lives, documents)))


def render_tracker(tracked: Tracked, criteria: Criteria, chosen: Format) -> Response:
    """Return those of the undertakings that meet ``criteria`` in one of ``FORMATS``.

    A page shows a hundred at a time; CSV and JSON hold all of them, unless the criteria name a page.
    Raises ``RequestError`` for a value that no undertaking has, and for a page that there is not.
    """
    narrowed = narrow(tracked.register, criteria)
    whole = chosen is not HTML and criteria.page is None
    chunk = Chunk(narrowed.matching, 1, 1) if whole else _cut(narrowed.matching, criteria.page or 1)
    headers = {"Content-Location": f"{PATH}.{chosen.name}{criteria.query}", "Link": _link(criteria, chosen, chunk)}
    if chosen is HTML:
        return render_page("undertakings.html", _arrange_page(tracked, criteria, narrowed, chunk), headers=headers)
    if chosen.name == "csv":
        body = to_csv(chunk.undertakings)
    else:
        body = to_json(chunk.undertakings, len(narrowed.matching), len(tracked.register))
    return Response(body, headers={**headers, "Content-Type": chosen.content_type})


def _cut(matching: Sequence[Undertaking], number: int) -> Chunk:
    count = max(1, -(-len(matching) // CHUNK))
    if number > count:
        raise RequestError(f"there is no page {number}", hint=f"the last one is {count}")
    start = (number - 1) * CHUNK
    return Chunk(matching[start : start + CHUNK], number, count)


def _link(criteria: Criteria, chosen: Format, chunk: Chunk) -> str:
    """Return the Link header: the other formats, the neighbouring pages, the address without a format."""
    links = [f'<{PATH}{criteria.query}>; rel="canonical"']
    links += [
        f'<{PATH}.{other.name}{criteria.replace({}).query}>; rel="alternate"; type="{other.media_type}"'
        for other in FORMATS
        if other is not chosen
    ]
    for relation, number in (("prev", chunk.number - 1), ("next", chunk.number + 1)):
        if 1 <= number <= chunk.count:
            links.append(f'<{PATH}.{chosen.name}{criteria.replace({"page": str(number)}).query}>; rel="{relation}"')
    return ", ".join(links)


def _arrange_page(tracked: Tracked, criteria: Criteria, narrowed: Narrowed, chunk: Chunk) -> dict[str, Any]:
    deadlines = (deadline for undertaking in tracked.register for deadline in undertaking.deadlines)
    axis = make_life_axis(tracked.sources.values(), deadlines, width=210, margin=14, gap=56)
    shown = [
        (one, draw_life(axis, one.events, one.deadlines), describe_life(one.events, one.deadlines))
        for one in chunk.undertakings
    ]
    return {
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
        "selections": tracked.selections,
    }


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
