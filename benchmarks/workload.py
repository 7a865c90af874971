"""The queries themselves: templates filled with constants of the graph, ready to be sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import quote, unquote

from benchmarks.data import COPY, Graph, copy_prefix, mark_slug
from benchmarks.queries import ID, Kind

LARGE_COPIES: Final = 3
"""How many copies of the real graph the kind “large” takes its rows from."""

_QUAD: Final = re.compile(r"<https://w3id\.org/g7kg/id/([^>]*)> <([^>]*)> (?:<https://w3id\.org/g7kg/id/([^>]*)>)?")
_GIST: Final = re.compile(r'ontology#gist> "([^"\\]*)"')
_G7: Final = "https://w3id.org/g7kg/ontology#"
_SLOTS: Final = re.compile("SERIAL|SUBJECT|STATEMENT|PARAGRAPH|UNDERTAKING|PART|DOCUMENTS|DOCUMENT|WORD|EARLY|LATE")
_COPY: Final = quote(COPY)
_ENTITIES: Final = {"SUBJECT", "STATEMENT", "PARAGRAPH", "UNDERTAKING", "PART", "DOCUMENT"}


@dataclass(frozen=True)
class Query:
    """A query of a kind; ``encoded`` is its text as a URL has it."""

    kind: Kind
    encoded: str

    @property
    def text(self) -> str:
        """The query as a person writes it."""
        return unquote(self.encoded)


@dataclass(frozen=True)
class Constants:
    """What can stand in the slots: names of things (without what all begin with), words, days."""

    values: Mapping[str, Sequence[str]]
    copies: int


def read_constants(real: Path, graph: Graph) -> Constants:
    """Return the constants of ``graph``, whose names follow from those of the ``real`` graph."""
    found: dict[str, dict[str, None]] = {slot: {} for slot in (*_ENTITIES, "WORD")}
    with real.open(encoding="utf-8") as file:
        for line in file:
            if match := _QUAD.match(line):
                _take(found, *match.groups())
            if match := _GIST.search(line):
                found["WORD"].update(dict.fromkeys(re.findall("[a-z]{5,}", match[1].lower())))
    values = {slot: tuple(names) for slot, names in found.items()}
    days = [(date(2016, 1, 1) + timedelta(n)).isoformat() for n in range(4000)]
    half = days.index("2023-12-31")
    return Constants({**values, "EARLY": days[:half], "LATE": days[half:]}, graph.copies)


def _take(found: dict[str, dict[str, None]], subject: str, predicate: str, target: str | None) -> None:
    found["SUBJECT"][subject] = None
    name = predicate.removeprefix(_G7)
    if name == "gist":
        found["STATEMENT"][subject] = None
    elif predicate == "http://purl.org/dc/terms/isPartOf":
        found["PART"][subject] = None
    slots = {"inParagraph": "PARAGRAPH", "expresses": "UNDERTAKING", "inDocument": "DOCUMENT"}
    if target and name in slots:
        found[slots[name]][target] = None


class Workload:
    """Queries over one graph.

    The same seed gives the same choice of constants. No two queries of one workload have the same text, except those of
    ``repeated``; nor have those of two workloads whose serial numbers are far enough apart.
    """

    def __init__(self, constants: Constants, seed: str, first_serial: int = 1_000_000) -> None:
        self._constants = constants
        self._seed = seed
        self._serials = count(first_serial)

    def unseen(self, kinds: Sequence[Kind], purpose: str) -> Iterator[Query]:
        """Return queries without end, each of one of ``kinds``; another ``purpose``, another choice of constants."""
        random = Random(f"{self._seed} {purpose}")  # noqa: S311 - it keeps no secret
        fillers = [_filler(kind, self._constants, random) for kind in kinds]
        for serial in self._serials:  # without end: the load takes as many as its time allows
            index = int(random.random() * len(kinds))
            yield Query(kinds[index], fillers[index](serial))

    def repeated(self, kinds: Sequence[Kind], size: int) -> Iterator[Query]:
        """Return queries without end out of a pool of ``size``, in which every kind has its turn."""
        turns = [kinds[n % len(kinds)] for n in range(size)]
        pool = [next(self.unseen([kind], f"pool {n}")) for n, kind in enumerate(turns)]
        random = Random(self._seed)  # noqa: S311 - it keeps no secret
        while True:  # likewise
            yield pool[int(random.random() * size)]


def _filler(kind: Kind, constants: Constants, random: Random) -> Callable[[int], str]:
    """Return what makes the text of a query of ``kind`` from a serial number; it is called for every request."""
    slots = list(dict.fromkeys(_SLOTS.findall(kind.template)))
    pattern = quote(_SLOTS.sub(lambda match: f"~~{match[0]}~~", kind.text), safe="~")
    for slot in slots:
        pattern = pattern.replace(f"~~{slot}~~", f"{{{slot}}}")
    prefixes = [copy_prefix(copy) for copy in range(constants.copies)]
    lists = {slot: [_to_template(slot, value) for value in constants.values.get(slot, ())] for slot in slots}
    names = [_to_template("DOCUMENT", name) for name in constants.values["DOCUMENT"]]
    documents = [f"%3C{name.replace(_COPY, prefix)}%3E" for prefix in prefixes[:LARGE_COPIES] for name in names]

    def choose(slot: str) -> str:
        value = lists[slot][int(random.random() * len(lists[slot]))]
        return value.replace(_COPY, prefixes[int(random.random() * len(prefixes))]) if slot in _ENTITIES else value

    chosen = [slot for slot in slots if slot in constants.values]
    pattern = pattern.replace("{DOCUMENTS}", "%20".join(documents))
    return lambda serial: pattern.format(SERIAL=serial, **{slot: choose(slot) for slot in chosen})


def _to_template(slot: str, value: str) -> str:
    """Return ``value`` as a URL has it, an entity's whole IRI with the place for a copy's name."""
    return quote(ID + mark_slug(value) if slot in _ENTITIES else value, safe="")
