"""Pages without parameters, cards for other people's pages, and what stands beside them, by address."""

from functools import partial
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from g7kg.dataset.resources import find_resource
from g7kg.http.negotiation import negotiate
from g7kg.pages.about import show_about, show_help, show_releases, write_feed
from g7kg.pages.cards import show_card
from g7kg.pages.coverage import show_coverage
from g7kg.pages.glossary import show_glossary
from g7kg.pages.home import show_home
from g7kg.rdf.formats import GRAPH_FORMATS, HTML
from g7kg.rdf.vocab import BASE, IDENTIFIERS
from g7kg.serve.answers import kept
from g7kg.serve.pages.html import SECURITY, to_html, to_worded_html
from g7kg.serve.pages.manual import find_documentation
from g7kg.serve.site import accept_of, address_of, dataset_of, language_of, site_of

_EMBEDDED: Final = SECURITY["Content-Security-Policy"].replace("frame-ancestors 'none'", "frame-ancestors *")

router = APIRouter(tags=["pages"], default_response_class=Response)


@router.get("/", responses={303: {"description": "To the dataset, for RDF."}})
async def home(request: Request) -> Response:
    """Show what the graph holds and how to ask it; those who want RDF are led to the description of the dataset."""
    if negotiate(accept_of(request), (HTML, *GRAPH_FORMATS)) is not HTML:
        return RedirectResponse("/dataset", HTTPStatus.SEE_OTHER, {"Vary": "Accept"})
    return await _show_home(request)


@kept(addressed=True, worded=True)
async def _show_home(request: Request) -> Response:
    language = language_of(request)
    return to_worded_html(await show_home(dataset_of(request, language), address_of(request)), language)


@router.get("/context.jsonld")
@kept()
async def context(request: Request) -> Response:
    """Return the JSON-LD context of the mappings."""
    return Response(site_of(request).library.context.read_bytes(), media_type="application/ld+json")


@router.get("/about")
@kept()
async def about(request: Request) -> Response:
    """Tell what this is, how it is made and by whom, and how to cite it."""
    return to_html(await show_about(dataset_of(request)))


@router.get("/help")
async def help_page(request: Request) -> Response:
    """Tell how to find, take away, report and read on."""
    return await _show_help(request, documented=find_documentation() is not None)


@kept()
async def _show_help(request: Request, *, documented: bool) -> Response:
    return to_html(await show_help(dataset_of(request), documented=documented))


@router.get("/coverage")
@kept(worded=True)
async def coverage(request: Request) -> Response:
    """Show how much of the documents is mapped, their statements by speech act, and what became of undertakings."""
    language = language_of(request)
    return to_worded_html(await show_coverage(dataset_of(request, language)), language)


@router.get("/glossary")
@kept()
async def glossary(request: Request) -> Response:
    """Say what the words of the pages mean."""
    return to_html(await show_glossary(dataset_of(request)))


@router.get("/releases")
@kept()
async def releases(request: Request) -> Response:
    """List the versions of the dataset that are kept for good."""
    return to_html(show_releases(dataset_of(request)))


@router.get("/releases.atom")
@kept(addressed=True)
async def feed(request: Request) -> Response:
    """Return the releases as an Atom feed."""
    return Response(write_feed(dataset_of(request), address_of(request)), media_type="application/atom+xml")


@router.get("/embed/{path:path}")
@kept()
async def card(request: Request, path: str) -> Response:
    """Return the card of the undertaking or topic whose page is at ``path``, for a frame in another page."""
    iri = IDENTIFIERS + path.removeprefix("doc/") if path.startswith("doc/") else BASE + path
    dataset = dataset_of(request)
    description = await find_resource(dataset, iri, partial(address_of, request))
    return to_html(await show_card(dataset, description), headers={"Content-Security-Policy": _EMBEDDED})
