"""The home page and the JSON-LD context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from g7kg.rdf.vocab import DATASET, G7
from g7kg.serve.answers import choose_variant, respond
from g7kg.dataset.served import list_dumps
from g7kg.pages.rendering import render_page
from g7kg.dataset.selections import select
from g7kg.serve.data.signposting import LICENCE
from g7kg.serve.site import Site, address_of, site_of

QUESTIONS: Final = {
    "outputs-reported-as-delivered": "What was promised in March and reported as done in October.",
    "due-by-the-end-of-the-year": "What has a deadline, and who owes it.",
    "tasks-of-the-oecd": "What the ministers ask one organisation to do.",
}
"""The questions of the catalogue that the page begins with, and what each is about."""

router = APIRouter(tags=["pages"])


@router.get("/", response_class=Response)
async def home(request: Request) -> Response:
    """Show what the graph holds and how to ask it."""
    site, address = site_of(request), address_of(request)

    async def produce() -> Response:
        declarations = await select(request, "declarations")
        catalogue = {query.name: query for query in site.library.queries}
        values = {
            "declarations": declarations,
            "questions": [(catalogue[name], why) for name, why in QUESTIONS.items()],
            "numbers": _count(site),
            "manifest": site.manifest,
            "dataset": _describe(site, address),
            "selections": (declarations,),
        }
        return render_page("home.html", values)

    return await respond(request, choose_variant(request, "home", address), produce)


@router.get("/context.jsonld", response_class=Response)
async def context(request: Request) -> Response:
    """Return the JSON-LD context of the mappings."""

    async def produce() -> Response:
        return Response(site_of(request).library.context.read_bytes(), media_type="application/ld+json")

    return await respond(request, choose_variant(request, "context"), produce)


def _count(site: Site) -> list[tuple[int, str, str]]:
    """Return the numbers that the page begins with: how many, of what, where they are."""
    shown = {
        "Declaration": ("declarations", "/#documents"),
        "Statement": ("statements", "/coverage"),
        "Undertaking": ("promises and requests", "/undertakings"),
        "FollowUp": ("follow-ups", "/undertakings"),
    }
    counted = site.manifest.classes
    return [(counted.get(G7(class_).value, 0), what, address) for class_, (what, address) in shown.items()]


def _describe(site: Site, address: str) -> Mapping[str, Any]:
    """Return the description of the dataset for search engines (https://schema.org/Dataset)."""
    folder = f"{address}dataset/{site.manifest.digest}"
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": DATASET.value,
        "name": "g7kg: what the G7 digital ministers declared",
        "description": "Declarations of G7 digital and technology ministers as linked data: every paragraph, its "
        "statements with pointers to their words, and the promises that they make, followed across meetings.",
        "url": address,
        "identifier": DATASET.value,
        "license": LICENCE,
        "creator": {"@type": "Organization", "name": "The g7kg authors", "url": address},
        "keywords": ["G7", "digital policy", "declarations", "commitments", "linked data", "SPARQL"],
        "dateModified": site.manifest.modified,
        "isAccessibleForFree": True,
        "distribution": [
            {
                "@type": "DataDownload",
                "name": dump.title,
                "contentUrl": f"{folder}/{dump.name}",
                "encodingFormat": dump.media_type,
                "contentSize": str(dump.size),
                "sha256": dump.digest,
            }
            for dump in list_dumps(site)
        ],
    }
