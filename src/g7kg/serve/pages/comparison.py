"""The comparison of documents on a topic, by address: as page and as CSV."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from g7kg.pages.comparison import FORMATS, PATH, WIDEST, read_comparison, show_comparison, to_csv
from g7kg.serve.answers import kept
from g7kg.serve.pages.html import to_html
from g7kg.serve.site import dataset_of

router = APIRouter(tags=["pages"], default_response_class=Response)

_Topic = Annotated[str, Query(description="A topic, by the last part of its IRI.")]
_Documents = Annotated[list[str], Query(description="Documents, by the last part of their IRIs.")]


@router.get(PATH)
@router.get(PATH + ".csv", include_in_schema=False)
async def compare(request: Request, topic: _Topic = "", document: _Documents = []) -> Response:  # noqa: B006 - not changed
    """Show what documents, or else the last two, say on a topic, side by side."""
    return await _compare(request, topic=topic, documents=document, last=2, table=request.url.path.endswith(".csv"))


@router.get(PATH + "/{topic:path}")
async def compare_on_topic(request: Request, topic: str, document: _Documents = []) -> Response:  # noqa: B006 - likewise
    """Show what documents, or else the last that speak on the topic, say on it, side by side."""
    table = topic.endswith(".csv")
    return await _compare(request, topic=topic.removesuffix(".csv"), documents=document, last=WIDEST, table=table)


@kept()
async def _compare(request: Request, *, topic: str, documents: list[str], last: int, table: bool) -> Response:
    compared = await read_comparison(dataset_of(request), topic, documents, last)
    if table:
        return Response(to_csv(compared), headers={"Content-Type": FORMATS[1].content_type})
    return to_html(show_comparison(compared))
