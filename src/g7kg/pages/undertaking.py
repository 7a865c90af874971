"""The page of one undertaking: what is promised, by whom, by when; its life, statement by statement."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pyoxigraph import NamedNode

from g7kg.dataset.dataset import Dataset, Row
from g7kg.dataset.description import Description
from g7kg.pages.citations import make_citation
from g7kg.pages.drawing.timeline import describe_life, draw_life, make_axis
from g7kg.pages.named import Named, name_of, name_part
from g7kg.pages.register import find_strongest, read_deadlines, read_events
from g7kg.pages.rendering import Page
from g7kg.pages.sources import Source, read_sources
from g7kg.pages.terms import read_table
from g7kg.rdf.vocab import G7, shorten_iri
from g7kg.snapshot.register import divide_statuses


@dataclass(frozen=True)
class Report:
    """What a follow-up says of the undertaking: its IRI, the status, how sure that is, and why if it is inferred."""

    iri: str
    status: Named
    confidence: str
    reason: str


@dataclass(frozen=True)
class Entry:
    """A statement in the life of an undertaking.

    ``place`` names its part, ``elaborates`` whether that is in the annex that sets the undertaking out; ``words`` are
    addresses at which official publications open at its words.
    """

    row: Row
    place: str
    elaborates: bool
    hedges: tuple[str, ...]
    words: tuple[str, ...]
    reports: tuple[Report, ...]


async def show_undertaking(dataset: Dataset, description: Description) -> Page:
    """Return the page of the undertaking that is described."""
    life, events, documents = await asyncio.gather(
        dataset.select("life-of-an-undertaking", undertaking=description.iri),
        dataset.select("lives-of-undertakings", undertaking=description.iri),
        dataset.select("documents-with-undertakings"),
    )
    sources = read_sources(documents.rows)
    deadlines = read_deadlines(events.rows)
    axis = make_axis(sources.values(), deadlines, width=800, margin=40, gap=150)
    happened = read_events(events.rows, sources)
    named = {status.iri: status for status in _name_values(description, "status")}
    statuses = [named[status] for status in divide_statuses([*named])[0]]
    story = describe_life(happened, deadlines)
    debtors = _name_values(description, "debtor")
    told = (" and ".join(one.label for one in debtors), ", ".join(one.label for one in statuses), story)
    summary = f"{description.title}. {'; '.join(filter(None, told))}."
    last = max((event.source.day for event in happened if event.source.day), default=date.max)
    kinds = (one for one in description.types - {G7("Undertaking")} if one.value.startswith(G7.iri))
    facts = ((name, title, _name_values(description, name)) for name, title in read_table("undertaking-facts").items())
    values = {
        "citation": make_citation(dataset, description.iri.value, description.title, summary),
        "deadlines": deadlines,
        "related": [("debtor", "others by", debtors), ("topic", "others on", _name_values(description, "topic"))],
        "strengths": find_strongest(events.rows),
        "meanings": {row["strength"]: row["strengthMeaning"] for row in events.rows if "strengthMeaning" in row},
        "later": [source for source in sources.values() if source.day and source.day > last],
        "kinds": _name(description, kinds),
        "statuses": statuses,
        "facts": [fact for fact in facts if fact[2]],
        "story": story,
        "axis": axis,
        "life": draw_life(axis, happened, deadlines),
        "chapters": _read_chapters(life.rows, sources),
    }
    return Page("undertaking.html", values, (life, events, documents))


def _name_values(description: Description, property_: str) -> list[Named]:
    return _name(description, description.things(G7(property_)))


def _name(description: Description, terms: Iterable[NamedNode]) -> list[Named]:
    return sorted(Named(description.labels.get(term) or shorten_iri(term.value), term.value) for term in terms)


def _read_chapters(rows: Iterable[Row], sources: Mapping[str, Source]) -> list[tuple[Source, list[Entry]]]:
    statements: dict[str, list[Row]] = {}
    for row in rows:
        statements.setdefault(row["statement"], []).append(row)
    annexes = {row["annex"] for rows in statements.values() for row in rows if "annex" in row}
    chapters: dict[Source, list[Entry]] = {}
    for same in statements.values():
        chapters.setdefault(sources[same[0]["document"]], []).append(_read_entry(same, annexes))
    return sorted(chapters.items(), key=lambda chapter: chapter[0].sort_key)


def _read_entry(rows: Sequence[Row], annexes: Iterable[str]) -> Entry:
    """Return the entry of one statement: its rows differ only in hedges, addresses of words, annexes and reports."""
    first = rows[0]
    part = first["part"]
    reports = dict.fromkeys(_read_report(row) for row in rows if "followUp" in row)
    return Entry(
        first,
        name_part(part.removeprefix(first["document"] + "/")),
        any(part == annex or part.startswith(annex + "/") for annex in annexes),
        tuple(dict.fromkeys(row["hedge"] for row in rows if "hedge" in row)),
        tuple(dict.fromkeys(row["fragment"] for row in rows if "fragment" in row)),
        tuple(reports),
    )


def _read_report(row: Row) -> Report:
    status = Named(row["statusLabel"], row["status"])
    return Report(row["followUp"], status, name_of(row["confidence"]), row.get("reason", ""))
