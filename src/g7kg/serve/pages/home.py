"""The home page and the JSON-LD context, by address."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from g7kg.http.negotiation import negotiate
from g7kg.pages.home import show_home
from g7kg.rdf.formats import GRAPH_FORMATS, HTML
from g7kg.serve.answers import choose_variant, respond
from g7kg.serve.pages.html import to_worded_html
from g7kg.serve.site import accept_of, address_of, dataset_of, language_of, site_of

router = APIRouter(tags=["pages"])


@router.get("/", response_class=Response, responses={303: {"description": "To the dataset, for RDF."}})
async def home(request: Request) -> Response:
    """Show what the graph holds and how to ask it; those who want RDF are led to the description of the dataset."""
    if negotiate(accept_of(request), (HTML, *GRAPH_FORMATS)) is not HTML:
        return RedirectResponse("/dataset", HTTPStatus.SEE_OTHER, {"Vary": "Accept"})
    address = address_of(request)

    async def produce() -> Response:
        language = language_of(request)
        return to_worded_html(await show_home(dataset_of(request, language), address), language)

    return await respond(request, choose_variant(request, "home", address, worded=True), produce)


@router.get("/context.jsonld", response_class=Response)
async def context(request: Request) -> Response:
    """Return the JSON-LD context of the mappings."""

    async def produce() -> Response:
        return Response(site_of(request).library.context.read_bytes(), media_type="application/ld+json")

    return await respond(request, choose_variant(request, "context"), produce)
