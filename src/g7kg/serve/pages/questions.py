"""The catalogue by address: each query answers with its parameters, as a page and as data."""

from collections import Counter
from functools import partial
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from g7kg.errors import RequestError
from g7kg.http.negotiation import negotiate, split_extension
from g7kg.pages.questions import (
    FORMATS,
    MOST,
    SIZE,
    Call,
    answer_call,
    describe_query,
    list_formats,
    show_answer,
    show_catalogue,
    show_question,
    write_answer,
)
from g7kg.queries.catalogue import CatalogueQuery, find_query
from g7kg.rdf.formats import HTML, Format
from g7kg.rdf.suggestions import suggest
from g7kg.serve.answers import choose_variant, head_warnings, kept, respond
from g7kg.serve.data.signposting import link_pages
from g7kg.serve.pages.html import to_html
from g7kg.serve.site import accept_of, address_of, dataset_of, site_of

_RESERVED: Final = ("page", "size")

router = APIRouter(tags=["queries"], default_response_class=Response)


@router.get("/queries")
@router.get("/queries.json", include_in_schema=False)
async def catalogue(request: Request) -> Response:
    """Return the queries of the catalogue with their parameters: a page, or JSON."""
    named = request.url.path.endswith(".json")
    chosen = FORMATS[0] if named else negotiate(accept_of(request), (HTML, FORMATS[0]))
    return await _show_queries(request, chosen=chosen)


@kept()
async def _show_queries(request: Request, *, chosen: Format) -> Response:
    queries = site_of(request).library.queries
    if chosen is HTML:
        return to_html(show_catalogue(queries))
    return JSONResponse({"queries": [describe_query(query) for query in queries]})


@router.get("/queries/{name}")
async def question(request: Request, name: str) -> Response:
    """Return the answer to a query of the catalogue, in the format that the extension or Accept names."""
    formats = list_formats()
    stem, named = split_extension(name, formats)
    call = _read_call(request, find_query(site_of(request).library.queries, stem))
    chosen = named or negotiate(accept_of(request), formats)
    key = (chosen.name, urlencode(sorted(call.values.items())), str(call.page), str(call.size), address_of(request))
    location = call.locate(chosen.name, call.page) if call.complete or chosen is not HTML else ""
    variant = choose_variant(request, "question", call.query.name, *key, location=location)
    try:
        return await respond(request, variant, partial(_produce, request, call, chosen))
    except RequestError as error:
        if chosen is not HTML or negotiate(accept_of(request), (FORMATS[0], HTML)) is not HTML:
            raise
        page = await show_question(dataset_of(request), call, error)
        return to_html(page, HTTPStatus.BAD_REQUEST, {"Cache-Control": "no-store"})


async def _produce(request: Request, call: Call, chosen: Format) -> Response:
    if chosen is HTML and not call.complete:
        return to_html(await show_question(dataset_of(request), call))
    answered = await answer_call(dataset_of(request), call)
    count = -(-answered.total // call.size)
    link = link_pages(call.locate, chosen, list_formats(), call.page, count)
    told = head_warnings(answered.warnings)
    headers = {"Content-Location": call.locate(chosen.name, call.page), "Link": link, **told}
    if chosen is HTML:
        return to_html(await show_answer(dataset_of(request), answered), headers=headers)
    return Response(write_answer(answered, chosen), headers={**headers, "Content-Type": chosen.content_type})


def _read_call(request: Request, query: CatalogueQuery) -> Call:
    """Return what ``request`` asks of ``query``; ``RequestError`` if a parameter is given twice or is no number."""
    given = request.query_params
    for name, times in Counter(name for name, _ in given.multi_items()).items():
        if times > 1:
            raise RequestError(f"the parameter {name} is given {times} times", hint="give it once")
    values = {name: value for name, value in given.items() if name not in _RESERVED and value}
    known = {parameter.name for parameter in query.parameters}
    for name in values.keys() - known:
        hint = suggest(name, known | set(_RESERVED))
        raise RequestError(f"the query {query.name} has no parameter {name}", hint=hint)
    page = _read_number(given.get("page", "1"), "page", MOST)
    return Call(query, values, page, _read_number(given.get("size", str(SIZE)), "size", MOST))


def _read_number(text: str, name: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise RequestError(f"the parameter {name} is “{text}”", hint=f"give a whole number from 1 to {most}")
    return int(text)
