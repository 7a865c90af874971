"""The home page."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from g7kg.dataset.dataset import Dataset, Row
from g7kg.pages.drawing.bars import Bar, stack_bars
from g7kg.pages.named import Named, rank
from g7kg.pages.register import STATUSES, Undertaking
from g7kg.pages.rendering import Page
from g7kg.pages.sources import Source, read_sources
from g7kg.pages.structured import describe_dataset
from g7kg.pages.undertakings import PATH, read_tracked

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
    tracked, declarations, dated, initiatives = await asyncio.gather(
        read_tracked(dataset),
        dataset.select("declarations"),
        dataset.select("documents-in-numbers"),
        dataset.select("initiatives-by-document"),
    )
    catalogue = {query.name: query for query in dataset.library.queries}
    sources = read_sources(dated.rows)
    first = Counter(source.document.iri for one in tracked.register for source in one.first)
    speaking = [source for source in tracked.sources.values() if source.day]
    requests = [one for one in tracked.register if any(kind.name == "Request" for kind in one.kinds)]
    values = {
        "total": len(tracked.register),
        "speaking": sorted(speaking, key=lambda source: source.sort_key),
        "kinds": Counter(kind for one in tracked.register for kind in one.kinds).most_common(),
        "outcomes": count_outcomes(tracked.register),
        "due": sorted((one for one in tracked.register if one.days), key=lambda one: (one.days[0], one.label)),
        "most": MOST_LISTED,
        "requests": len(requests),
        "asked": _group_requests(requests),
        "documents": _tell_documents(declarations.rows, sources, first, initiatives.rows),
        "questions": [(catalogue[name], why) for name, why in QUESTIONS.items()],
        "manifest": dataset.manifest,
        "structured": describe_dataset(dataset, address),
        "endpoint": dataset.endpoint,
    }
    return Page("home.html", values, (*tracked.selections, declarations, dated, initiatives))


def count_outcomes(register: Sequence[Undertaking]) -> tuple[list[tuple[Named, int]], Bar]:
    """Return how many promises have each status, in the order of the statuses, and that as one bar."""
    counts = Counter(status for one in register for status in one.statuses)
    ordered = sorted(counts.items(), key=lambda pair: rank(pair[0].name, STATUSES))
    known = {status.name: status.label for status in counts}
    parts = [(status.label, count, f"{PATH}?status={status.name}") for status, count in ordered]
    return ordered, stack_bars([("promises", parts)], [known.get(name, name) for name in STATUSES]).bars[0]


def _group_requests(requests: Sequence[Undertaking]) -> list[tuple[Named, list[Undertaking]]]:
    """Return who is asked, each with what: those of whom most is asked, except nobody in particular."""
    groups: dict[Named, list[Undertaking]] = defaultdict(list)
    for one in requests:
        for addressee in one.addressees:
            groups[addressee].append(one)
    named = [(whom, what) for whom, what in groups.items() if whom.name != "unaddressed"]
    return sorted(named, key=lambda group: (-len(group[1]), group[0].label))[:MOST_ASKED]


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
