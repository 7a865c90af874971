"""The home page."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from g7kg.dataset.dataset import Dataset, Row
from g7kg.pages.drawing.bars import Bar, stack_bars
from g7kg.pages.named import Named, rank
from g7kg.pages.register import STATUSES, Undertaking
from g7kg.pages.rendering import Page
from g7kg.pages.sources import Source, read_sources
from g7kg.pages.structured import describe_dataset
from g7kg.pages.tracking import Condition, Register, with_value
from g7kg.pages.undertakings import PATH, read_tracked
from g7kg.rdf.vocab import G7

MOST_ASKED: Final = 6
"""How many of those who are asked the page lists."""

MOST_LISTED: Final = 60
"""How many promises, or documents, a list of the page has at most."""

QUESTIONS: Final = {
    "outputs-reported-as-delivered": "What was promised in March and reported as done in October.",
    "due-by-the-end-of-the-year": "What has a deadline, and who owes it.",
    "tasks-of-the-oecd": "What the ministers ask one organisation to do.",
}
"""The questions of the catalogue that the page begins with, and what each is about."""


@dataclass(frozen=True)
class Spoken:
    """A document in the order of time: the row of what it is, what it is called, how many promises it states first, and
    the initiatives that it is the first to speak of, and those that it speaks of again.
    """  # noqa: D205 - one sentence

    row: Row
    source: Source
    promises: int
    new: tuple[Named, ...]
    again: tuple[Named, ...]


async def show_home(dataset: Dataset, address: str) -> Page:
    """Return the page that a server at ``address`` begins with: what was promised and asked, and what became of it."""
    declarations, dated, initiatives = await asyncio.gather(
        dataset.select("declarations"),
        dataset.select("documents-in-numbers"),
        dataset.select("initiatives-by-document"),
    )
    catalogue = {query.name: query for query in dataset.library.queries}
    tracked = await read_tracked(dataset)  # not beside what may fail: its register is to be closed
    with closing(tracked.register):
        told = await asyncio.to_thread(_tell_promises, tracked.register)
    values = {
        **told,
        "most": MOST_LISTED,
        "documents": _tell_documents(declarations.rows, read_sources(dated.rows), told["first"], initiatives.rows),
        "questions": [(catalogue[name], why) for name, why in QUESTIONS.items()],
        "manifest": dataset.manifest,
        "structured": describe_dataset(dataset, address),
        "endpoint": dataset.endpoint,
    }
    return Page("home.html", values, (*tracked.selections, declarations, dated, initiatives))


def _tell_promises(register: Register) -> dict[str, Any]:
    """Return what the page says of all promises: how many of what, and those that it lists."""
    speaking = [source for source in register.sources.values() if source.day]
    due = register.find_due()
    request = with_value(["kind"], G7("Request").value)
    return {
        "total": len(register),
        "speaking": sorted(speaking, key=lambda source: source.sort_key),
        "kinds": [*register.count(["kind"]).items()],
        "outcomes": draw_outcomes(register.count(["status"]), f"{PATH}?status="),
        "due": register.read(due[:MOST_LISTED]),
        "dated": len(due),
        "requests": len(register.find([request])),
        "asked": [*_group_requests(register, request)],
        "first": {document.iri: number for document, number in register.count(["document"]).items()},
    }


def draw_outcomes(counts: Mapping[Named, int], link: str = "") -> tuple[list[tuple[Named, int]], Bar]:
    """Return how many promises have each status, in the order of the statuses, and that as one bar.

    Where there is a ``link``, each part leads to it with the name of its status.
    """
    ordered = sorted(counts.items(), key=lambda pair: rank(pair[0].name, STATUSES))
    known = {status.name: status.label for status, _ in ordered}
    parts = [(status.label, count, link + status.name if link else None) for status, count in ordered]
    return ordered, stack_bars([("promises", parts)], [known.get(name, name) for name in STATUSES]).bars[0]


def _group_requests(register: Register, request: Condition) -> Iterator[tuple[Named, Sequence[Undertaking]]]:
    """Yield who is asked, each with what: those of whom most is asked, except nobody in particular."""
    counts = register.count(["addressee"], [request])
    asked = sorted((-number, whom.label, whom) for whom, number in counts.items() if whom.name != "unaddressed")
    for _, _, whom in asked[:MOST_ASKED]:
        numbers = register.find([request, with_value(["addressee"], whom.iri)])
        yield whom, register.read(numbers[:MOST_LISTED])


def _tell_documents(
    declarations: Iterable[Row], sources: Mapping[str, Source], first: Mapping[str, int], initiatives: Iterable[Row]
) -> list[Spoken]:
    spoken: dict[str, dict[Named, bool]] = defaultdict(dict)
    known: set[Named] = set()
    for row in initiatives:
        one = Named(row["label"], row["initiative"])
        spoken[row["document"]][one] = one in known
        known.add(one)

    def tell(row: Row) -> Spoken:
        told = spoken[row["document"]].items()
        new, again = (tuple(one for one, before in told if before is wanted) for wanted in (False, True))
        return Spoken(row, sources[row["document"]], first.get(row["document"], 0), new, again)

    documents = {row["document"]: tell(row) for row in declarations}
    return sorted(documents.values(), key=lambda one: one.source.sort_key)
