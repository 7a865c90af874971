"""The home page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.served import list_dumps
from g7kg.pages.rendering import Page
from g7kg.rdf.vocab import DATASET, G7, LICENCE

QUESTIONS: Final = {
    "outputs-reported-as-delivered": "What was promised in March and reported as done in October.",
    "due-by-the-end-of-the-year": "What has a deadline, and who owes it.",
    "tasks-of-the-oecd": "What the ministers ask one organisation to do.",
}
"""The questions of the catalogue that the page begins with, and what each is about."""


async def show_home(dataset: Dataset, address: str) -> Page:
    """Return the page that a server at ``address`` begins with: what the graph holds and how to ask it."""
    declarations = await dataset.select("declarations")
    catalogue = {query.name: query for query in dataset.library.queries}
    values = {
        "declarations": declarations,
        "questions": [(catalogue[name], why) for name, why in QUESTIONS.items()],
        "numbers": _count(dataset),
        "manifest": dataset.manifest,
        "endpoint": dataset.endpoint,
        "dataset": _describe(dataset, address),
    }
    return Page("home.html", values, (declarations,))


def _count(dataset: Dataset) -> list[tuple[int, str, str]]:
    """Return the numbers that the page begins with: how many, of what, where they are."""
    shown = {
        "Declaration": ("declarations", "/#documents"),
        "Statement": ("statements", "/coverage"),
        "Undertaking": ("promises and requests", "/undertakings"),
        "FollowUp": ("follow-ups", "/undertakings"),
    }
    counted = dataset.manifest.classes
    return [(counted.get(G7(class_).value, 0), what, address) for class_, (what, address) in shown.items()]


def _describe(dataset: Dataset, address: str) -> Mapping[str, Any]:
    """Return the description of the dataset for search engines (https://schema.org/Dataset)."""
    folder = f"{address}dataset/{dataset.manifest.digest}"
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
        "dateModified": dataset.manifest.modified,
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
            for dump in list_dumps(dataset)
        ],
    }
