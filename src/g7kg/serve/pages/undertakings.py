"""The tracker by address: as page, JSON, CSV and workbook."""

import asyncio
from contextlib import closing
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from g7kg.errors import NotFound
from g7kg.http.negotiation import negotiate
from g7kg.pages.exports import to_json, to_table
from g7kg.pages.filters import PARAMETERS, Criteria, Narrowed, narrow, read_criteria
from g7kg.pages.undertakings import FORMATS, PATH, Chunk, Tracked, choose_chunk, read_tracked, show_tracker
from g7kg.queries.language import ENGLISH
from g7kg.rdf.formats import HTML, Format
from g7kg.serve.answers import choose_variant, respond
from g7kg.serve.data.signposting import Link, link_pages
from g7kg.serve.pages.html import to_worded_html
from g7kg.serve.site import CHOICE, accept_of, dataset_of, language_of

router = APIRouter(tags=["pages"], default_response_class=Response)


_LANGUAGE: Final = frozenset({"language", CHOICE})
_PARAMETERS: Final = [
    {"name": name, "in": "query", "description": description, "schema": {"type": "string"}}
    for name, description in PARAMETERS.items()
]


@router.get(
    PATH,
    openapi_extra={"parameters": _PARAMETERS},
    responses={303: {"description": "To the same question in the canonical order of its parameters."}},
)
@router.get(PATH + ".{extension}", include_in_schema=False)
async def undertakings(request: Request) -> Response:
    """Show the undertakings that meet the criteria in the parameters, or list them as JSON, CSV or a workbook."""
    extension = request.path_params.get("extension")
    chosen = _find_format(extension) if extension else negotiate(accept_of(request), FORMATS)
    pairs = request.query_params.multi_items()
    asked = [pair for pair in pairs if pair[0] not in _LANGUAGE]
    language = language_of(request) if chosen is HTML else ENGLISH
    criteria = read_criteria(asked)
    if asked != criteria.pairs:
        named = criteria.pairs + [pair for pair in pairs if pair[0] in _LANGUAGE]
        query = f"?{urlencode(named, safe='/')}" if named else ""
        return Response(status_code=303, headers={"Location": request.url.path + query})

    async def produce() -> Response:
        dataset = dataset_of(request, language)
        tracked = await read_tracked(dataset)
        with closing(tracked.register):
            narrowed = await asyncio.to_thread(narrow, tracked.register, criteria)
            page = criteria.page if chosen is not HTML else criteria.page or 1
            chunk = await choose_chunk(dataset, tracked, narrowed.matching, page)
            return await asyncio.to_thread(render_tracker, tracked, criteria, narrowed, chunk, chosen)

    location = f"{PATH}.{chosen.name}{criteria.query}"
    key = (chosen.name, criteria.query)
    variant = choose_variant(request, "undertakings", *key, worded=chosen is HTML, location=location)
    return await respond(request, variant, produce)


def _find_format(extension: str) -> Format:
    found = next((format_ for format_ in FORMATS if format_.name == extension), None)
    if found is None:
        hint = "there are " + ", ".join(f"{PATH}.{format_.name}" for format_ in FORMATS)
        raise NotFound(f"there is nothing at {PATH}.{extension}", hint=hint)
    return found


def render_tracker(tracked: Tracked, criteria: Criteria, narrowed: Narrowed, chunk: Chunk, chosen: Format) -> Response:
    """Return the ``chunk`` of those of the undertakings that meet ``criteria``, in one of ``FORMATS``."""
    headers = {"Content-Location": f"{PATH}.{chosen.name}{criteria.query}", "Link": _link(criteria, chosen, chunk)}
    if chosen is HTML:
        page = show_tracker(tracked, criteria, narrowed, chunk)
        return to_worded_html(page, tracked.language, criteria.pairs, headers)
    if chosen.name == "json":
        body = to_json(chunk.undertakings, len(narrowed.matching), len(tracked.register))
    else:
        body = to_table(chunk.undertakings, chosen.name)
    return Response(body, headers={**headers, "Content-Type": chosen.content_type})


def _link(criteria: Criteria, chosen: Format, chunk: Chunk) -> str:
    """Return the Link header: the other formats, the neighbouring pages, the address without a format."""

    def locate(name: str, page: int) -> str:
        return f"{PATH}.{name}{criteria.replace({'page': str(page)}).query}"

    canonical = Link("canonical", PATH + criteria.query)
    return link_pages(locate, chosen, FORMATS, chunk.number, chunk.count, first=True, others=[canonical])
