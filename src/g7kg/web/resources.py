"""Linked data: IRIs to documents, documents in the format that is asked for."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter
from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import Response

from g7kg.errors import NotFound
from g7kg.negotiation import DATASET_FORMATS, GRAPH_FORMATS, HTML, PLAIN_FORMATS, Format, negotiate
from g7kg.vocab import BASE, IDENTIFIERS, OWL, graph_iri
from g7kg.web.answers import choose_variant, respond
from g7kg.web.description import Description, describe, name_resource
from g7kg.web.pages.profiles import show_resource
from g7kg.web.pages.rendering import render_page
from g7kg.web.serialization import serialize
from g7kg.web.site import accept_of, site_of
from g7kg.web.store import respond_graph

FORMATS: Final = (
    HTML,
    *(format_ if format_.name != "jsonld" else replace(format_, aliases=()) for format_ in GRAPH_FORMATS),
    *DATASET_FORMATS,
    *PLAIN_FORMATS,
)
"""What a description is served as; plain JSON has a format of its own here."""

SPACES: Final = frozenset({"ontology", "shapes", "scheme", "graph", "dataset"})
"""First segments of the project's IRIs that are not below ``id/``."""

_VERSION = re.compile(r"\d+\.\d+\.\d+")

router = APIRouter(tags=["linked data"])


@router.get("/id/{path:path}", response_class=Response)
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


@router.get("/{space}/{path:path}", response_class=Response)
@router.get("/{space}", response_class=Response)
async def vocabulary(request: Request, space: str, path: str = "") -> Response:
    """Return the document about the ontology, the shapes, a scheme, a concept, a graph or the dataset."""
    if space.partition(".")[0] not in SPACES:
        raise NotFound(f"there is nothing at {request.url.path}", hint="begin at the home page")
    return await _respond(request, BASE, "/", f"{space}/{path}" if path else space)


async def _respond(request: Request, base: str, prefix: str, path: str) -> Response:
    name, extension = _split_extension(path)
    chosen = extension or negotiate(accept_of(request), FORMATS)
    headers = _headers(base + name, f"{prefix}{name}", chosen)
    graph = _graph_of(base + name)
    if graph and chosen is not HTML:
        return await respond_graph(request, graph, chosen, headers)
    variant = choose_variant(request, "resource", base + name, chosen.name)
    return await respond(request, variant, partial(_produce, request, base + name, f"{prefix}{name}", chosen))


async def _produce(request: Request, iri: str, path: str, chosen: Format) -> Response:
    description = await _find(request, iri)
    headers = _headers(description.iri.value, path, chosen)
    if chosen is HTML:
        return await _show(request, description, path, headers)
    body = serialize(description, chosen.name, site_of(request).library.terms)
    return Response(body, headers={**headers, "Content-Type": chosen.content_type})


def _graph_of(iri: str) -> str | None:
    """Return the named graph whose triples stand for ``iri``: a graph itself, or that of the shapes."""
    if iri.startswith(f"{BASE}graph/"):
        return iri
    return graph_iri("shapes").value if iri.startswith(f"{BASE}shapes") else None


async def _find(request: Request, iri: str) -> Description:
    """Return the description of ``iri``; that of a version of the ontology or the shapes is that of the current one."""
    unversioned, _, version = iri.rpartition("/")
    if not _VERSION.fullmatch(version):
        return await describe(request, name_resource(iri))
    description = await describe(request, name_resource(unversioned))
    if NamedNode(iri) not in description.outgoing.get(OWL("versionIRI"), []):
        raise NotFound(f"there is no version {version} of {unversioned}", hint=f"see {unversioned}")
    return description


def _split_extension(path: str) -> tuple[str, Format | None]:
    name, _, extension = path.rpartition(".")
    return next(((name, format_) for format_ in FORMATS if name and format_.name == extension), (path, None))


def _headers(iri: str, path: str, chosen: Format) -> dict[str, str]:
    links = [f'<{iri}>; rel="describes"']
    links += [f'<{path}.{other.name}>; rel="alternate"; type="{other.media_type}"' for other in FORMATS]
    return {"Content-Location": f"{path}.{chosen.name}", "Link": ", ".join(links)}


async def _show(request: Request, description: Description, path: str, headers: dict[str, str]) -> Response:
    page = await show_resource(request, description)
    values = {"description": description, "path": path, "formats": FORMATS[1:], "selections": page.selections}
    return render_page(page.template, {**values, **page.values}, headers=headers)
