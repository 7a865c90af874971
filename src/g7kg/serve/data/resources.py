"""Linked data: IRIs to documents, documents in the format that is asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from pyoxigraph import NamedNode, Quad
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.description import Description
from g7kg.dataset.resources import VERSION, find_resource
from g7kg.dataset.serialization import Serializer
from g7kg.dataset.served import list_dumps
from g7kg.errors import NotFound
from g7kg.http.negotiation import negotiate, split_extension
from g7kg.pages.profiles import show_resource
from g7kg.pages.rendering import is_web
from g7kg.queries.language import ENGLISH
from g7kg.rdf.formats import DATASET_FORMATS, GRAPH_FORMATS, HTML, PLAIN_FORMATS, Format
from g7kg.rdf.jsonld import Terms
from g7kg.rdf.vocab import BASE, DATASET, DCTERMS, FOAF, IDENTIFIERS, LICENCE, graph_iri
from g7kg.serve.answers import choose_variant, kept, respond
from g7kg.serve.data.signposting import LINKSET_TYPE, SHAPES, Document, Link
from g7kg.serve.pages.html import to_worded_html
from g7kg.serve.site import accept_of, address_of, dataset_of, language_of, site_of
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

PATH: Final = "/:@!$&'()*+,;=~"
"""What a path has as it is (RFC 3986, section 3.3); the rest is percent-encoded."""


router = APIRouter(tags=["linked data"], default_response_class=Response)


@router.get("/id/{path:path}", responses={303: {"description": "To the document about it."}})
async def redirect(request: Request, path: str) -> Response:
    """Send the client from a thing to the document about it (https://www.w3.org/TR/cooluris/, section 4.2)."""
    raw = request.scope["raw_path"].decode("ascii")
    query = request.scope["query_string"].decode("ascii")
    name = raw.removeprefix("/id/") if raw.startswith("/id/") else quote(path)
    target = f"/doc/{name}" + (f"?{query}" if query else "")
    return Response(status_code=303, headers={"Location": target})


@router.get("/doc/{path:path}")
async def document(request: Request, path: str) -> Response:
    """Return the document about a thing, in the format that its extension or Accept names."""
    return await _respond(request, IDENTIFIERS, "/doc/", path)


@router.get("/linkset/{path:path}")
@kept(addressed=True)
async def linkset(request: Request, path: str) -> Response:
    """Return the typed links of the document at ``path`` as a set (RFC 9264)."""
    iri = (IDENTIFIERS if path.startswith("doc/") else BASE) + path.removeprefix("doc/")
    description = await _find(request, dataset_of(request), iri)
    document = _to_document(description, iri, quote(f"/{path}", safe=PATH), dataset_of(request))
    return JSONResponse(document.to_linkset(address_of(request)), media_type=LINKSET_TYPE)


@router.get("/{space}")
async def vocabulary(request: Request, space: str) -> Response:
    """Return the document about the ontology, the shapes or the dataset."""
    return await vocabulary_part(request, space, "")


@router.get("/{space}/{path:path}")
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
            await _find(request, dataset_of(request), iri)
        document = Document(iri, path, list_formats(iri))
        return await respond_graph(request, graph, chosen, _headers(document, chosen))
    address = address_of(request) if iri.startswith(DATASET.value) else None
    location = f"{path}.{chosen.name}"
    variant = choose_variant(
        request, "resource", iri, chosen.name, after, address, worded=chosen is HTML, location=location
    )
    return await respond(request, variant, partial(_produce, request, iri, path, chosen, after))


async def _respond(request: Request, base: str, prefix: str, path: str) -> Response:
    _check_version(request)
    name, extension = split_extension(path, list_formats(base + path))
    chosen = extension or negotiate(accept_of(request), list_formats(base + name))
    return await respond_to_resource(request, base + name, quote(prefix + name, safe=PATH), chosen)


def _check_version(request: Request) -> None:
    """Raise ``NotFound`` if a citation's address names another version of the data than the one that is served."""
    wanted, served = request.query_params.get("version", ""), site_of(request).manifest.digest
    if not served.startswith(wanted):
        hint = f"{DATASET.value}/{wanted} stands for that version; without ?version= here is what {served[:16]} says"
        raise NotFound(f"version {wanted} of the data is not served here", hint=hint)


async def _produce(request: Request, iri: str, path: str, chosen: Format, after: str) -> Response:
    dataset = dataset_of(request, language_of(request) if chosen is HTML else ENGLISH)
    description = await _find(request, dataset, iri, after)
    document = _to_document(description, iri, path, dataset)
    following = "" if description.following is None else urlencode({"after": description.following})
    headers = _headers(document, chosen, f"{path}.{chosen.name}?{following}" if following else "")
    if chosen is HTML:
        page = await show_resource(dataset, description)
        values = {"description": description, "path": path, "formats": document.data, **page.values}
        return to_worded_html(
            replace(page, values=values), dataset.language, [("after", after)] if after else [], headers
        )
    [(_, body)] = write_documents(description, path, [chosen], site_of(request).library.terms)
    return Response(body, headers={**headers, "Content-Type": chosen.content_type})


async def _find(request: Request, dataset: Dataset, iri: str, after: str = "") -> Description:
    return await find_resource(dataset, iri, partial(address_of, request), after)


def graph_of(iri: str) -> str | None:
    """Return the named graph whose triples stand for ``iri``: a graph itself, or that of the shapes."""
    if iri.startswith(f"{BASE}graph/"):
        return iri
    shapes = iri == SHAPES or (iri.startswith(f"{SHAPES}/") and VERSION.search(iri))
    return graph_iri("shapes").value if shapes else None


def list_formats(iri: str) -> Sequence[Format]:
    """Return what a description of ``iri`` comes in, HTML first; whole graphs are streamed as triples only."""
    return (HTML, *GRAPH_FORMATS) if iri.startswith((f"{BASE}graph/", SHAPES)) else FORMATS


def write_documents(
    description: Description, path: str, formats: Sequence[Format], terms: Terms
) -> Iterator[tuple[Format, bytes]]:
    """Yield the document at ``path`` about what is described in each of ``formats`` of data.

    RDF tells its terms of use.
    """
    plain, told = Serializer(description, terms), Serializer(_tell_terms_of_use(description, path), terms)
    for format_ in formats:
        yield format_, (plain if format_ in PLAIN_FORMATS else told).write(format_.name)


def _tell_terms_of_use(description: Description, path: str) -> Description:
    """Return ``description`` with what the document at ``path`` is about, part of, and under which licence.

    What is no thing of the world is its own document; that of the dataset says so by itself.
    """
    topic = description.iri
    if topic == DATASET:
        return description
    document = NamedNode(BASE + path.removeprefix("/")) if topic.value.startswith(IDENTIFIERS) else topic
    about = [Quad(document, FOAF("primaryTopic"), topic)] if document != topic else []
    told = [
        Quad(document, DCTERMS("license"), NamedNode(LICENCE)),
        Quad(document, DCTERMS("isPartOf"), DATASET),
        *about,
    ]
    known = {quad.triple for quad in description.quads}
    return replace(description, quads=(*description.quads, *(quad for quad in told if quad.triple not in known)))


def _to_document(description: Description, iri: str, path: str, dataset: Dataset) -> Document:
    """Return the document about ``iri``, which is described.

    Dumps are items of the dataset, a publication of what it says. A version of the dataset is cited as such.
    """
    publications = [term.value for term in description.things(FOAF("page"))]
    items = [Link("item", address, "text/html") for address in publications if is_web(address)]
    if description.iri == DATASET:
        digest = dataset.manifest.digest
        items += [Link("item", f"/dataset/{digest}/{dump.name}", dump.served_as) for dump in list_dumps(dataset)]
    cited = iri if description.iri == DATASET else description.iri.value
    return Document(cited, path, list_formats(iri), tuple(items))


def _headers(document: Document, chosen: Format, following: str = "") -> dict[str, str]:
    return {"Content-Location": f"{document.path}.{chosen.name}", "Link": document.to_header(chosen, following)}
