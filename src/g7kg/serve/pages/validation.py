"""The page of the report on the snapshot that is served, by address."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from g7kg.errors import NotFound
from g7kg.http.negotiation import negotiate
from g7kg.pages.validation import PATH, read_report, show_validation
from g7kg.rdf.formats import HTML, Format
from g7kg.serve.answers import choose_variant, respond
from g7kg.serve.pages.html import to_html
from g7kg.serve.site import accept_of, dataset_of

FORMATS: Final = (HTML, Format("json", "application/json"))

router = APIRouter(tags=["pages"], default_response_class=Response)


@router.get(PATH)
@router.get(PATH + ".{extension}", include_in_schema=False)
async def validation(request: Request) -> Response:
    """Show the report on the snapshot that is served; as JSON, the report as the build wrote it."""
    extension = request.path_params.get("extension", "")
    chosen = next((one for one in FORMATS if one.name == extension), None)
    if extension and chosen is None:
        raise NotFound(f"there is no {PATH}.{extension}", hint=f"there is {PATH}.json")
    chosen = chosen or negotiate(accept_of(request), FORMATS)

    async def produce() -> Response:
        if chosen is HTML:
            return to_html(await show_validation(dataset_of(request)))
        text = read_report(dataset_of(request))
        if text is None:
            raise NotFound("the snapshot was not validated", hint="g7kg build validates what it publishes")
        return Response(text, headers={"Content-Type": chosen.content_type})

    return await respond(request, choose_variant(request, "validation", chosen.name), produce)
