"""The home page and the JSON-LD context."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from g7kg.web.answers import choose_variant, respond
from g7kg.web.pages.rendering import render_page
from g7kg.web.selections import select
from g7kg.web.site import site_of

router = APIRouter(tags=["pages"])


@router.get("/", response_class=Response)
async def home(request: Request) -> Response:
    """Show what the graph holds and how to ask it."""
    site = site_of(request)

    async def produce() -> Response:
        declarations = await select(request, "declarations")
        values = {"declarations": declarations, "queries": site.library.queries, "manifest": site.manifest}
        return render_page("home.html", values)

    return await respond(request, choose_variant(request, "home"), produce)


@router.get("/context.jsonld", response_class=Response)
async def context(request: Request) -> Response:
    """Return the JSON-LD context of the mappings."""
    return FileResponse(site_of(request).library.context, media_type="application/ld+json")
