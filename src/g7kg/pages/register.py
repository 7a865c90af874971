"""The register of undertakings: rows of the selections to values, one an undertaking. Pure."""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, TypeVar

from g7kg.pages.named import Named, Row, name_of, rank, read_day, show_day
from g7kg.pages.sources import Source
from g7kg.pages.words import read_quotation
from g7kg.rdf.vocab import G7, shorten_iri

T = TypeVar("T")

Facets = Mapping[str, Sequence[Sequence[str]]]
"""The facts that an undertaking can be found by, by key, each in pieces."""

_NAMED: Final = ("kind", "status", "debtor", "addressee", "topic")
_PIECES: Final = {"stated": 4}
_DETAILED: Final = ("supportedBy", "outcome", "beneficiary", "firstStated")

STRENGTHS: Final = ("high", "low", "none")
"""From the strongest to the weakest, as their concepts are named."""

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

NONE_ON_RECORD: Final = "none-on-record"
"""The status that is wider than the last two."""


@dataclass(frozen=True, order=True)
class Deadline:
    """The last day, if it can be told, and the words that state it, if any."""

    day: date | None
    stated: str

    @property
    def text(self) -> str:
        """Words and day, as far as they are known: “by the end of the year (31 December 2024)”."""
        if self.day is None:
            return self.stated
        return f"{self.stated} ({show_day(self.day)})" if self.stated else show_day(self.day)


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

    ``kinds`` and ``statuses`` have more than one member only in data that is not ours; ``wider`` holds the status that
    is wider than its own, ``strengths`` the strongest of its statements', ``first`` the earliest document to state it,
    ``words`` those of its first statement, or their first and last ones where the graph has not all. ``facts`` has what
    else is known by the name of the property; ``statements``, ``restatements`` and ``reports`` are IRIs. Of one that
    stands in the register of all, everything from ``events`` on is left out.
    """

    iri: str
    label: str
    kinds: tuple[Named, ...]
    statuses: tuple[Named, ...]
    wider: tuple[Named, ...]
    strengths: tuple[Named, ...]
    debtors: tuple[Named, ...]
    addressees: tuple[Named, ...]
    topics: tuple[Named, ...]
    deadlines: tuple[Deadline, ...]
    first: tuple[Source, ...]
    events: tuple[Event, ...] = ()
    words: str = ""
    facts: Mapping[str, tuple[Named, ...]] = field(default_factory=dict)
    statements: tuple[str, ...] = ()
    restatements: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[Named, ...]:
        """Whom it is asked of, other than who is to act."""
        return tuple(addressee for addressee in self.addressees if addressee not in self.debtors)

    @property
    def days(self) -> tuple[date, ...]:
        """The days of its deadlines, the earliest first."""
        return tuple(deadline.day for deadline in self.deadlines if deadline.day)


def read_facets(rows: Iterable[Row]) -> Mapping[str, Facets]:
    """Return the facts of the selection ``facets-of-undertakings``, by undertaking and key."""
    found: dict[str, dict[str, list[list[str]]]] = {}
    for row in rows:
        facets = found[row["undertaking"]] = defaultdict(list)
        for line in row["facts"].split("\n"):
            key, *values = line.split("\t")
            if len(values) == _PIECES.get(key, 1):
                facets[key].append(values)
    return found


def list_values(facets: Mapping[str, Facets]) -> set[str]:
    """Return the IRIs that stand for something with a name in ``facets``."""
    named = {values[0] for one in facets.values() for key in _NAMED for values in one.get(key, ())}
    return named | {values[1] for one in facets.values() for values in one.get("stated", ())}


def arrange_register(
    facets: Mapping[str, Facets], names: Mapping[str, str], sources: Mapping[str, Source]
) -> tuple[Undertaking, ...]:
    """Return the register of all undertakings, by label; ``names`` are those of the values."""
    known: dict[str, Named] = _Names((iri, Named(name, iri)) for iri, name in names.items())
    undertakings = (_arrange(iri, values, known, sources) for iri, values in facets.items())
    return tuple(sorted(undertakings, key=lambda undertaking: (undertaking.label.casefold(), undertaking.iri)))


class _Names(dict[str, Named]):
    """What is named, by IRI; what has no name is called by its IRI."""

    def __missing__(self, iri: str) -> Named:
        found = self[iri] = Named(iri, iri)
        return found


def _arrange(iri: str, facets: Facets, names: Mapping[str, Named], sources: Mapping[str, Source]) -> Undertaking:
    def of(key: str) -> tuple[Named, ...]:
        found = [names[value] for (value,) in facets.get(key, ())]
        return tuple(found if len(found) < 2 else sorted(set(found)))  # noqa: PLR2004 - there are many with one

    stated = facets.get("stated", ())
    strengths = {names[strength] for _, strength, _, _ in stated}
    deadlines = [{"due": due, "dueStated": words} for _, _, due, words in stated if due or words]
    return Undertaking(
        iri,
        min((label for (label,) in facets.get("label", ())), default=shorten_iri(iri)),
        of("kind"),
        *divide_statuses(of("status")),
        _find_first(strengths, lambda strength: rank(strength.name, STRENGTHS)),
        of("debtor"),
        of("addressee"),
        of("topic"),
        read_deadlines(deadlines) if deadlines else (),
        _find_first({sources[document] for document, *_ in stated}, lambda source: source.sort_key),
    )


def _find_first(values: Collection[T], key: Callable[[T], Any]) -> tuple[T, ...]:
    return tuple(values) if len(values) < 2 else (min(values, key=key),)  # noqa: PLR2004 - likewise


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


def divide_statuses(statuses: Sequence[Named]) -> tuple[tuple[Named, ...], tuple[Named, ...]]:
    """Return the statuses of an undertaking, and those of them that are only wider than another."""
    own = tuple(status for status in statuses if status.name != NONE_ON_RECORD) or tuple(statuses)
    return own, tuple(status for status in statuses if status not in own)


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
    stating = _find_stating(life, sources)
    reports = {_read_report(row, sources) for row in life if "status" in row}
    reports -= {replace(report, inferred=True) for report in reports if not report.inferred}
    stated = {Event(source, "stated", "stated") for source in stating if source.day == stating[0].day}
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


def _find_stating(life: Iterable[Row], sources: Mapping[str, Source]) -> tuple[Source, ...]:
    """Return the documents that state it, the earliest first."""
    found = {sources[row["document"]] for row in life if "status" not in row}
    return tuple(sorted(found, key=lambda source: source.sort_key))
