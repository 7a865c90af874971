"""The page for queries: a form that works by itself, an editor in its place where there is one, results as a page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from g7kg.engine import Answer
from g7kg.errors import NotFound, RequestError
from g7kg.http.negotiation import GRAPH_FORMATS, RESULT_FORMATS
from g7kg.rdf.vocab import BASE, IDENTIFIERS, PREFIXES
from g7kg.serve.answers import choose_variant, read_answer, respond
from g7kg.serve.caching import IMMUTABLE
from g7kg.pages.rendering import SECURITY, render_page
from g7kg.dataset.selections import select
from g7kg.serve.sharing import QUERY_BYTES, decode_query, encode_query
from g7kg.serve.site import address_of, site_of
from g7kg.pages.snippets import compose_snippets

PAGE_BYTES: Final = 1 << 20
"""The largest result that is shown as a page."""

PAGE_CELLS: Final = 20_000
"""The largest table that is shown as a page, in cells."""

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
"""What the page asks before anybody has written anything."""

EDITOR: Final = {"yasqe.min.js": "text/javascript", "yasqe.min.css": "text/css", "LICENCES.txt": "text/plain"}
"""The files of the editor, where it was installed, by name, and their media types."""

_POLICY: Final = SECURITY["Content-Security-Policy"] + "; script-src 'self'; connect-src 'self'"
"""This page alone runs scripts, and only the server's own, which ask only the server."""

router = APIRouter(tags=["pages"])


@router.get("/query", response_class=Response)
async def query_page(request: Request, query: str | None = None, example: str | None = None) -> Response:
    """Show the page, with ``query``, the ``example`` of that name, or a first query in its form; nothing is run."""
    text = _choose_query(request, query, example or None)
    base = address_of(request)
    editor = "editor" if "yasqe.min.js" in read_editor() else None

    async def produce() -> Response:
        values = {
            "query": text,
            "example": example,
            "queries": site_of(request).library.queries,
            "editor": editor is not None,
            "link": _share(request, text),
            "snippets": compose_snippets(f"{base}sparql", text),
            "base": BASE,
            "identifiers": IDENTIFIERS,
        }
        return render_page("query.html", values, headers={"Content-Security-Policy": _POLICY})

    return await respond(request, choose_variant(request, "query", text, example, base, editor), produce)


@router.get("/query/vocabulary.json", response_class=Response)
async def vocabulary(request: Request) -> Response:
    """Return the prefixes and terms that the editor completes: classes, properties and concepts of this graph."""

    async def produce() -> Response:
        rows = (await select(request, "vocabulary")).rows
        terms = [[row["term"], row["kind"], row.get("label", ""), row.get("definition", "")] for row in rows]
        return JSONResponse({"prefixes": PREFIXES, "terms": terms})

    return await respond(request, choose_variant(request, "vocabulary"), produce)


@router.get("/query/link", response_class=Response)
async def link(request: Request, query: str | None = None) -> Response:
    """Return the short link to ``query`` (null if it is too long for one), and code that asks it."""
    if query is None:
        raise RequestError("no query is given", hint="give it as ?query=")
    base = address_of(request)

    async def produce() -> Response:
        snippets = compose_snippets(f"{base}sparql", query)
        return JSONResponse({"link": _share(request, query), "snippets": {item.name: item.text for item in snippets}})

    return await respond(request, choose_variant(request, "link", query, base), produce)


@router.get("/q/{code}", response_class=Response)
async def follow_link(code: str) -> Response:
    """Lead to the page with the query that ``code`` stands for."""
    address = "/query?" + urlencode({"query": decode_query(code)})
    return RedirectResponse(address, 303, {"Cache-Control": IMMUTABLE})


@router.get("/query/editor/{name}", response_class=Response)
async def editor_file(request: Request, name: str) -> Response:
    """Return a file of the editor; ``NotFound`` if there is none of that name, or no editor."""
    found = read_editor().get(name)
    if found is None:
        raise NotFound(f"there is no {name} here", hint="the editor is installed when the package is built")
    digest = hashlib.sha256(found).hexdigest()

    async def produce() -> Response:
        return Response(found, media_type=EDITOR[name])

    return await respond(request, choose_variant(request, "editor", name, digest), produce)


@cache
def read_editor() -> dict[str, bytes]:
    """Return the files of the editor by name, none if it was not installed."""
    folder = files("g7kg.serve") / "editor"
    return {name: (folder / name).read_bytes() for name in EDITOR if (folder / name).is_file()}


def _share(request: Request, query: str) -> str | None:
    """Return the short link to ``query``: that of the example that it is, else its code; ``None`` if it is too long."""
    for known in site_of(request).library.queries:
        if known.text == query:
            return f"{address_of(request)}query?example={known.name}"
    return f"{address_of(request)}q/{encode_query(query)}" if len(query.encode()) <= QUERY_BYTES else None


def _choose_query(request: Request, query: str | None, example: str | None) -> str:
    if query is not None and example is not None:
        raise RequestError("a query and an example exclude each other", hint="give one of them")
    if example is None:
        return FIRST_QUERY if query is None else query
    found = [known.text for known in site_of(request).library.queries if known.name == example]
    if not found:
        raise NotFound(f"there is no example {example}", hint="the page /query lists them")
    return found[0]


async def show_answer(answer: Answer, query: str, dataset: Sequence[tuple[str, str]]) -> Response:
    """Return the page that shows ``answer``, in JSON or Turtle, to ``query``.

    ``dataset`` holds the protocol's parameters of the dataset, which the links to other formats repeat.
    """
    body = await read_answer(answer, PAGE_BYTES)
    graph = answer.format == "ttl"
    values: dict[str, Any] = {
        "query": query,
        "too_large": body is None,
        "columns": [],
        "rows": [],
        "boolean": None,
        "turtle": body.decode() if body is not None and graph else None,
        "formats": GRAPH_FORMATS if graph else RESULT_FORMATS,
        "link": urlencode([("query", query), *dataset]),
    }
    if body is not None and not graph:
        values |= _read_table(body)
    return render_page("results.html", values)


def _read_table(body: bytes) -> dict[str, Any]:
    """Return what the page shows of results in JSON; only that they are too large, if they have too many cells."""
    try:
        results = json.loads(body)
    except RecursionError:
        return {"too_large": True}
    columns, rows = results["head"].get("vars", []), results.get("results", {}).get("bindings", [])
    if len(columns) * len(rows) > PAGE_CELLS:
        return {"too_large": True}
    return {"boolean": results.get("boolean"), "columns": columns, "rows": rows}
