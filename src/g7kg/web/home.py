"""The home page and the JSON-LD context."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from g7kg.web.answers import choose_variant, respond
from g7kg.web.pages import render_page
from g7kg.web.selections import DECLARATIONS, select_rows
from g7kg.web.site import engine_of, site_of

COVERAGE: Final = ("coverage-of-documents", "statements-by-speech-act", "undertakings-by-status")
"""The questions, by name, whose answers the page of coverage shows."""

router = APIRouter(tags=["pages"])


@router.get("/", response_class=Response)
async def home(request: Request) -> Response:
    """Show what the graph holds and how to ask it."""
    site = site_of(request)

    async def produce() -> Response:
        declarations = await select_rows(engine_of(request), DECLARATIONS)
        values = {"declarations": declarations, "queries": site.library.queries, "manifest": site.manifest}
        return render_page("home.html", values)

    return await respond(request, choose_variant(request, "home"), produce)


@router.get("/coverage", response_class=Response)
async def coverage(request: Request) -> Response:
    """Show how much of the documents is mapped: the same queries as on the command line."""

    async def produce() -> Response:
        catalogue = {query.name: query for query in site_of(request).library.queries}
        asked = [catalogue[name] for name in COVERAGE]
        tables = [(query, await select_rows(engine_of(request), query.text)) for query in asked]
        return render_page("coverage.html", {"tables": tables})

    return await respond(request, choose_variant(request, "coverage"), produce)


@router.get("/context.jsonld", response_class=Response)
async def context(request: Request) -> Response:
    """Return the JSON-LD context of the mappings."""
    return FileResponse(site_of(request).library.context, media_type="application/ld+json")
