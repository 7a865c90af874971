"""Filters of the undertakings: parameters of an address to criteria, criteria to undertakings and counts. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Final
from urllib.parse import urlencode

from g7kg.errors import RequestError
from g7kg.pages.named import Named, rank, read_day
from g7kg.pages.register import STATUSES, STRENGTHS, Undertaking

Values = Callable[[Undertaking], Sequence[Named]]

FACETS: Final[Mapping[str, tuple[str, Values]]] = {
    "status": ("Status", lambda undertaking: (*undertaking.statuses, *undertaking.wider)),
    "kind": ("Kind", lambda undertaking: undertaking.kinds),
    "document": ("First stated in", lambda undertaking: [source.document for source in undertaking.first]),
    "debtor": ("Who is to act", lambda undertaking: undertaking.debtors),
    "addressee": ("Who is asked", lambda undertaking: undertaking.addressees),
    "topic": ("Topic", lambda undertaking: undertaking.topics),
    "strength": ("Strength", lambda undertaking: undertaking.strengths),
}
"""Parameters whose values are those that occur in the graph: their titles, and what an undertaking has for them."""

DUE: Final = {"stated": "with a deadline", "none": "without a deadline"}

DAYS: Final = {"due-from": "Due from", "due-to": "Due until"}
"""Parameters that are days, both inclusive."""

FREE: Final = 200
"""The longest text that is looked for, in characters."""


Key = tuple[object, ...]


def _by_first(values: Sequence[Named]) -> Key | None:
    return (values[0].label.casefold(),) if values else None


def _by_rank(values: Sequence[Named], order: Sequence[str]) -> Key | None:
    return min((rank(value.name, order) for value in values), default=None)


SORTS: Final[Mapping[str, tuple[str, Callable[[Undertaking], Key | None]]]] = {
    "status": ("Status", lambda undertaking: _by_rank(undertaking.statuses, STATUSES)),
    "label": ("Promise", lambda undertaking: (undertaking.label.casefold(),)),
    "kind": ("Kind", lambda undertaking: _by_first(undertaking.kinds)),
    "debtor": ("Who is to act", lambda undertaking: _by_first(undertaking.debtors)),
    "due": ("Deadline", lambda undertaking: undertaking.days[:1] or None),
    "document": ("First stated", lambda undertaking: undertaking.first[0].sort_key if undertaking.first else None),
    "strength": ("Strength", lambda undertaking: _by_rank(undertaking.strengths, STRENGTHS)),
}
"""Orders by name: the title, and the key, without which an undertaking comes last. ``-name`` is the reverse."""

PARAMETERS: Final = {
    **{name: f"{title}: a value that occurs." for name, (title, _) in FACETS.items()},
    "due": "Whether a deadline is stated: " + " or ".join(DUE) + ".",
    **{name: f"{title}: a day, such as 2024-12-31, itself included." for name, title in DAYS.items()},
    "q": "Words of the name.",
    "sort": "The order: " + ", ".join(SORTS) + "; after a minus, the reverse.",
    "page": "Which hundred; CSV and JSON hold all without it.",
}
"""All parameters with what they mean, in the order that they have in a canonical address."""

DEFAULTS: Final = {"sort": "status", "page": "1"}

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Criteria:
    """Which undertakings are wanted, in which order, and which hundred of them: parameters that say something."""

    values: Mapping[str, str]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters of the canonical address: in one order, without those that are empty or the default."""
        return [(name, self.values[name]) for name in PARAMETERS if name in self.values]

    @property
    def query(self) -> str:
        """The query of the canonical address, with its question mark; empty if there are no parameters."""
        return "?" + urlencode(self.pairs, safe="/") if self.values else ""

    @property
    def sort(self) -> str:
        """The order: a name of ``SORTS``, maybe after a minus."""
        return self.values.get("sort", DEFAULTS["sort"])

    @property
    def page(self) -> int | None:
        """The number of the page that is asked for, from 1, if one is."""
        return int(self.values["page"]) if "page" in self.values else None

    @property
    def narrowing(self) -> dict[str, str]:
        """The parameters that leave undertakings out."""
        return {name: value for name, value in self.values.items() if name not in DEFAULTS}

    @property
    def cleared(self) -> Criteria:
        """The same order of all undertakings."""
        return self.replace(dict.fromkeys(self.narrowing))

    def replace(self, changes: Mapping[str, str | None]) -> Criteria:
        """Return these criteria with ``changes``, on the first page unless they name one; ``None`` takes away."""
        changed = {**self.values, "page": None, **changes}
        return Criteria({n: value for n, value in changed.items() if value and value != DEFAULTS.get(n)})


