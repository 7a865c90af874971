"""Filters of the undertakings: parameters of an address to criteria, criteria to undertakings and counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from g7kg.errors import RequestError
from g7kg.pages.named import Named, rank
from g7kg.pages.register import FACETS, STATUSES
from g7kg.pages.tracking import Condition, Register, with_value
from g7kg.snapshot.register import STRENGTHS, WIDER
from g7kg.texts.dates import read_day

DUE: Final = {"stated": "with a deadline", "none": "without a deadline"}

_DUE: Final = {
    "stated": Condition("undertaking IN (SELECT undertaking FROM deadline)"),
    "none": Condition("undertaking NOT IN (SELECT undertaking FROM deadline)"),
}

DAYS: Final = {"due-from": "Due from", "due-to": "Due until"}
"""Parameters that are days, both inclusive."""

FREE: Final = 200
"""The longest text that is looked for, in characters."""


def _by_first(facet: str, register: Register) -> Mapping[int, str]:
    return {number: values[0].label.casefold() for number, values in register.list_values(facet).items()}


def _by_rank(facet: str, order: Sequence[str], register: Register) -> Mapping[int, tuple[int, str]]:
    found = register.list_values(facet).items()
    return {number: min(rank(value.name, order) for value in values) for number, values in found}


def _by_document(register: Register) -> Mapping[int, tuple[date, str]]:
    found = register.list_values("document").items()
    return {number: register.sources[values[0].iri].sort_key for number, values in found}


SORTS: Final[Mapping[str, tuple[str, Callable[[Register], Mapping[int, Any]]]]] = {
    "status": ("Status", partial(_by_rank, "status", STATUSES)),
    "label": ("Promise", Register.list_labels),
    "kind": ("Kind", partial(_by_first, "kind")),
    "debtor": ("Who is to act", partial(_by_first, "debtor")),
    "due": ("Deadline", Register.list_days),
    "document": ("First stated", _by_document),
    "strength": ("Strength", partial(_by_rank, "strength", STRENGTHS)),
}
"""Orders by name: the title, and what finds the keys; who has none comes last. ``-name`` is the reverse."""

PARAMETERS: Final = {
    **{name: f"{title}: a value that occurs." for name, title in FACETS.items()},
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
        hint = "there are, each also after a minus: " + ", ".join(SORTS)
        raise RequestError(f"there is no order “{value}”", hint=hint)
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
    """The numbers of the undertakings that meet all ``conditions``, in their order.

    ``options``: what each facet can be set to while the others stay; ``due`` likewise.
    """

    conditions: tuple[Condition, ...]
    matching: Sequence[int]
    options: Mapping[str, tuple[Option, ...]]
    due: Mapping[str, int]


def narrow(register: Register, criteria: Criteria) -> Narrowed:
    """Return the undertakings of ``register`` that meet ``criteria``, sorted; ties by label, whichever way it goes.

    Raises ``RequestError``, listing what occurs, for a facet's value that no undertaking has.
    """
    known = {name: register.count(list_stored(name)) for name in FACETS}
    conditions = {name: _find_condition(name, criteria, known) for name in criteria.narrowing}

    def others(name: str) -> list[Condition]:
        return [condition for key, condition in conditions.items() if key != name]

    options = {}
    for name, values in known.items():
        counts = register.count(list_stored(name), others(name)) if others(name) else values
        chosen = criteria.values.get(name)
        found = (Option(value, counts.get(value, 0), value.name == chosen) for value in sorted(values))
        options[name] = tuple(option for option in found if option.count or option.chosen)
    due = {value: len(register.find([*others("due"), _DUE[value]])) for value in DUE}
    matching = _sort(register, register.find(conditions.values()), criteria.sort)
    return Narrowed(tuple(conditions.values()), matching, options, due)


def list_stored(name: str) -> tuple[str, ...]:
    """Return the facets of the register that ``name`` stands for: a status is found by what is wider, too."""
    return (name, WIDER) if name == "status" else (name,)


def _find_condition(name: str, criteria: Criteria, known: Mapping[str, Iterable[Named]]) -> Condition:
    value = criteria.values[name]
    if name in FACETS:
        named = {one.name: one.iri for one in sorted(known[name])}
        if value not in named:
            raise RequestError(f"no undertaking has “{value}” for {name}", hint="there are: " + ", ".join(named))
        return with_value(list_stored(name), named[value])
    if name == "q":
        words = value.casefold().split()
        test = " AND ".join(["instr(folded, ?)"] * len(words))
        return Condition(f"undertaking IN (SELECT undertaking FROM promise WHERE {test})", tuple(words))  # noqa: S608
    if name == "due":
        return _DUE[value]
    days = (criteria.values.get("due-from", ""), criteria.values.get("due-to", "9999-12-31"))
    return Condition("undertaking IN (SELECT undertaking FROM deadline WHERE day <> '' AND day BETWEEN ? AND ?)", days)


def _sort(register: Register, numbers: Sequence[int], sort: str) -> Sequence[int]:
    keys = SORTS[sort.removeprefix("-")][1](register)
    known = sorted((one for one in numbers if one in keys), key=keys.__getitem__, reverse=sort.startswith("-"))
    return [*known, *(one for one in numbers if one not in keys)]
