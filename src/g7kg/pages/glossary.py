"""The glossary: what the words of the pages mean, as the ontology and the schemes define them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from g7kg.dataset.dataset import Dataset, Row
from g7kg.pages.named import Named, rank
from g7kg.pages.register import STATUSES
from g7kg.pages.rendering import Page
from g7kg.pages.terms import read_table
from g7kg.snapshot.register import STRENGTHS

GROUPS: Final[Mapping[str, str]] = {
    "promises": "Promises",
    "status": "Status: what became of a promise",
    "strength": "Strength: how much the words bind",
    "actors": "Who",
    "kinds": "Kinds of statement",
    "words": "Words and statements",
    "confidence": "Stated or inferred",
}
"""The groups of the glossary in their order, with their titles; their names are anchors."""

Entry = tuple[Named, str, Row]

_ORDER: Final = (
    *("Undertaking", "Commitment", "Request", "Announcement", "FollowUp"),
    *(*STATUSES, *STRENGTHS),
    *("debtor", "addressee", "supportedBy", "commissive", "directive", "Statement", "gist"),
)


async def show_glossary(dataset: Dataset) -> Page:
    """Return the page of the words that the pages use."""
    told = await dataset.select("glossary")
    return Page("glossary.html", {"groups": arrange_entries(told.rows)}, (told,))


def arrange_entries(rows: Iterable[Row]) -> list[tuple[str, str, Sequence[Entry]]]:
    """Return name, title and entries of each group that has any: the term, what the pages call it, its row."""
    groups: dict[str, list[Entry]] = {name: [] for name in GROUPS}
    for row in rows:
        term = Named(row["label"], row["term"])
        groups[row["group"]].append((term, plain(term), row))
    for entries in groups.values():
        entries.sort(key=lambda entry: rank(entry[0].name, _ORDER))
    return [(name, GROUPS[name], entries) for name, entries in groups.items() if entries]


def plain(term: Named) -> str:
    """Return what the pages call ``term``: a plain word, where its label is none."""
    called: str = read_table("plain").get(term.name, term.label)
    return called