def read_criteria(pairs: Iterable[tuple[str, str]]) -> Criteria:
    """Return the criteria that the parameters ``pairs`` state; empty ones say nothing.

    Raises ``RequestError``, saying what is allowed, for a parameter that is unknown, repeated or malformed. Whether a
    value of a facet occurs is for ``narrow`` to say.
    """
    values: dict[str, str] = {}
    for name, text in pairs:
        value = text.strip()
        if name not in PARAMETERS:
            raise RequestError(f"there is no parameter “{name}” here", hint="there are: " + ", ".join(PARAMETERS))
        if value and name in values:
            raise RequestError(f"“{name}” is given twice", hint="give it once")
        if value:
            _check(name, value)
            values[name] = value
    return Criteria({name: value for name, value in values.items() if value != DEFAULTS.get(name)})


def _check(name: str, value: str) -> None:
    if name in DAYS and not (_DAY.fullmatch(value) and read_day(value)):
        raise RequestError(f"“{value}” is no day, in {name}", hint="write it like 2024-12-31")
    if name == "due" and value not in DUE:
        raise RequestError(f"“{value}” is nothing that due can be", hint="it can be: " + ", ".join(DUE))
    if name == "sort" and value.removeprefix("-") not in SORTS:
        raise RequestError(
            f"there is no order “{value}”", hint="there are, each also after a minus: " + ", ".join(SORTS)
        )
    if name == "page" and not re.fullmatch(r"[1-9][0-9]{0,6}", value):
        raise RequestError(f"“{value}” is no number of a page", hint="pages are counted from 1")
    if name == "q" and len(value) > FREE:
        raise RequestError("the text to look for is too long", hint=f"at most {FREE} characters")


@dataclass(frozen=True)
class Option:
    """A value that a facet can be set to, and how many undertakings there are then."""

    value: Named
    count: int
    chosen: bool


@dataclass(frozen=True)
class Narrowed:
    """The undertakings that meet criteria, in their order; and what each facet can be set to while the others stay."""

    matching: tuple[Undertaking, ...]
    options: Mapping[str, tuple[Option, ...]]
    due: Mapping[str, int]


Test = Callable[[Undertaking], bool]


def narrow(register: Sequence[Undertaking], criteria: Criteria) -> Narrowed:
    """Return the undertakings of ``register`` that meet ``criteria``, sorted; ties by label, whichever way it goes.

    Raises ``RequestError``, listing what occurs, for a facet's value that no undertaking has.
    """
    known = {name: _find_values(register, values_of) for name, (_, values_of) in FACETS.items()}
    tests = {name: _make_test(name, criteria, known) for name in criteria.narrowing}
    matching: list[Undertaking] = []
    near: dict[str, list[Undertaking]] = {name: [] for name in PARAMETERS}
    for undertaking in register:
        failed = [name for name, test in tests.items() if not test(undertaking)]
        if not failed:
            matching.append(undertaking)
        elif len(failed) == 1:
            near[failed[0]].append(undertaking)
    options = {
        name: _count_options(known[name], chain(matching, near[name]), values_of, criteria.values.get(name))
        for name, (_, values_of) in FACETS.items()
    }
    due = Counter("stated" if one.deadlines else "none" for one in chain(matching, near["due"]))
    return Narrowed(tuple(_sort(matching, criteria.sort)), options, due)


def _find_values(register: Iterable[Undertaking], values_of: Values) -> dict[str, Named]:
    values = {value for undertaking in register for value in values_of(undertaking)}
    return {value.name: value for value in sorted(values)}


def _make_test(name: str, criteria: Criteria, known: Mapping[str, Mapping[str, Named]]) -> Test:
    value = criteria.values[name]
    if name in FACETS:
        if value not in known[name]:
            raise RequestError(f"no undertaking has “{value}” for {name}", hint="there are: " + ", ".join(known[name]))
        wanted, values_of = known[name][value], FACETS[name][1]
        return lambda undertaking: wanted in values_of(undertaking)
    if name == "q":
        words = value.casefold().split()
        return lambda undertaking: all(word in undertaking.label.casefold() for word in words)
    if name == "due":
        return lambda undertaking: bool(undertaking.deadlines) == (value == "stated")
    earliest, latest = (read_day(criteria.values.get(name)) for name in DAYS)
    return lambda undertaking: any((earliest or day) <= day <= (latest or day) for day in undertaking.days)


def _count_options(
    known: Mapping[str, Named], undertakings: Iterable[Undertaking], values_of: Values, chosen: str | None
) -> tuple[Option, ...]:
    counts = Counter(value for undertaking in undertakings for value in values_of(undertaking))
    options = (Option(value, counts[value], name == chosen) for name, value in known.items())
    return tuple(option for option in options if option.count or option.chosen)


def _sort(undertakings: Iterable[Undertaking], sort: str) -> list[Undertaking]:
    by_label = sorted(undertakings, key=lambda undertaking: (undertaking.label.casefold(), undertaking.iri))
    find_key = SORTS[sort.removeprefix("-")][1]
    keyed = [(find_key(undertaking), undertaking) for undertaking in by_label]
    known = [(key, undertaking) for key, undertaking in keyed if key is not None]
    known.sort(key=itemgetter(0), reverse=sort.startswith("-"))
    return [undertaking for _, undertaking in known] + [undertaking for key, undertaking in keyed if key is None]
