"""The page of coverage: how much of the documents is mapped."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from g7kg.web.answers import choose_variant, respond
from g7kg.web.pages.rendering import render_page
from g7kg.web.selections import ask
from g7kg.web.site import site_of

COVERAGE: Final = ("coverage-of-documents", "statements-by-speech-act", "undertakings-by-status")
"""The questions of the catalogue, by name, whose answers the page shows: the same as on the command line."""

router = APIRouter(tags=["pages"])


@router.get("/coverage", response_class=Response)
async def coverage(request: Request) -> Response:
    """Show how much of the documents is mapped."""

    async def produce() -> Response:
        catalogue = {query.name: query for query in site_of(request).library.queries}
        return render_page("coverage.html", {"selections": [await ask(request, catalogue[name]) for name in COVERAGE]})

    return await respond(request, choose_variant(request, "coverage"), produce)
