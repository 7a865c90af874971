"""Errors to HTTP: one table to statuses, one form of body (RFC 9457), a page for those who accept HTML only."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from g7kg.errors import (
    EngineError,
    G7kgError,
    NotAcceptable,
    NotFound,
    Overload,
    QueryError,
    QueryTimeout,
    RequestError,
    TooLarge,
    UnsupportedMediaType,
)
from g7kg.negotiation import HTML, Format, negotiate
from g7kg.web.pages import render_page
from g7kg.web.site import accept_of

STATUSES: Final[Mapping[type[G7kgError], HTTPStatus]] = {
    QueryError: HTTPStatus.BAD_REQUEST,
    RequestError: HTTPStatus.BAD_REQUEST,
    NotFound: HTTPStatus.NOT_FOUND,
    NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    QueryTimeout: HTTPStatus.GATEWAY_TIMEOUT,
    Overload: HTTPStatus.SERVICE_UNAVAILABLE,
    EngineError: HTTPStatus.SERVICE_UNAVAILABLE,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    G7kgError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The status of an error is that of the nearest class of the tree that stands here."""

CLIENT_CLOSED_REQUEST: Final = 499
"""Nobody reads it; it is for the log."""

RETRY_SECONDS: Final = "5"

_PROBLEM = Format("json", "application/problem+json", ("application/json",))


def install_handlers(app: FastAPI) -> None:
    """Make ``app`` answer the project's errors, and the framework's own, in one form."""

    @app.exception_handler(G7kgError)
    async def handle_error(request: Request, error: G7kgError) -> Response:
        status = next(STATUSES[class_] for class_ in type(error).__mro__ if class_ in STATUSES)
        headers = {"Retry-After": RETRY_SECONDS} if isinstance(error, Overload) else {}
        return _respond(request, status, error.message, error.hint, headers)

    @app.exception_handler(ClientDisconnect)
    async def handle_leave(_request: Request, _error: ClientDisconnect) -> Response:
        return Response(status_code=CLIENT_CLOSED_REQUEST)

    @app.exception_handler(Exception)
    async def handle_defect(request: Request, _error: Exception) -> Response:
        message = "the server has a defect; it is in its log"
        return _respond(request, HTTPStatus.INTERNAL_SERVER_ERROR, message, None, {})

    @app.exception_handler(HTTPException)
    async def handle_http_exception(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        return _respond(request, status, status.description or status.phrase, None, error.headers or {})


def _respond(
    request: Request, status: HTTPStatus, message: str, hint: str | None, headers: Mapping[str, str]
) -> Response:
    try:
        chosen = negotiate(accept_of(request), (_PROBLEM, HTML))
    except NotAcceptable:
        chosen = _PROBLEM
    common = {**headers, "Vary": "Accept"}
    if chosen is HTML:
        query = request.query_params.get("query") if request.url.path == "/sparql" else None
        values = {"status": status, "message": message, "hint": hint, "query": query}
        return render_page("error.html", values, status, common)
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": message}
    if hint:
        body["hint"] = hint
    return JSONResponse(body, status, common, media_type=_PROBLEM.media_type)
