"""What this is and who makes it; what can be fetched; where help is, and how an error is reported."""

from typing import Any, Final

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.description import Description
from g7kg.dataset.served import find_release, list_dumps, list_releases
from g7kg.pages.citations import make_citation
from g7kg.pages.rendering import Page, render
from g7kg.pages.structured import describe_dataset
from g7kg.rdf.vocab import BASE, DATASET, DCTERMS, G7, VOID


def show_releases(dataset: Dataset) -> Page:
    """Return the page that lists the releases, the newest first."""
    return Page("releases.html", {"releases": list_releases(dataset), "manifest": dataset.manifest})


def write_feed(dataset: Dataset, address: str) -> str:
    """Return the releases as an Atom feed (RFC 4287) at the server's ``address`` (ending in a slash)."""
    values = {"releases": list_releases(dataset), "manifest": dataset.manifest, "address": address, "base": BASE}
    return render(Page("releases.atom", values))


async def show_dataset(dataset: Dataset, description: Description) -> Page:
    """Return the page of the dataset that is described."""
    declarations = await dataset.select("declarations")
    endpoints = (term.value for term in description.things(VOID("sparqlEndpoint")))
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
        "about": " ".join(description.texts(DCTERMS("description"))),
    }
    return Page("dataset.html", values, (declarations,))


DOCUMENTATION: Final = {
    "start": "Five minutes: from nothing to an answer",
    "tutorials/data-scientist": "For data scientists: questions, tables, pandas",
    "tutorials/linked-data": "For consumers of linked data: IRIs, formats, dumps",
    "tutorials/validator": "For validators: check your own RDF",
    "tutorials/curator": "For curators: add what a declaration says",
    "model": "The model, with an example of each class",
    "queries": "All questions of the catalogue",
    "data-dictionary": "What the columns of the tables mean",
    "assistants": "Ask from an assistant (MCP)",
    "cite": "How to cite",
}
"""The pages of the documentation that the page of help leads to, by name."""


async def show_about(dataset: Dataset) -> Page:
    """Return the page that tells what this is, how it is made and by whom, and how to cite it."""
    title = "g7kg: what the G7 digital ministers declared"
    summary = "A knowledge graph of what the G7's digital ministers and leaders declare, and what became of it."
    return Page("about.html", {**_common(dataset), "whole": make_citation(dataset, DATASET.value, title, summary)})


async def show_help(dataset: Dataset, *, documented: bool) -> Page:
    """Return the page of help; it links to the documentation if that is ``documented``: served beside the pages."""
    guides = [
        (f"/docs/{name}.html" if documented else "", f"docs/{name}.md", text) for name, text in DOCUMENTATION.items()
    ]
    return Page("help.html", {**_common(dataset), "documented": documented, "guides": guides})


def _common(dataset: Dataset) -> dict[str, Any]:
    counted = dataset.manifest.classes
    names = {"documents": "Declaration", "statements": "Statement", "undertakings": "Undertaking"}
    numbers = {name: counted.get(G7(class_).value, 0) for name, class_ in names.items()}
    return {"manifest": dataset.manifest, "contact": dataset.contact, "numbers": numbers}
