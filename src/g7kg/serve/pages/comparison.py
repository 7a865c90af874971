"""The comparison of documents on a topic, by address: as page and as CSV."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from g7kg.pages.comparison import FORMATS, PATH, WIDEST, read_comparison, show_comparison, to_csv
from g7kg.rdf.formats import HTML
from g7kg.serve.answers import choose_variant, respond
from g7kg.serve.pages.html import to_html
from g7kg.serve.site import dataset_of

router = APIRouter(tags=["pages"], default_response_class=Response)

_Topic = Annotated[str, Query(description="A topic, by the last part of its IRI.")]
_Documents = Annotated[list[str], Query(description="Documents, by the last part of their IRIs.")]


@router.get(PATH)
@router.get(PATH + ".csv", include_in_schema=False)
async def compare(request: Request, topic: _Topic = "", document: _Documents = []) -> Response:  # noqa: B006 - not changed
    """Show what documents, or else the last two, say on a topic, side by side."""
    return await _respond(request, topic, document, 2)


@router.get(PATH + "/{topic:path}")
async def compare_on_topic(request: Request, topic: str, document: _Documents = []) -> Response:  # noqa: B006 - likewise
    """Show what documents, or else the last that speak on the topic, say on it, side by side."""
    return await _respond(request, topic.removesuffix(".csv"), document, WIDEST)


async def _respond(request: Request, topic: str, document: list[str], last: int) -> Response:
    chosen = FORMATS[1] if request.url.path.endswith(".csv") else HTML

    async def produce() -> Response:
        compared = await read_comparison(dataset_of(request), topic, document, last)
        if chosen is HTML:
            return to_html(show_comparison(compared))
        return Response(to_csv(compared), headers={"Content-Type": chosen.content_type})

    return await respond(request, choose_variant(request, "compare", chosen.name, str(last), topic, *document), produce)
