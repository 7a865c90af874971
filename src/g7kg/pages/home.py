"""The home page."""

from __future__ import annotations

from typing import Final

from g7kg.dataset.dataset import Dataset
from g7kg.pages.rendering import Page
from g7kg.pages.structured import describe_dataset
from g7kg.rdf.vocab import G7

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
        "structured": describe_dataset(dataset, address),
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
