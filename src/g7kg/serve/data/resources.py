"""Linked data: IRIs to documents, documents in the format that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.description import Description
from g7kg.dataset.resources import VERSION, find_resource
from g7kg.dataset.serialization import serialize
from g7kg.dataset.served import list_dumps
from g7kg.errors import NotFound
from g7kg.http.negotiation import negotiate
from g7kg.pages.profiles import show_resource
from g7kg.pages.rendering import is_web
from g7kg.rdf.formats import DATASET_FORMATS, GRAPH_FORMATS, HTML, PLAIN_FORMATS, Format
from g7kg.rdf.vocab import BASE, DATASET, FOAF, IDENTIFIERS, graph_iri
from g7kg.serve.answers import choose_variant, respond
from g7kg.serve.data.signposting import LINKSET_TYPE, SHAPES, Document, Link
from g7kg.serve.pages.html import to_html
from g7kg.serve.site import accept_of, address_of, dataset_of, site_of
from g7kg.serve.sparql.store import respond_graph

FORMATS: Final = (
    HTML,
    *(format_ if format_.name != "jsonld" else replace(format_, aliases=()) for format_ in GRAPH_FORMATS),
    *DATASET_FORMATS,
    *PLAIN_FORMATS,
)
"""What a description is served as; plain JSON has a format of its own here."""

SPACES: Final = frozenset({"ontology", "shapes", "scheme", "graph", "dataset"})
"""First segments of the project's IRIs that are not below ``id/``."""

_PATH: Final = "/:@!$&'()*+,;=~"
"""What a path has as it is (RFC 3986, section 3.3); the rest is percent-encoded."""


router = APIRouter(tags=["linked data"])


@router.get("/id/{path:path}", response_class=Response, responses={303: {"description": "To the document about it."}})
async def redirect(request: Request, path: str) -> Response:
    """Send the client from a thing to the document about it (https://www.w3.org/TR/cooluris/, section 4.2)."""
    raw = request.scope["raw_path"].decode("ascii")
    query = request.scope["query_string"].decode("ascii")
    name = raw.removeprefix("/id/") if raw.startswith("/id/") else quote(path)
    target = f"/doc/{name}" + (f"?{query}" if query else "")
    return Response(status_code=303, headers={"Location": target})


@router.get("/doc/{path:path}", response_class=Response)
async def document(request: Request, path: str) -> Response:
    """Return the document about a thing, in the format that its extension or Accept names."""
    return await _respond(request, IDENTIFIERS, "/doc/", path)


@router.get("/linkset/{path:path}", response_class=Response)
async def linkset(request: Request, path: str) -> Response:
    """Return the typed links of the document at ``path`` as a set (RFC 9264)."""
    base = IDENTIFIERS if path.startswith("doc/") else BASE
    iri, address = base + path.removeprefix("doc/"), address_of(request)

    async def produce() -> Response:
        description = await _find(request, iri)
        document = _to_document(description, quote(f"/{path}", safe=_PATH), list_formats(iri), dataset_of(request))
        found = document.to_linkset(address)
        return JSONResponse(found, media_type=LINKSET_TYPE)

    return await respond(request, choose_variant(request, "linkset", iri, address), produce)


@router.get("/{space}", response_class=Response)
async def vocabulary(request: Request, space: str) -> Response:
    """Return the document about the ontology, the shapes or the dataset."""
    return await vocabulary_part(request, space, "")


@router.get("/{space}/{path:path}", response_class=Response)
async def vocabulary_part(request: Request, space: str, path: str) -> Response:
    """Return the document about a version of a vocabulary, a scheme, a concept, or a graph."""
    if space.partition(".")[0] not in SPACES:
        raise NotFound(f"there is nothing at {request.url.path}", hint="begin at the home page")
    return await _respond(request, BASE, "/", f"{space}/{path}" if path else space)


async def respond_to_resource(request: Request, iri: str, path: str, chosen: Format) -> Response:
    """Return the document about ``iri``, which stands at ``path``, in the ``chosen`` format."""
    after = request.query_params.get("after", "")
    graph = graph_of(iri)
    if graph and chosen is not HTML:
        if VERSION.search(iri):
            await _find(request, iri)
        document = Document(iri, path, list_formats(iri))
        return await respond_graph(request, graph, chosen, _headers(document, chosen))
    address = address_of(request) if iri.startswith(DATASET.value) else None
    variant = choose_variant(request, "resource", iri, chosen.name, after, address)
    return await respond(request, variant, partial(_produce, request, iri, path, chosen, after))


async def _respond(request: Request, base: str, prefix: str, path: str) -> Response:
    name, extension = _split_extension(path, list_formats(base + path))
    chosen = extension or negotiate(accept_of(request), list_formats(base + name))
    return await respond_to_resource(request, base + name, quote(prefix + name, safe=_PATH), chosen)


async def _produce(request: Request, iri: str, path: str, chosen: Format, after: str) -> Response:
    description = await _find(request, iri, after)
    document = _to_document(description, path, list_formats(iri), dataset_of(request))
    after = "" if description.following is None else urlencode({"after": description.following})
    headers = _headers(document, chosen, f"{path}.{chosen.name}?{after}" if after else "")
    if chosen is HTML:
        page = await show_resource(dataset_of(request), description)
        values = {"description": description, "path": path, "formats": document.data, **page.values}
        return to_html(replace(page, values=values), headers=headers)
    body = serialize(description, chosen.name, site_of(request).library.terms)
    return Response(body, headers={**headers, "Content-Type": chosen.content_type})


async def _find(request: Request, iri: str, after: str = "") -> Description:
    return await find_resource(dataset_of(request), iri, partial(address_of, request), after)


def graph_of(iri: str) -> str | None:
    """Return the named graph whose triples stand for ``iri``: a graph itself, or that of the shapes."""
    if iri.startswith(f"{BASE}graph/"):
        return iri
    shapes = iri == SHAPES or (iri.startswith(f"{SHAPES}/") and VERSION.search(iri))
    return graph_iri("shapes").value if shapes else None


def list_formats(iri: str) -> Sequence[Format]:
    """Return what a description of ``iri`` comes in, HTML first; whole graphs are streamed as triples only."""
    return (HTML, *GRAPH_FORMATS) if iri.startswith((f"{BASE}graph/", SHAPES)) else FORMATS


def _split_extension(path: str, formats: Sequence[Format]) -> tuple[str, Format | None]:
    name, _, extension = path.rpartition(".")
    return next(((name, format_) for format_ in formats if name and format_.name == extension), (path, None))


def _to_document(description: Description, path: str, formats: Sequence[Format], dataset: Dataset) -> Document:
    """Return the document about what is described: dumps are items of the dataset, a publication of what it says."""
    publications = [term.value for term in description.values(FOAF("page")) if isinstance(term, NamedNode)]
    items = [Link("item", address, "text/html") for address in publications if is_web(address)]
    if description.iri == DATASET:
        digest = dataset.manifest.digest
        items += [Link("item", f"/dataset/{digest}/{dump.name}", dump.served_as) for dump in list_dumps(dataset)]
    return Document(description.iri.value, path, formats, tuple(items))


def _headers(document: Document, chosen: Format, following: str = "") -> dict[str, str]:
    return {"Content-Location": f"{document.path}.{chosen.name}", "Link": document.to_header(chosen, following)}
