"""Cards for other people's pages, by address."""

from __future__ import annotations

from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from g7kg.dataset.resources import find_resource
from g7kg.pages.cards import show_card
from g7kg.rdf.vocab import BASE, IDENTIFIERS
from g7kg.serve.answers import choose_variant, respond
from g7kg.serve.pages.html import SECURITY, to_html
from g7kg.serve.site import address_of, dataset_of

_POLICY: Final = SECURITY["Content-Security-Policy"].replace("frame-ancestors 'none'", "frame-ancestors *")

router = APIRouter(tags=["pages"])


@router.get("/embed/{path:path}", response_class=Response)
async def card(request: Request, path: str) -> Response:
    """Return the card of the undertaking or topic whose page is at ``path``, for a frame in another page."""
    iri = IDENTIFIERS + path.removeprefix("doc/") if path.startswith("doc/") else BASE + path

    async def produce() -> Response:
        dataset = dataset_of(request)
        description = await find_resource(dataset, iri, partial(address_of, request))
        return to_html(await show_card(dataset, description), headers={"Content-Security-Policy": _POLICY})

    return await respond(request, choose_variant(request, "card", iri), produce)
