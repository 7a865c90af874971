"""The register of undertakings: rows of the selections to values, one an undertaking. Pure."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from g7kg.pages.named import Named, Row, name_of, rank, show_day
from g7kg.pages.sources import Source
from g7kg.pages.words import read_quotation
from g7kg.rdf.vocab import G7
from g7kg.snapshot.register import STRENGTHS
from g7kg.texts.dates import read_day

_DETAILED: Final = ("supportedBy", "outcome", "beneficiary", "firstStated")

STATUSES: Final = (
    "delivered",
    "advanced",
    "announced",
    "restated",
    "superseded",
    "later-documents-silent",
    "no-later-document",
)
"""From what says most to what says nothing, as their concepts are named."""


FACETS: Final = {
    "status": "Status",
    "kind": "Kind",
    "document": "First stated in",
    "debtor": "Who is to act",
    "addressee": "Who is asked",
    "topic": "Topic",
    "strength": "Strength",
}
"""What undertakings are filtered by, with its title."""


@dataclass(frozen=True, order=True)
class Deadline:
    """The last day, if it can be told, and the words that state it, if any."""

    day: date | None
    stated: str


@dataclass(frozen=True)
class Event:
    """Something in the life of an undertaking.

    ``kind`` is stated, restated, elaborated, or the name of the status that a follow-up reports; ``label`` reads like
    “delivered” or “elaborated in Annex 2”. ``inferred``: the words do not say so, it is a reading of them.
    """

    source: Source
    kind: str
    label: str
    inferred: bool = False

    @property
    def text(self) -> str:
        """The event in words: “delivered on 15 October 2024”."""
        when = f"on {show_day(self.source.day)}" if self.source.day else f"in {self.source.known_as}"
        return f"{self.label} {when}" + (" (inferred)" if self.inferred else "")


@dataclass(frozen=True)
class Undertaking:
    """An undertaking with what the pages show of it; every sequence is sorted, and empty if nothing is known.

    ``facets`` has its values of each of ``FACETS``, of which ``kind`` and ``status`` have more than one member only in
    data that is not ours, ``document`` the earliest to state it, ``strength`` the strongest of its statements'; and the
    status that is wider than its own (``WIDER``). ``words`` are those of its first statement, or their first and last
    ones where the graph has not all. ``facts`` has what else is known by the name of the property; ``statements``,
    ``restatements`` and ``reports`` are IRIs. Of one that stands in the register of all, everything from ``events`` on
    is left out.
    """

    iri: str
    label: str
    facets: Mapping[str, tuple[Named, ...]]
    deadlines: tuple[Deadline, ...]
    events: tuple[Event, ...] = ()
    words: str = ""
    facts: Mapping[str, tuple[Named, ...]] = field(default_factory=dict)
    statements: tuple[str, ...] = ()
    restatements: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[Named, ...]:
        """Whom it is asked of, other than who is to act."""
        return tuple(one for one in self.facets["addressee"] if one not in self.facets["debtor"])

    @property
    def days(self) -> tuple[date, ...]:
        """The days of its deadlines, the earliest first."""
        return tuple(deadline.day for deadline in self.deadlines if deadline.day)


def add_details(
    undertakings: Iterable[Undertaking],
    facts: Iterable[Row],
    lives: Iterable[Row],
    words: Iterable[Row],
    sources: Mapping[str, Source],
) -> tuple[Undertaking, ...]:
    """Return ``undertakings`` with what the selections of facts, lives and words of undertakings say of them."""
    values: dict[tuple[str, str], set[Named]] = defaultdict(set)
    for row in facts:
        property_ = row["property"].removeprefix(G7.iri)
        values[row["undertaking"], property_].add(Named(row.get("label", row["value"]), row["value"]))
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in lives:
        rows[row["undertaking"]].append(row)
    said = read_words(words, sources)
    return tuple(
        replace(
            one,
            events=read_events(rows[one.iri], sources),
            words=said.get(one.iri, ""),
            facts={name: tuple(sorted(values[one.iri, name])) for name in _DETAILED},
            statements=_find_statements(row for row in rows[one.iri] if "status" not in row),
            restatements=_find_statements(row for row in rows[one.iri] if "status" in row and "followUp" not in row),
            reports=_find_statements(row for row in rows[one.iri] if "followUp" in row),
        )
        for one in undertakings
    )


def _find_statements(life: Iterable[Row]) -> tuple[str, ...]:
    return tuple(sorted({row["statement"] for row in life}))


def read_words(rows: Iterable[Row], sources: Mapping[str, Source]) -> Mapping[str, str]:
    """Return the words of the first statement of each undertaking of the selection ``words-of-undertakings``.

    Where the graph has not all words, the first and the last ones.
    """
    ordered = sorted(rows, key=lambda row: (sources[row["document"]].sort_key, _read_place(row), row["statement"]))
    first: dict[str, str] = {}
    for row in ordered:
        quotation = read_quotation(row)
        first.setdefault(row["undertaking"], quotation.words if quotation else "")
    return first


def _read_place(row: Row) -> tuple[float, ...]:
    try:
        return float(row["order"]), float(row["start"])
    except ValueError:  # data that is not ours need not have numbers
        return (math.inf,)


def find_strongest(life: Iterable[Row]) -> tuple[Named, ...]:
    """Return the strongest of the strengths of the statements of an undertaking; nothing if none has one."""
    found = {Named(row["strengthLabel"], row["strength"]) for row in life if "strength" in row}
    return tuple(sorted(found, key=lambda strength: rank(strength.name, STRENGTHS)))[:1]


def read_deadlines(life: Iterable[Row]) -> tuple[Deadline, ...]:
    """Return the deadlines that statements of an undertaking state, the earliest first."""
    found = {Deadline(read_day(row.get("due")), row.get("dueStated", "")) for row in life}
    told = (deadline for deadline in found if deadline.day or deadline.stated)
    return tuple(sorted(told, key=lambda deadline: (deadline.day or date.max, deadline.stated)))


def read_events(life: Iterable[Row], sources: Mapping[str, Source]) -> tuple[Event, ...]:
    """Return what happened to an undertaking, in order of time, each once a document, surely rather than inferred."""
    life = tuple(life)
    stating = {sources[row["document"]] for row in life if "status" not in row}
    first = min(stating, key=lambda source: source.sort_key, default=None)
    reports = {_read_report(row, sources) for row in life if "status" in row}
    reports -= {replace(report, inferred=True) for report in reports if not report.inferred}
    stated = {Event(source, "stated", "stated") for source in stating if first and source.day == first.day}
    annexes = {
        Event(sources[row["document"]], "elaborated", f"elaborated in Annex {row.get('number', '')}".rstrip())
        for row in life
        if "annex" in row
    }
    order = ("stated", "elaborated", *reversed(STATUSES))
    return tuple(
        sorted(
            stated | annexes | reports,
            key=lambda event: (event.source.sort_key, rank(event.kind, order), event.label, event.inferred),
        )
    )


def _read_report(row: Row, sources: Mapping[str, Source]) -> Event:
    inferred = name_of(row["confidence"]) == "inferred"
    return Event(sources[row["document"]], name_of(row["status"]), row["statusLabel"], inferred)
