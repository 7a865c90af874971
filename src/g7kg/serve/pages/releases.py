"""The releases, by address."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from g7kg.pages.releases import show_releases, write_feed
from g7kg.serve.answers import choose_variant, respond
from g7kg.serve.pages.html import to_html
from g7kg.serve.site import address_of, dataset_of

router = APIRouter(tags=["pages"])


@router.get("/releases", response_class=Response)
async def releases(request: Request) -> Response:
    """List the versions of the dataset that are kept for good."""

    async def produce() -> Response:
        return to_html(show_releases(dataset_of(request)))

    return await respond(request, choose_variant(request, "releases"), produce)


@router.get("/releases.atom", response_class=Response)
async def feed(request: Request) -> Response:
    """Return the releases as an Atom feed."""
    address = address_of(request)

    async def produce() -> Response:
        return Response(write_feed(dataset_of(request), address), media_type="application/atom+xml")

    return await respond(request, choose_variant(request, "feed", address), produce)
