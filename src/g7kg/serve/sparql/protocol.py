"""The SPARQL endpoint (SPARQL 1.1 Protocol, section 2): queries by GET and POST, and its description."""

import json
import math
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from g7kg.dataset.warnings import warn_of_query
from g7kg.engine import EngineRequest
from g7kg.errors import (
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    RequestError,
    TooLarge,
    UnsupportedMediaType,
)
from g7kg.http.negotiation import find_format, negotiate
from g7kg.pages.query import show_results
from g7kg.queries.warnings import list_named, warn_of
from g7kg.rdf.formats import GRAPH_FORMATS, HTML, RESULT_FORMATS, Format
from g7kg.rdf.lexer import is_repeatable, may_need_base
from g7kg.rdf.vocab import LICENCE
from g7kg.serve.answers import Variant, choose_variant, head_warnings, respond, run_while_connected, to_response
from g7kg.serve.caching import Repeat
from g7kg.serve.pages.html import to_html
from g7kg.serve.site import accept_of, address_of, dataset_of, engine_of, exchange_of, header_of, site_of, url_of
from g7kg.serve.sparql.description import describe_service
from g7kg.serve.sparql.store import read_graph_name

BODY_BYTES: Final = 1 << 20
"""The largest body of a request."""

_FORM: Final = "application/x-www-form-urlencoded"
_DIRECT: Final = "application/sparql-query"


_GRAPHS: Final = frozenset(format_.name for format_ in GRAPH_FORMATS)
_CONTENT_TYPES: Final = {format_.name: format_.content_type for format_ in (*RESULT_FORMATS, *GRAPH_FORMATS)}


@dataclass(frozen=True)
class QueryCall:
    """What a request asks: the query, its dataset, the name of a format, a shorter deadline in seconds."""

    query: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    format: str | None
    timeout: float | None

    @property
    def dataset(self) -> list[tuple[str, str]]:
        """The parameters that name the dataset."""
        default = [("default-graph-uri", name) for name in self.default_graphs]
        return default + [("named-graph-uri", name) for name in self.named_graphs]


@dataclass(frozen=True)
class _Formats:
    """The formats for the two kinds of results; ``None`` where none that was asked for exists."""

    results: Format | None
    graph: Format | None

    @property
    def html(self) -> bool:
        return HTML in {self.results, self.graph}

    @property
    def names(self) -> tuple[str | None, str | None]:
        return (self.results.name if self.results else None, self.graph.name if self.graph else None)


async def answer_sparql(request: Request) -> Response:
    """Answer the query of a GET or POST; without any parameter but that of a language, describe the service; people
    are led to a page.
    """  # noqa: D205 - one sentence
    if request.method not in {"GET", "POST"}:
        raise MethodNotAllowed(request.method, "GET, HEAD, POST, OPTIONS")
    return await _answer(request, immutable=False)


async def answer_sparql_of_snapshot(request: Request) -> Response:
    """Answer a query at the address of one snapshot, where an answer can never change; else as ``answer_sparql``."""
    digest, served = request.path_params["digest"], site_of(request).manifest.digest
    if digest != served:
        raise NotFound(f"the snapshot {digest} is not served here", hint=f"the one that is served is {served}")
    return await _answer(request, immutable=True)


async def _answer(request: Request, *, immutable: bool) -> Response:
    parameters = _parse(request.scope["query_string"])
    if request.method == "GET" and all(name == "language" for name, _ in parameters):
        return await _introduce(request)
    if request.method == "POST":
        parameters += await _read_posted(request)
    call = _read_call(parameters)
    exchange_of(request.scope).query = call.query
    formats = _negotiate(accept_of(request), call.format)
    graphs = json.dumps([call.default_graphs, call.named_graphs]) if call.default_graphs or call.named_graphs else None
    base = url_of(request) if may_need_base(call.query) else None
    variant = choose_variant(
        request,
        "sparql",
        call.query,
        *formats.names,
        graphs,
        base,
        repeatable=is_repeatable(call.query),
        immutable=immutable,
    )
    response = await respond(request, variant, partial(_evaluate, request, call, formats, variant, base))
    told = ((b"link", f'<{LICENCE}>; rel="license"'.encode()),)
    response.raw_headers += told
    if request.method == "GET" and not immutable:
        _note_repeat(request, variant, told, call.query)
    return response


def _note_repeat(request: Request, variant: Variant, told: Sequence[tuple[bytes, bytes]], query: str) -> None:
    """Have the same request answered by what is kept then, with the headers ``told`` beside those of ``variant``."""
    if variant.etag and header_of(request, b"if-none-match") != "*":
        unmodified = variant.find_unmodified(request)
        exchange_of(request.scope).repeat = Repeat(variant.etag, (*variant.headers, *told), unmodified, query)


async def _evaluate(
    request: Request, call: QueryCall, formats: _Formats, variant: Variant, base: str | None
) -> Response:
    engine_request = EngineRequest(
        query=call.query,
        result_format=_engine_format(formats.results, "json"),
        graph_format=_engine_format(formats.graph, "ttl"),
        default_graphs=call.default_graphs if call.default_graphs or call.named_graphs else None,
        named_graphs=call.named_graphs if call.default_graphs or call.named_graphs else None,
        encoding="identity" if formats.html else variant.encoding,
        base=base,
        named=list_named(call.query),
    )
    answer = await run_while_connected(request, engine_of(request).run(engine_request, call.timeout))
    if answer.unknown:
        warnings = await warn_of_query(dataset_of(request), call.query, answer)
    else:  # as most queries are: no dataset need be made for it
        warnings = warn_of(call.query, site_of(request).library.vocabulary)
    told = head_warnings(warnings)
    if HTML is (formats.graph if answer.format in _GRAPHS else formats.results):
        return to_html(
            await show_results(dataset_of(request), answer, call.query, call.dataset, warnings), headers=told
        )
    return to_response(answer, {"Content-Type": _CONTENT_TYPES[answer.format], **told})


