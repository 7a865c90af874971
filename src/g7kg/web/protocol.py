"""The SPARQL endpoint (SPARQL 1.1 Protocol, section 2): queries by GET and POST, and a form for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import Response

from g7kg.engine import Answer, EngineRequest
from g7kg.errors import NotAcceptable, RequestError, TooLarge, UnsupportedMediaType
from g7kg.negotiation import GRAPH_FORMATS, HTML, RESULT_FORMATS, Format, find_format, negotiate
from g7kg.web.answers import read_answer, respond, run_while_connected
from g7kg.web.pages import render_page
from g7kg.web.site import accept_of, site_of

PAGE_BYTES: Final = 1 << 20
"""The largest result that is shown as a page."""

BODY_BYTES: Final = 1 << 20
"""The largest body of a request."""

FIRST_QUERY: Final = """\
PREFIX g7: <https://w3id.org/g7kg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?undertaking ?label ?status
WHERE {
  ?undertaking a g7:Undertaking ;
    rdfs:label ?label ;
    g7:status/rdfs:label ?status .
}
ORDER BY ?status ?label
"""
"""What the form asks before anybody has written anything."""

router = APIRouter(tags=["SPARQL"])


@dataclass(frozen=True)
class _Formats:
    """The formats for the two kinds of results; ``None`` where none that was asked for exists."""

    results: Format | None
    graph: Format | None

    @property
    def html(self) -> bool:
        return HTML in {self.results, self.graph}


@router.get("/sparql", summary="Query by GET; without a query, a form", response_class=Response)
async def get_sparql(request: Request) -> Response:
    """Answer the query in the parameter ``query``, as solutions, a boolean or a graph, by Accept or ``format``."""
    parameters = _parse(request.scope["query_string"])
    if "query" not in parameters:
        return _show_form(request)
    return await _answer(request, parameters)


@router.post("/sparql", summary="Query by POST", response_class=Response)
async def post_sparql(request: Request) -> Response:
    """Answer a query sent as a form, or as the body itself in ``application/sparql-query``."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await _read_body(request)
    if media_type == "application/x-www-form-urlencoded":
        return await _answer(request, _parse(body))
    if media_type == "application/sparql-query":
        parameters = _parse(request.scope["query_string"]).multi_items()
        return await _answer(request, ImmutableMultiDict([*parameters, ("query", _decode(body))]))
    raise UnsupportedMediaType(
        f"a query is not sent as “{media_type}”",
        hint="use application/x-www-form-urlencoded or application/sparql-query",
    )


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise TooLarge(f"the body has more than {BODY_BYTES} bytes", hint="send a shorter query")
    return bytes(body)


def _parse(text: bytes) -> ImmutableMultiDict[str, str]:
    """Return the parameters in a query string or a form; ``RequestError`` if they are not UTF-8."""
    try:
        return ImmutableMultiDict(parse_qsl(text.decode("ascii"), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError as error:
        raise RequestError("the parameters are not UTF-8", hint="encode them as UTF-8, then by percent") from error


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise RequestError("the body is not UTF-8", hint="send UTF-8") from error


async def _answer(request: Request, parameters: ImmutableMultiDict[str, str]) -> Response:
    queries = parameters.getlist("query")
    if len(queries) != 1:
        raise RequestError(f"the parameter query is given {len(queries)} times", hint="give it once")
    formats = _negotiate(request, parameters.get("format"))
    default, named = parameters.getlist("default-graph-uri"), parameters.getlist("named-graph-uri")
    site = site_of(request)
    engine_request = EngineRequest(
        query=queries[0],
        result_format=_engine_format(formats.results, "json"),
        graph_format=_engine_format(formats.graph, "ttl"),
        default_graphs=tuple(default) if default or named else None,
        named_graphs=tuple(named) if default or named else None,
    )
    answer = await run_while_connected(request, site.pool.run(engine_request))
    if formats.html:
        return await _show_answer(answer, queries[0])
    format_ = find_format(answer.format, (*RESULT_FORMATS, *GRAPH_FORMATS))
    return respond(answer, {"Content-Type": format_.content_type, "Vary": "Accept"})


def _negotiate(request: Request, name: str | None) -> _Formats:
    """Return the formats for either kind of result; ``NotAcceptable`` if neither can be served."""
    accept = accept_of(request)
    failures: list[NotAcceptable] = []

    def choose(formats: Sequence[Format]) -> Format | None:
        try:
            return find_format(name, formats) if name else negotiate(accept, formats)
        except NotAcceptable as error:
            failures.append(error)
            return None

    chosen = _Formats(choose((*RESULT_FORMATS, HTML)), choose((*GRAPH_FORMATS, HTML)))
    if chosen.results is None and chosen.graph is None:
        hints = "; ".join(failure.hint or "" for failure in failures)
        raise NotAcceptable(failures[0].message, hint=hints)
    return chosen


def _engine_format(format_: Format | None, for_page: str) -> str | None:
    if format_ is None:
        return None
    return for_page if format_ is HTML else format_.name


def _show_form(request: Request) -> Response:
    negotiate(accept_of(request), (HTML,))
    values = {"query": FIRST_QUERY, "queries": site_of(request).queries}
    return render_page("sparql.html", values, headers={"Vary": "Accept"})


async def _show_answer(answer: Answer, query: str) -> Response:
    body = await read_answer(answer, PAGE_BYTES)
    values: dict[str, Any] = {"query": query, "too_large": body is None, "columns": [], "rows": [], "boolean": None}
    values["turtle"] = body.decode() if body is not None and answer.format == "ttl" else None
    if body is not None and answer.format == "json":
        results = json.loads(body)
        values["boolean"] = results.get("boolean")
        values["columns"] = results["head"].get("vars", [])
        values["rows"] = results.get("results", {}).get("bindings", [])
    return render_page("results.html", values, headers={"Vary": "Accept"})
