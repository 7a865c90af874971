"""The home page and the JSON-LD context."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from g7kg.web.pages import render_page
from g7kg.web.selections import DECLARATIONS, select_rows
from g7kg.web.site import site_of

router = APIRouter(tags=["pages"])


@router.get("/", response_class=Response)
async def home(request: Request) -> Response:
    """Show what the graph holds and how to ask it."""
    site = site_of(request)
    declarations = await select_rows(site.pool, DECLARATIONS)
    values = {"declarations": declarations, "queries": site.queries, "manifest": site.manifest}
    return render_page("home.html", values)


@router.get("/context.jsonld", response_class=Response)
async def context(request: Request) -> Response:
    """Return the JSON-LD context of the mappings."""
    return FileResponse(site_of(request).context, media_type="application/ld+json")