def _read_call(parameters: Sequence[tuple[str, str]]) -> QueryCall:
    """Return what a request with ``parameters`` asks; ``RequestError`` or a kin of it if it breaks the protocol."""
    if any(name == "update" for name, _ in parameters):
        raise RequestError("this endpoint takes no updates", hint="send a query, in the parameter query")
    queries = [value for name, value in parameters if name == "query"]
    if len(queries) != 1:
        raise RequestError(f"the parameter query is given {len(queries)} times", hint="give it once")
    return QueryCall(
        query=queries[0],
        default_graphs=_read_graphs(parameters, "default-graph-uri"),
        named_graphs=_read_graphs(parameters, "named-graph-uri"),
        format=next((value for name, value in parameters if name == "format" and value), None),
        timeout=_read_timeout(next((value for name, value in parameters if name == "timeout" and value), None)),
    )


def _read_graphs(parameters: Sequence[tuple[str, str]], parameter: str) -> tuple[str, ...]:
    return tuple(read_graph_name(parameter, value) for name, value in parameters if name == parameter)


async def _read_posted(request: Request) -> list[tuple[str, str]]:
    media_type = read_media_type(request, (_FORM, _DIRECT), "a query")
    body = await read_body(request)
    if media_type == _FORM:
        return _parse(body)
    try:
        return [("query", body.decode())]
    except UnicodeDecodeError as error:
        raise RequestError("the body is not UTF-8", hint="send UTF-8") from error


def read_media_type(request: Request, taken: Collection[str], sent: str) -> str:
    """Return the media type of the body of ``request``, in lower case.

    Raises ``UnsupportedMediaType`` if it is none of ``taken``, in another charset than UTF-8, or compressed; ``sent``
    is what is sent, for the message.
    """
    media_type, _, options = request.headers.get("content-type", "").lower().partition(";")
    stated = (option.strip().partition("=") for option in options.split(";"))
    charset = next((value.strip(' "') for name, _, value in stated if name == "charset"), "utf-8")
    media_type = media_type.strip()
    if media_type not in taken:
        raise UnsupportedMediaType(f"{sent} is not sent as “{media_type}”", hint="use " + ", ".join(taken))
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise UnsupportedMediaType(f"{sent} is not sent in “{charset}”", hint="send UTF-8")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedMediaType(f"{sent} is not sent compressed", hint="send it as it is")
    return media_type


async def read_body(request: Request) -> bytes:
    """Return the body of ``request``; ``TooLarge`` if it has more than ``BODY_BYTES``."""
    stated = request.headers.get("content-length", "")
    too_large = TooLarge(f"the body has more than {BODY_BYTES} bytes", hint="send less")
    if stated.isdecimal() and int(stated) > BODY_BYTES:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise too_large
    return bytes(body)


def _parse(text: bytes) -> list[tuple[str, str]]:
    if not text:
        return []
    try:
        return parse_qsl(text.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=1000)
    except UnicodeDecodeError as error:
        raise RequestError("the parameters are not UTF-8", hint="encode them as UTF-8, then by percent") from error
    except ValueError as error:
        raise RequestError("there are more than 1000 parameters", hint="name fewer graphs") from error


def _read_timeout(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not seconds > 0:
        raise RequestError(f"the timeout “{text}” is no number of seconds", hint="such as 2.5")
    return seconds


@lru_cache(maxsize=256)
def _negotiate(accept: str | None, name: str | None) -> _Formats:
    """Return the formats for either kind of result; ``NotAcceptable`` if neither can be served.

    Where ``name`` is a format, but none of this kind of result, ``accept`` decides: libraries send a name of theirs
    with every query.
    """
    failures: list[NotAcceptable] = []
    known = name is not None and _names(name, (*RESULT_FORMATS, *GRAPH_FORMATS))

    def choose(formats: Sequence[Format]) -> Format | None:
        try:
            if name and (not accept or not known or _names(name, formats)):
                return find_format(name, formats)
            return negotiate(accept, formats)
        except NotAcceptable as error:
            failures.append(error)
            return None

    chosen = _Formats(choose((*RESULT_FORMATS, HTML)), choose((*GRAPH_FORMATS, HTML)))
    if chosen.results is None and chosen.graph is None:
        hints = "; ".join(failure.hint or "" for failure in failures)
        raise NotAcceptable(failures[0].message, hint=hints)
    return chosen


def _names(name: str, formats: Sequence[Format]) -> bool:
    with suppress(NotAcceptable):
        return bool(find_format(name, formats))
    return False


def _engine_format(format_: Format | None, for_page: str) -> str | None:
    if format_ is None:
        return None
    return for_page if format_ is HTML else format_.name


async def _introduce(request: Request) -> Response:
    chosen = negotiate(accept_of(request), (*GRAPH_FORMATS, HTML))
    if chosen is HTML:
        return RedirectResponse("/query", HTTPStatus.SEE_OTHER, {"Vary": "Accept"})
    base = address_of(request)
    variant = choose_variant(request, "service", chosen.name, base)

    async def produce() -> Response:
        body = describe_service(base, site_of(request).manifest, site_of(request).library.queries, chosen)
        return Response(body, headers={"Content-Type": chosen.content_type})

    return await respond(request, variant, produce)
