"""Linked data: IRIs to documents, documents in the format that is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from pyoxigraph import Literal, NamedNode, Quad, Triple
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from g7kg.errors import Gone, NotFound
from g7kg.http.negotiation import DATASET_FORMATS, GRAPH_FORMATS, HTML, PLAIN_FORMATS, Format, negotiate
from g7kg.rdf.vocab import BASE, DATASET, DCTERMS, FOAF, IDENTIFIERS, OWL, RDFS, XSD, graph_iri
from g7kg.serve.answers import choose_variant, respond
from g7kg.dataset.served import describe_graph, describe_served, list_dumps
from g7kg.dataset.description import Description, describe, name_resource
from g7kg.pages.profiles import show_resource
from g7kg.pages.rendering import render_page
from g7kg.dataset.serialization import serialize
from g7kg.serve.data.signposting import LINKSET_TYPE, SHAPES, Document, Link
from g7kg.serve.site import Site, accept_of, address_of, site_of
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

_TRUE: Final = Literal("true", datatype=XSD("boolean"))
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+$")

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


@router.get("/linkset/{path:path}", response_class=Response)
async def linkset(request: Request, path: str) -> Response:
    """Return the typed links of the document at ``path`` as a set (RFC 9264)."""
    base = IDENTIFIERS if path.startswith("doc/") else BASE
    iri, address = base + path.removeprefix("doc/"), address_of(request)

    async def produce() -> Response:
        description = await find(request, iri)
        document = _to_document(description, quote(f"/{path}", safe=_PATH), _formats_of(iri), site_of(request))
        found = document.to_linkset(address)
        return JSONResponse(found, media_type=LINKSET_TYPE)

    return await respond(request, choose_variant(request, "linkset", iri, address), produce)


@router.get("/{space}/{path:path}", response_class=Response)
@router.get("/{space}", response_class=Response)
async def vocabulary(request: Request, space: str, path: str = "") -> Response:
    """Return the document about the ontology, the shapes, a scheme, a concept, a graph or the dataset."""
    if space.partition(".")[0] not in SPACES:
        raise NotFound(f"there is nothing at {request.url.path}", hint="begin at the home page")
    return await _respond(request, BASE, "/", f"{space}/{path}" if path else space)


async def respond_to_resource(request: Request, iri: str, path: str, chosen: Format) -> Response:
    """Return the document about ``iri``, which stands at ``path``, in the ``chosen`` format."""
    after = request.query_params.get("after", "")
    graph = _graph_of(iri)
    if graph and chosen is not HTML:
        if _VERSION.search(iri):
            await find(request, iri)
        document = Document(iri, path, _formats_of(iri))
        return await respond_graph(request, graph, chosen, _headers(document, chosen))
    address = address_of(request) if iri.startswith(DATASET.value) else None
    variant = choose_variant(request, "resource", iri, chosen.name, after, address)
    return await respond(request, variant, partial(_produce, request, iri, path, chosen, after))


async def _respond(request: Request, base: str, prefix: str, path: str) -> Response:
    name, extension = _split_extension(path, _formats_of(base + path))
    chosen = extension or negotiate(accept_of(request), _formats_of(base + name))
    return await respond_to_resource(request, base + name, quote(prefix + name, safe=_PATH), chosen)


async def _produce(request: Request, iri: str, path: str, chosen: Format, after: str) -> Response:
    description = await find(request, iri, after)
    document = _to_document(description, path, _formats_of(iri), site_of(request))
    headers = _headers(document, chosen)
    if description.following is not None:
        following = f"{path}.{chosen.name}?{urlencode({'after': description.following})}"
        headers["Link"] += f', <{following}>; rel="next"'
    if chosen is HTML:
        page = await show_resource(request, description)
        values = {"description": description, "path": path, "formats": document.data, "selections": page.selections}
        return render_page(page.template, {**values, **page.values}, headers=headers)
    body = serialize(description, chosen.name, site_of(request).library.terms)
    return Response(body, headers={**headers, "Content-Type": chosen.content_type})


async def find(request: Request, iri: str, after: str = "") -> Description:
    """Return the description of ``iri``; see ``describe``.

    That of a version of the ontology or the shapes is that of the current one, and so it is for a version of the
    dataset; those of the dataset and its graphs have what this server adds. Raises ``Gone`` for what was retired,
    ``NotFound`` for what was never there.
    """
    if iri in {DATASET.value, f"{DATASET.value}/{site_of(request).manifest.digest}"}:
        return await _find_with(request, DATASET, describe_served(site_of(request), address_of(request)), after)
    if iri in site_of(request).manifest.graphs:
        graph = NamedNode(iri)
        return await _find_with(request, graph, describe_graph(site_of(request), graph), after)
    unversioned, _, version = iri.rpartition("/")
    if not _VERSION.match(version):
        description = await describe(request, name_resource(iri), after)
        _check_retired(description)
        return description
    description = await describe(request, name_resource(unversioned), after)
    if NamedNode(iri) not in description.values(OWL("versionIRI")):
        raise NotFound(f"there is no version {version} of {unversioned}", hint=f"see {unversioned}")
    return description


async def _find_with(request: Request, iri: NamedNode, served: Iterable[Triple], after: str) -> Description:
    """Return the description of ``iri`` with the triples that this server adds, be there any others or not."""
    try:
        described = await describe(request, iri, after)
    except NotFound:  # the catalogue does not count itself, and other people's data need not tell of itself
        described = Description(iri, (), after, None)
    known = {quad.triple for quad in described.quads}
    added = tuple(Quad(*triple) for triple in served if triple not in known)
    return replace(described, quads=(*described.quads, *added))


def _check_retired(description: Description) -> None:
    """Raise ``Gone`` if the thing that is described was retired; terms of the ontology are only deprecated."""
    if not description.iri.value.startswith(IDENTIFIERS) or _TRUE not in description.values(OWL("deprecated")):
        return
    why = [term.value for term in description.values(RDFS("comment")) if isinstance(term, Literal)]
    instead = [term.value for term in description.values(DCTERMS("isReplacedBy")) if isinstance(term, NamedNode)]
    hint = "see " + ", ".join(instead) if instead else "nothing replaces it"
    raise Gone(f"{description.iri.value} was retired: {' '.join(why)}", hint=hint)


def _graph_of(iri: str) -> str | None:
    """Return the named graph whose triples stand for ``iri``: a graph itself, or that of the shapes."""
    if iri.startswith(f"{BASE}graph/"):
        return iri
    shapes = iri == SHAPES or (iri.startswith(f"{SHAPES}/") and _VERSION.search(iri))
    return graph_iri("shapes").value if shapes else None


def _formats_of(iri: str) -> Sequence[Format]:
    """Return what a description of ``iri`` comes in; whole graphs are streamed as triples only."""
    return (HTML, *GRAPH_FORMATS) if iri.startswith((f"{BASE}graph/", SHAPES)) else FORMATS


def _split_extension(path: str, formats: Sequence[Format]) -> tuple[str, Format | None]:
    name, _, extension = path.rpartition(".")
    return next(((name, format_) for format_ in formats if name and format_.name == extension), (path, None))


def _to_document(description: Description, path: str, formats: Sequence[Format], site: Site) -> Document:
    """Return the document about what is described: dumps are items of the dataset, a publication of what it says."""
    publications = [term.value for term in description.values(FOAF("page")) if isinstance(term, NamedNode)]
    items = [Link("item", address, "text/html") for address in publications]
    if description.iri == DATASET:
        digest = site.manifest.digest
        items += [Link("item", f"/dataset/{digest}/{dump.name}", dump.served_as) for dump in list_dumps(site)]
    return Document(description.iri.value, path, formats, tuple(items))


def _headers(document: Document, chosen: Format) -> dict[str, str]:
    return {"Content-Location": f"{document.path}.{chosen.name}", "Link": document.to_header(chosen)}
