"""The page of the dataset: what there is, what can be fetched, how to cite it."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.description import Description
from g7kg.dataset.served import find_release, list_dumps
from g7kg.pages.rendering import Page
from g7kg.pages.structured import describe_dataset
from g7kg.rdf.vocab import DATASET, DCTERMS, VOID


async def show_dataset(dataset: Dataset, description: Description) -> Page:
    """Return the page of the dataset that is described."""
    declarations = await dataset.select("declarations")
    endpoints = (term.value for term in description.values(VOID("sparqlEndpoint")) if isinstance(term, NamedNode))
    release = find_release(dataset)
    version = f"{DATASET.value}/{dataset.manifest.digest}"
    values = {
        "structured": describe_dataset(dataset, next(endpoints, "").removesuffix("sparql")),
        "release": release,
        "version_iri": version,
        "manifest": dataset.manifest,
        "endpoint": dataset.endpoint,
        "dumps": list_dumps(dataset),
        "declarations": declarations.rows,
        "about": " ".join(
            term.value for term in description.values(DCTERMS("description")) if isinstance(term, Literal)
        ),
    }
    return Page("dataset.html", values, (declarations,))
