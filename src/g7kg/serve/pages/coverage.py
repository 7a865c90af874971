"""The page of coverage, by address."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from g7kg.pages.coverage import show_coverage
from g7kg.serve.answers import choose_variant, respond
from g7kg.serve.pages.html import to_worded_html
from g7kg.serve.site import dataset_of, language_of

router = APIRouter(tags=["pages"])


@router.get("/coverage", response_class=Response)
async def coverage(request: Request) -> Response:
    """Show how much of the documents is mapped, their statements by speech act, and what became of undertakings."""

    async def produce() -> Response:
        language = language_of(request)
        return to_worded_html(await show_coverage(dataset_of(request, language)), language)

    return await respond(request, choose_variant(request, "coverage", worded=True), produce)
