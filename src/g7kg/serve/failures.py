"""Errors to HTTP: one table to statuses, one form of body (RFC 9457), a page for those who accept HTML only."""

import errno
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from g7kg import errors
from g7kg.errors import G7kgError, MethodNotAllowed, NotAcceptable, Overload, StoreError
from g7kg.http.negotiation import negotiate
from g7kg.pages.rendering import Page
from g7kg.rdf.formats import HTML, Format
from g7kg.serve.pages.html import to_html
from g7kg.serve.site import accept_of, exchange_of
from g7kg.serve.telemetry import CLIENT_CLOSED_REQUEST

STATUSES: Final[Mapping[type[G7kgError], HTTPStatus]] = {
    errors.QueryError: HTTPStatus.BAD_REQUEST,
    errors.RequestError: HTTPStatus.BAD_REQUEST,
    errors.Misdirected: HTTPStatus.MISDIRECTED_REQUEST,
    errors.MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Gone: HTTPStatus.GONE,
    errors.DataError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    errors.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.QueryTimeout: HTTPStatus.GATEWAY_TIMEOUT,
    errors.StoreError: HTTPStatus.BAD_GATEWAY,
    errors.ClientOverload: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Overload: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.EngineError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.EngineFault: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.G7kgError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The status of an error is that of the nearest class of the tree that stands here."""

RETRY_SECONDS: Final = "5"

_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN})
"""Errors of the system that pass when others have been answered."""

logger = logging.getLogger(__name__)

_PROBLEM = Format("json", "application/problem+json", ("application/json",))


def install_handlers(app: FastAPI) -> None:
    """Make ``app`` answer the project's errors, and the framework's own, in one form."""

    async def handle(request: Request, error: Exception) -> Response:
        return respond_to_error(request, error)

    for class_ in (G7kgError, ClientDisconnect, HTTPException, OSError, Exception):
        app.add_exception_handler(class_, handle)


def respond_to_error(request: Request, error: Exception) -> Response:
    """Return the response that tells the client of ``error``; an error that is a defect goes to the log."""
    if isinstance(error, OSError) and error.errno in _EXHAUSTED:
        logger.warning("a request could not be answered: %s", error)
        error = Overload("the server lacks descriptors or memory", hint="try again in a few seconds")
    exchange_of(request.scope).outcome = type(error).__name__
    if isinstance(error, ClientDisconnect):
        return Response(status_code=CLIENT_CLOSED_REQUEST)
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        allowed = {"Allow": list_methods(request.url.path)} if status is HTTPStatus.METHOD_NOT_ALLOWED else {}
        headers = {**(error.headers or {}), **allowed}
        return _respond(request, status, status.description or status.phrase, None, headers)
    if not isinstance(error, G7kgError):
        logger.error("a request met a defect", exc_info=error)
        message = "the server has a defect; it is in its log"
        return _respond(request, HTTPStatus.INTERNAL_SERVER_ERROR, message, None, {})
    status = next(STATUSES[class_] for class_ in type(error).__mro__ if class_ in STATUSES)
    passing = isinstance(error, Overload) or (isinstance(error, StoreError) and error.transient)
    headers = {"Retry-After": RETRY_SECONDS} if passing else {}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = error.allowed
    return _respond(request, status, error.message, error.hint, headers)


def list_methods(path: str) -> str:
    """Return the methods by which ``path`` may be asked, as the header Allow has them."""
    if path == "/query/names.json":
        return "POST, OPTIONS"
    posted = path == "/validate" or path.rstrip("/").endswith("/sparql")
    return "GET, HEAD, POST, OPTIONS" if posted else "GET, HEAD, OPTIONS"


def _respond(
    request: Request, status: HTTPStatus, message: str, hint: str | None, headers: Mapping[str, str]
) -> Response:
    try:
        chosen = negotiate(accept_of(request), (_PROBLEM, HTML))
    except NotAcceptable:
        chosen = _PROBLEM
    common = {**headers, "Vary": "Accept", "Cache-Control": "no-store"}
    if chosen is HTML:
        query = request.query_params.get("query") if request.url.path.rstrip("/") == "/sparql" else None
        values = {"status": status, "message": message, "hint": hint, "query": query}
        return to_html(Page("error.html", values), status, common)
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": message}
    if hint:
        body["hint"] = hint
    return JSONResponse(body, status, common, media_type=_PROBLEM.media_type)
