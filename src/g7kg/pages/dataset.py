"""The page of the dataset: what there is, what can be fetched, how to cite it."""

from __future__ import annotations

from pyoxigraph import Literal
from starlette.requests import Request

from g7kg.rdf.vocab import DCTERMS
from g7kg.dataset.served import list_dumps
from g7kg.dataset.description import Description
from g7kg.pages.rendering import Page
from g7kg.dataset.selections import select
from g7kg.serve.site import site_of


async def show_dataset(request: Request, description: Description) -> Page:
    """Return the page of the dataset that is described."""
    site = site_of(request)
    declarations = await select(request, "declarations")
    values = {
        "manifest": site.manifest,
        "dumps": list_dumps(site),
        "declarations": declarations.rows,
        "about": " ".join(
            term.value for term in description.values(DCTERMS("description")) if isinstance(term, Literal)
        ),
    }
    return Page("dataset.html", values, (declarations,))
