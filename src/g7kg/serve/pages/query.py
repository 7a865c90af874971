"""The page for queries by address, its vocabulary, its short links, the files of its editor."""

import hashlib
import json
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from g7kg.errors import NotFound, RequestError
from g7kg.pages.naming import name_resources
from g7kg.pages.query import EDITOR, bind_example, choose_query, list_vocabulary, read_editor, show_query
from g7kg.pages.snippets import compose_snippets
from g7kg.serve.answers import choose_variant, kept, respond
from g7kg.serve.caching import IMMUTABLE
from g7kg.serve.pages.html import SECURITY, to_html
from g7kg.serve.sharing import decode_query
from g7kg.serve.site import address_of, dataset_of, site_of
from g7kg.serve.sparql.protocol import read_body, read_media_type

_POLICY: Final = (
    SECURITY["Content-Security-Policy"].replace("img-src 'self'", "img-src 'self' blob:") + "; connect-src 'self'"
)
"""The scripts of this page ask the server, and make pictures of charts."""

_NAMES: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "string"}}}},
    }
}

_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    413: {"description": "The list is too long."},
    415: {"description": "The body is no JSON."},
}

router = APIRouter(tags=["pages"], default_response_class=Response)


@router.get("/query")
async def query_page(request: Request, query: str | None = None, example: str | None = None) -> Response:
    """Show the page, with ``query``, the ``example`` of that name, or a first query in its form; nothing is run."""
    queries, base = site_of(request).library.queries, address_of(request)
    text = choose_query(queries, query, example or None)
    editor = "editor" if "yasqe.min.js" in read_editor() else None

    async def produce() -> Response:
        page = show_query(text, example, queries, _share(request, text), base)
        return to_html(page, headers={"Content-Security-Policy": _POLICY})

    return await respond(request, choose_variant(request, "query", text, example, base, editor), produce)


@router.get("/query/vocabulary.json")
@kept()
async def vocabulary(request: Request) -> Response:
    """Return the prefixes and terms that the editor completes: classes, properties and concepts of this graph."""
    return JSONResponse(await list_vocabulary(dataset_of(request)))


@router.post("/query/names.json", openapi_extra=_NAMES, responses=_REFUSALS)
async def names(request: Request) -> Response:
    """Return what people call resources, by their IRIs, which are the body: a list in JSON."""
    read_media_type(request, ("application/json",), "a list of IRIs")
    try:
        iris = json.loads(await read_body(request))
    except (ValueError, RecursionError) as error:
        raise RequestError("the body is no JSON", hint="send a list of IRIs") from error
    if not isinstance(iris, list) or not all(isinstance(iri, str) for iri in iris):
        raise RequestError("the body is no list of IRIs", hint="such as [“https://w3id.org/g7kg/id/organisation/oecd”]")
    return JSONResponse(await name_resources(dataset_of(request), iris), headers={"Cache-Control": "no-store"})


@router.get("/query/link")
@kept(addressed=True)
async def link(request: Request, query: str | None = None) -> Response:
    """Return the link to the page with ``query``, and code that asks it."""
    if query is None:
        raise RequestError("no query is given", hint="give it as ?query=")
    snippets = compose_snippets(f"{address_of(request)}sparql", query)
    return JSONResponse({"link": _share(request, query), "snippets": snippets})


@router.get("/q/{code}", responses={303: {"description": "To the page with the query."}})
async def follow_link(code: str) -> Response:
    """Lead to the page with the query that ``code`` stands for."""
    address = "/query?" + urlencode({"query": decode_query(code)})
    return RedirectResponse(address, 303, {"Cache-Control": IMMUTABLE})


@router.get("/query/editor/{name}")
async def editor_file(request: Request, name: str) -> Response:
    """Return a file of the editor; ``NotFound`` if there is none of that name, or no editor."""
    found = read_editor().get(name)
    if found is None:
        raise NotFound(f"there is no {name} here", hint="the editor is installed when the package is built")
    digest = hashlib.sha256(found).hexdigest()

    async def produce() -> Response:
        return Response(found, media_type=EDITOR[name])

    return await respond(request, choose_variant(request, "editor", name, digest), produce)


def _share(request: Request, query: str) -> str:
    """Return the link to the page with ``query``, by name if it is one of the catalogue."""
    named = [known.name for known in site_of(request).library.queries if bind_example(known) == query]
    return f"{address_of(request)}query?{urlencode({'example': named[0]} if named else {'query': query})}"
