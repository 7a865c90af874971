"""Cards that stand in other people's pages: an undertaking with its life, a topic with what became of its promises."""

from collections import Counter
from typing import Any, Final

from pyoxigraph import NamedNode

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.description import Description
from g7kg.errors import NotFound
from g7kg.pages.home import draw_outcomes
from g7kg.pages.named import Named
from g7kg.pages.rendering import Page
from g7kg.pages.undertaking import show_undertaking
from g7kg.rdf.vocab import BASE, G7

_TOPICS: Final = f"{BASE}scheme/topic/"


def can_embed(description: Description) -> bool:
    """Whether there is a card of what is described: an undertaking or a topic."""
    return G7("Undertaking") in description.types or description.iri.value.startswith(_TOPICS)


async def show_card(dataset: Dataset, description: Description) -> Page:
    """Return the card of the undertaking or topic that is described; ``NotFound`` for what has none."""
    common = {"title": description.title, "iri": description.iri.value, "manifest": dataset.manifest}
    if G7("Undertaking") in description.types:
        page = await show_undertaking(dataset, description)
        return Page("card.html", {**page.values, **common, "tally": ()})
    if not can_embed(description):
        raise NotFound(f"there is no card of {description.iri.value}", hint="undertakings and topics have one")
    return Page("card.html", {**common, **await _count(dataset, description.iri), "statuses": ()})


async def _count(dataset: Dataset, topic: NamedNode) -> dict[str, Any]:
    rows = (await dataset.select("undertakings-of-a-thing", thing=topic)).rows
    found = {row["undertaking"]: row for row in rows if row["relation"] == G7("topic").value and "status" in row}
    tally, bar = draw_outcomes(Counter(Named(row["statusLabel"], row["status"]) for row in found.values()))
    return {"tally": tally, "bar": bar}
