"""Validation by address: the report on the snapshot that is served, and checks of other people's RDF."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from g7kg.errors import DataError, MethodNotAllowed, NotFound, RequestError
from g7kg.http.negotiation import find_format, negotiate
from g7kg.http.tally import client_of
from g7kg.pages.validation import EXAMPLE, PATH, Form, read_report, show_form, show_outcome, show_validation
from g7kg.rdf.formats import HTML, Format
from g7kg.sandbox.exchange import DOCUMENTS, CheckRequest, Source
from g7kg.serve.answers import kept, run_while_connected
from g7kg.serve.checks import Checks
from g7kg.serve.pages.html import to_html
from g7kg.serve.site import accept_of, address_of, dataset_of, site_of
from g7kg.serve.sparql.protocol import read_body, read_media_type
from g7kg.shacl import RENDERINGS

REPORTS: Final = (*(Format(name, rendering.media_type) for name, rendering in RENDERINGS.items()), HTML)

_PASSING: Final = {"Cache-Control": "no-store"}

FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Submission:
    """What is to be checked: RDF, the name of its format, the name of the report's format (``None``: by Accept)."""

    data: bytes
    form: str
    report: str | None


async def answer_validate(request: Request) -> Response:
    """Return the report on what was sent under the project's shapes, in the form of Accept or ``format``.

    RDF is the body, with its media type, or the field ``data`` of a form. To a GET the form itself is the answer.
    """
    if request.method == "GET":
        return await _introduce(request)
    if request.method != "POST":
        raise MethodNotAllowed(request.method, "GET, HEAD, POST, OPTIONS")
    submission = await _read_submission(request)
    chosen = find_format(submission.report, REPORTS) if submission.report else negotiate(accept_of(request), REPORTS)
    try:
        text = await _check(request, submission, "json" if chosen is HTML else chosen.name)
    except DataError as error:
        if chosen is not HTML:
            raise
        return to_html(show_form(_form_of(request, submission), error), HTTPStatus.UNPROCESSABLE_ENTITY, _PASSING)
    if chosen is HTML:
        return to_html(show_outcome(_form_of(request, submission), json.loads(text)), headers=_PASSING)
    headers = {"Content-Type": chosen.content_type, "Cache-Control": "no-store", "Vary": "Accept"}
    return Response(text.encode(), headers=headers)


def _form_of(request: Request, submission: Submission) -> Form:
    """Return the form that holds ``submission``."""
    seconds = site_of(request).settings.pool.deadline
    return Form(submission.data.decode(errors="replace"), submission.form, seconds, address_of(request))


@kept(addressed=True)
async def _introduce(request: Request) -> Response:
    return to_html(show_form(_form_of(request, Submission(EXAMPLE.encode(), "ttl", None))))


async def _check(request: Request, submission: Submission, rendering: str) -> str:
    """Return the report on ``submission``; ``DataError`` if it cannot be read, and what ``Checks.run`` raises."""
    source = Source("request body", submission.form, submission.data)
    asked = CheckRequest((source,), (), rendering, site_of(request).settings.pool.limits.memory)
    checks: Checks = request.app.state.checks
    return (await run_while_connected(request, checks.run(asked, client_of(request.scope)))).text


async def _read_submission(request: Request) -> Submission:
    media_type = read_media_type(request, (*DOCUMENTS, FORM), "RDF")
    body = await read_body(request)
    if media_type == FORM:
        return _read_form(body)
    return Submission(body, DOCUMENTS[media_type], request.query_params.get("format"))


def _read_form(body: bytes) -> Submission:
    """Return what the fields ``data``, ``input-format`` and ``format`` hold; ``RequestError`` if they are not right."""
    try:
        fields = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=10))
    except ValueError as error:
        raise RequestError("the form cannot be read", hint="encode its fields as UTF-8, then by percent") from error
    form = fields.get("input-format", "ttl")
    if form not in DOCUMENTS.values():
        raise RequestError(f"“{form}” is no format of RDF here", hint="use " + ", ".join(DOCUMENTS.values()))
    if not fields.get("data", "").strip():
        raise RequestError("the form holds no RDF", hint="put it into the field data")
    return Submission(fields["data"].encode(), form, fields.get("format"))


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
    return await _show_report(request, chosen=chosen or negotiate(accept_of(request), FORMATS))


@kept()
async def _show_report(request: Request, *, chosen: Format) -> Response:
    if chosen is HTML:
        return to_html(await show_validation(dataset_of(request)))
    text = read_report(dataset_of(request))
    if text is None:
        raise NotFound("the snapshot was not validated", hint="g7kg build validates what it publishes")
    return Response(text, headers={"Content-Type": chosen.content_type})
