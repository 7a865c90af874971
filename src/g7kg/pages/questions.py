"""The catalogue as an API: each query answers at an address of its own, with its parameters, as a page and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from g7kg.errors import NotFound, RequestError
from g7kg.http.negotiation import HTML, Format, negotiate
from g7kg.queries.catalogue import CatalogueQuery, describe_kind, find_query, suggest
from g7kg.rdf.solutions import Table, read_table, to_arrow_stream, to_csv, to_json, to_parquet, to_sparql_json
from g7kg.serve.answers import choose_variant, respond
from g7kg.pages.rendering import render_page
from g7kg.dataset.selections import Selection, evaluate
from g7kg.serve.site import accept_of, address_of, site_of

FORMATS: Final = (
    Format("json", "application/json"),
    Format("csv", "text/csv"),
    Format("tsv", "text/tab-separated-values"),
    Format("srj", "application/sparql-results+json"),
    Format("parquet", "application/vnd.apache.parquet"),
    Format("arrow", "application/vnd.apache.arrow.stream"),
)
"""What an answer comes in besides HTML; the last two where pyarrow is installed."""

SIZE: Final = 1000
"""How many rows an answer has, unless the client asks for fewer or more."""

MOST: Final = 100_000
"""How many rows an answer has at most."""

_RESERVED: Final = ("page", "size")
_COLUMNAR: Final = frozenset({"parquet", "arrow"})
_WRITERS: Final[Mapping[str, Callable[[Table], bytes]]] = {
    "csv": to_csv,
    "tsv": partial(to_csv, delimiter="\t"),
    "srj": to_sparql_json,
    "parquet": to_parquet,
    "arrow": to_arrow_stream,
}

router = APIRouter(tags=["queries"])


@dataclass(frozen=True)
class _Call:
    """What a request asks: the query, the values of its parameters, and which page of rows, of which size."""

    query: CatalogueQuery
    values: Mapping[str, str]
    page: int
    size: int

    def locate(self, name: str, page: int | None = None) -> str:
        """Return the path of this answer in the format ``name``, or of another page of it."""
        shown = {"page": str(page)} if page and page > 1 else {}
        size = {"size": str(self.size)} if self.size != SIZE else {}
        parameters = urlencode({**self.values, **shown, **size})
        return f"/queries/{self.query.name}.{name}" + (f"?{parameters}" if parameters else "")


@router.get("/queries", response_class=Response)
async def catalogue(request: Request) -> Response:
    """Return the queries of the catalogue with their parameters: a page, or JSON."""
    chosen = negotiate(accept_of(request), (HTML, FORMATS[0]))

    async def produce() -> Response:
        queries = site_of(request).library.queries
        if chosen is HTML:
            tags = sorted({query.tags[0] for query in queries})
            return render_page("questions.html", {"queries": queries, "tags": tags})
        return JSONResponse({"queries": [_describe(query) for query in queries]})

    return await respond(request, choose_variant(request, "catalogue", chosen.name), produce)


@router.get("/queries/{name}", response_class=Response)
async def question(request: Request, name: str) -> Response:
    """Return the answer to a query of the catalogue, in the format that the extension or Accept names."""
    formats = _list_formats()
    stem, _, extension = name.rpartition(".")
    named = next((format_ for format_ in formats if stem and format_.name == extension), None)
    call = _read_call(request, find_query(site_of(request).library.queries, stem if named else name))
    chosen = named or negotiate(accept_of(request), formats)
    key = (chosen.name, urlencode(sorted(call.values.items())), str(call.page), str(call.size), address_of(request))
    variant = choose_variant(request, "question", call.query.name, *key)
    return await respond(request, variant, partial(_produce, request, call, chosen))


async def _produce(request: Request, call: _Call, chosen: Format) -> Response:
    missing = {parameter.name for parameter in call.query.parameters if parameter.default is None} - call.values.keys()
    if chosen is HTML and missing:
        return render_page("question.html", {"call": call, "table": None, "total": 0, "formats": FORMATS})
    bindings = call.query.bind(call.values)
    data = await evaluate(request, call.query, bindings)
    whole = read_table(data, [parameter.variable for parameter in call.query.parameters])
    table, total = whole.cut((call.page - 1) * call.size, call.size), len(whole.rows)
    if call.page > 1 and not table.rows:
        raise NotFound(f"there is no page {call.page}", hint=f"the answer has {total} rows, {call.size} a page")
    headers = {"Content-Location": call.locate(chosen.name, call.page), "Link": _link(call, total, chosen.name)}
    if chosen is HTML:
        values = {"call": call, "table": table, "total": total, "formats": _list_formats()[1:]}
        selection = Selection(call.query, bindings, ())
        return render_page("question.html", {**values, "selections": (selection,)}, headers=headers)
    return Response(_write(call, table, total, chosen), headers={**headers, "Content-Type": chosen.content_type})


def _write(call: _Call, table: Table, total: int, chosen: Format) -> bytes:
    if chosen.name != "json":
        return _WRITERS[chosen.name](table)
    more = call.page * call.size < total
    following = call.locate("json", call.page + 1) if more else None
    return to_json(table, query=call.query.name, parameters=call.values, total=total, page=call.page, next=following)


def _link(call: _Call, total: int, name: str) -> str:
    """Return the Link header: the other formats, and the pages before and after."""
    links = [
        f'<{call.locate(format_.name, call.page)}>; rel="alternate"; type="{format_.media_type}"'
        for format_ in _list_formats()
        if format_.name != name
    ]
    links += [f'<{call.locate(name, call.page - 1)}>; rel="prev"'] if call.page > 1 else []
    links += [f'<{call.locate(name, call.page + 1)}>; rel="next"'] if call.page * call.size < total else []
    return ", ".join(links)


def _read_call(request: Request, query: CatalogueQuery) -> _Call:
    """Return what ``request`` asks of ``query``; ``RequestError`` if a parameter is given twice or is no number."""
    given = request.query_params
    for name, times in Counter(name for name, _ in given.multi_items()).items():
        if times > 1:
            raise RequestError(f"the parameter {name} is given {times} times", hint="give it once")
    values = {name: value for name, value in given.items() if name not in _RESERVED and value}
    known = {parameter.name for parameter in query.parameters}
    for name in values.keys() - known:
        hint = suggest(name, known | set(_RESERVED))
        raise RequestError(f"the query {query.name} has no parameter {name}", hint=hint)
    page = _read_number(given.get("page", "1"), "page", MOST)
    return _Call(query, values, page, _read_number(given.get("size", str(SIZE)), "size", MOST))


def _read_number(text: str, name: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise RequestError(f"the parameter {name} is “{text}”", hint=f"give a whole number from 1 to {most}")
    return int(text)


def _list_formats() -> tuple[Format, ...]:
    columnar = find_spec("pyarrow") is not None
    return (HTML, *(format_ for format_ in FORMATS if columnar or format_.name not in _COLUMNAR))


def _describe(query: CatalogueQuery) -> dict[str, Any]:
    return {
        "name": query.name,
        "summary": query.summary,
        "description": query.description,
        "tags": query.tags,
        "path": f"/queries/{query.name}",
        "parameters": [
            {
                "name": parameter.name,
                "takes": describe_kind(parameter.kind),
                "default": parameter.default,
                "example": parameter.example,
            }
            for parameter in query.parameters
        ],
        "query": query.text,
    }
