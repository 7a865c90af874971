"""The page of the dataset: what there is, what can be fetched, how to cite it."""

from __future__ import annotations

from pyoxigraph import Literal

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.description import Description
from g7kg.dataset.served import list_dumps
from g7kg.pages.rendering import Page
from g7kg.rdf.vocab import DCTERMS


async def show_dataset(dataset: Dataset, description: Description) -> Page:
    """Return the page of the dataset that is described."""
    declarations = await dataset.select("declarations")
    values = {
        "manifest": dataset.manifest,
        "endpoint": dataset.endpoint,
        "dumps": list_dumps(dataset),
        "declarations": declarations.rows,
        "about": " ".join(
            term.value for term in description.values(DCTERMS("description")) if isinstance(term, Literal)
        ),
    }
    return Page("dataset.html", values, (declarations,))
