"""How machines find what is here: well-known addresses, the site map, dumps."""

import asyncio
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.served import DUMPS, TABLES, Dump, find_release, list_dumps
from g7kg.errors import NotFound
from g7kg.pages.croissant import describe_tables
from g7kg.rdf.formats import GRAPH_FORMATS
from g7kg.rdf.vocab import DATASET, IDENTIFIERS
from g7kg.serve.answers import kept
from g7kg.serve.data.resources import respond_to_resource
from g7kg.serve.files import RESPONSES, respond_with_file
from g7kg.serve.site import address_of, dataset_of, site_of
from g7kg.snapshot.releases import CHANGES

PAGES: Final = (
    "",
    "undertakings",
    "query",
    "ontology",
    "shapes",
    "dataset",
    "releases",
    "coverage",
    "validation",
    "about",
    "help",
)
"""The pages that are not about one thing, for the site map."""

_SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"

router = APIRouter(tags=["discovery"], default_response_class=Response)


@router.get("/void.ttl")
async def void(request: Request) -> Response:
    """Return the description of the dataset in Turtle."""
    return await respond_to_resource(request, DATASET.value, "/dataset", GRAPH_FORMATS[0])


@router.get("/.well-known/void", responses={302: {"description": "To the description."}})
async def well_known_void() -> Response:
    """Send the client to the description of the dataset (https://www.w3.org/TR/void/, section 7.2)."""
    return RedirectResponse("/void.ttl", 302)


@router.get("/dumps/{name}", responses={302: {"description": "To the newest dump."}})
async def dump(request: Request, name: str) -> Response:
    """Send the client to the dump ``name`` of the snapshot that is served now."""
    site = site_of(request)
    _find_dump(dataset_of(request), name)
    headers = {"Cache-Control": f"public, max-age={site.settings.max_age}"}
    return RedirectResponse(f"/dataset/{site.manifest.digest}/{name}", 302, headers)


def _find_dump(dataset: Dataset, name: str) -> Dump:
    for found in list_dumps(dataset):
        if found.name == name:
            return found
    raise NotFound(f"there is no dump {name} here", hint="/dataset lists what there is")


@router.get("/dataset/{digest}/{name}", responses=RESPONSES)
async def dump_of_snapshot(request: Request, digest: str, name: str) -> Response:
    """Return a dump of one snapshot, whole or in ranges; it never changes."""
    site = site_of(request)
    dataset = dataset_of(request)
    if digest != site.manifest.digest:
        raise NotFound(f"the snapshot {digest} is not served here", hint="/dataset tells which one is")
    release = find_release(dataset)
    if name == CHANGES and release:
        return await respond_with_file(request, site.folder / name, release.changes, "text/plain; charset=utf-8")
    found = _find_dump(dataset, name)
    response = await respond_with_file(request, site.folder / name, found.digest, found.served_as)
    if found.media_type == "text/csv":  # https://www.w3.org/TR/tabular-data-model/, section 5.2
        response.headers["Link"] = f'<{TABLES}>; rel="describedby"; type="{DUMPS[TABLES][0]}"'
    return response


@router.get("/croissant.json")
@kept(addressed=True)
async def croissant(request: Request) -> Response:
    """Return the description of the dataset for those who train with it: each table with its columns, in Croissant."""
    dataset, address = dataset_of(request), address_of(request)
    _find_dump(dataset, TABLES)
    described = await asyncio.to_thread(describe_tables, dataset, address)
    return JSONResponse(described, media_type="application/ld+json")


@router.get("/sitemap.xml")
@kept(addressed=True)
async def sitemap(request: Request) -> Response:
    """Return the addresses of the pages for search engines (https://www.sitemaps.org/protocol.html)."""
    address, modified = address_of(request), site_of(request).manifest.modified
    found = await dataset_of(request).select("pages-of-the-site")
    paths = [*PAGES, *(f"doc/{row['resource'].removeprefix(IDENTIFIERS)}" for row in found.rows)]
    entries = (
        f"<url><loc>{escape(address + quote(path))}</loc><lastmod>{modified}</lastmod></url>\n" for path in paths
    )
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{_SITEMAP}">\n{"".join(entries)}</urlset>\n'
    return Response(body, media_type="application/xml")


@router.get("/robots.txt")
async def robots(request: Request) -> Response:
    """Ask robots to leave alone what is made anew for each question (RFC 9309)."""
    text = "User-agent: *\nDisallow: /sparql\nDisallow: /store\nDisallow: /search\nDisallow: /validate\n"
    return PlainTextResponse(f"{text}\nSitemap: {address_of(request)}sitemap.xml\n")
