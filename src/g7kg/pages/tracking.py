"""The register of all undertakings, asked for what a page shows of it: how many there are of what, and some of them."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from g7kg.pages.named import Named
from g7kg.pages.register import FACETS, Deadline, Undertaking, read_deadlines
from g7kg.pages.sources import Source
from g7kg.snapshot.register import WIDER

DATED: Final = "SELECT undertaking, MIN(day) AS first FROM deadline WHERE day <> '' GROUP BY undertaking"
"""Each undertaking that is due by a day, with the earliest."""

_BY_LABEL: Final = "ORDER BY undertaking"


@dataclass(frozen=True)
class Condition:
    """A condition on undertakings: SQL about the column ``undertaking``, and the values for the marks in it."""

    text: str
    values: tuple[str, ...] = ()


def with_value(facets: Sequence[str], iri: str) -> Condition:
    """Return the condition that an undertaking has the value ``iri`` of one of ``facets``."""
    marks = ", ".join("?" * len(facets))
    text = f"undertaking IN (SELECT undertaking FROM fact WHERE facet IN ({marks}) AND value = ?)"  # noqa: S608 - marks
    return Condition(text, (*facets, iri))


class Register:
    """The register of a snapshot behind ``connection``, in which each undertaking has a number, in order of labels.

    ``names`` are those of values by IRI, ``sources`` the documents that speak of undertakings.
    """

    def __init__(self, connection: sqlite3.Connection, names: Mapping[str, str], sources: Mapping[str, Source]) -> None:
        self.connection = connection
        self.names = {iri: Named(name, iri) for iri, name in names.items()}
        self.sources = sources

    def __len__(self) -> int:
        number: int = next(self._ask("SELECT COUNT(*) FROM promise"))[0]
        return number

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def find(self, conditions: Iterable[Condition] = ()) -> list[int]:
        """Return the numbers of the undertakings that meet all ``conditions``, by label."""
        return [number for (number,) in self._ask("SELECT undertaking FROM promise WHERE TRUE", conditions, _BY_LABEL)]

    def find_due(self) -> list[int]:
        """Return the numbers of the undertakings that are due by a day, the earliest first, then by label."""
        query = f"SELECT undertaking FROM ({DATED}) JOIN promise USING (undertaking) ORDER BY first, label, undertaking"  # noqa: S608
        return [number for (number,) in self._ask(query)]

    def count(self, facets: Sequence[str], conditions: Iterable[Condition] = ()) -> dict[Named, int]:
        """Return how many of the undertakings that meet ``conditions`` have which value of ``facets``, most first."""
        marks = ", ".join("?" * len(facets))
        query = f"SELECT value, COUNT(*) AS number FROM fact WHERE facet IN ({marks})"  # noqa: S608 - marks
        order = "GROUP BY value ORDER BY number DESC, MIN(undertaking)"
        return {self.name(facets[0], value): n for value, n in self._ask(query, conditions, order, facets)}

    def count_statuses(self, facet: str, conditions: Iterable[Condition] = ()) -> Counter[tuple[Named, Named]]:
        """Return how many that meet ``conditions`` have which value of ``facet`` and which status."""
        query = """SELECT one.value, other.value, COUNT(*) FROM fact AS one JOIN fact AS other USING (undertaking)
            WHERE one.facet = ? AND other.facet = 'status'"""
        rows = self._ask(query, conditions, "GROUP BY 1, 2", [facet])
        return Counter({(self.name(facet, value), self.name("status", status)): n for value, status, n in rows})

    def list_values(self, facet: str) -> dict[int, list[Named]]:
        """Return the values of ``facet`` that undertakings have, sorted, by number."""
        found = defaultdict[int, list[Named]](list)
        for number, value in self._ask("SELECT undertaking, value FROM fact WHERE facet = ?", values=[facet]):
            found[number].append(self.name(facet, value))
        return {number: values if len(values) == 1 else sorted(values) for number, values in found.items()}

    def list_labels(self) -> dict[int, str]:
        """Return the labels of all undertakings without case, by number."""
        return dict(self._ask("SELECT undertaking, folded FROM promise"))

    def list_days(self) -> dict[int, str]:
        """Return the earliest day (ISO 8601) that an undertaking is due by, by number."""
        return dict(self._ask(DATED))

    def find_span(self) -> tuple[Deadline, ...]:
        """Return the first and the last deadline of all, if there are any."""
        days = next(self._ask("SELECT MIN(day), MAX(day) FROM deadline WHERE day <> ''"))
        return read_deadlines({"due": day} for day in days if day)

    def read(self, numbers: Sequence[int]) -> tuple[Undertaking, ...]:
        """Return the undertakings with these ``numbers``, in their order."""
        wanted = [Condition("undertaking IN (SELECT value FROM json_each(?))", (json.dumps(numbers),))]
        facts: dict[int, dict[str, list[Named]]] = defaultdict(lambda: defaultdict(list))
        deadlines = defaultdict[int, list[dict[str, str]]](list)
        for number, facet, value in self._ask("SELECT undertaking, facet, value FROM fact WHERE TRUE", wanted):
            facts[number][facet].append(self.name(facet, value))
        for number, day, stated in self._ask("SELECT undertaking, day, stated FROM deadline WHERE TRUE", wanted):
            deadlines[number].append({"due": day, "dueStated": stated})
        rows = self._ask("SELECT undertaking, iri, label FROM promise WHERE TRUE", wanted)
        known = {}
        for number, iri, label in rows:
            facets = {facet: tuple(sorted(facts[number][facet])) for facet in (*FACETS, WIDER)}
            known[number] = Undertaking(iri, label, facets, read_deadlines(deadlines[number]))
        return tuple(known[number] for number in numbers)

    def name(self, facet: str, iri: str) -> Named:
        """Return the value ``iri`` of ``facet`` with its label: what has none is called by its IRI."""
        if facet == "document":
            return self.sources[iri].document
        return self.names.get(iri) or self.names.setdefault(iri, Named(iri, iri))

    def _ask(
        self, query: str, conditions: Iterable[Condition] = (), end: str = "", values: Iterable[str] = ()
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of ``query`` where all ``conditions`` are met."""
        conditions = tuple(conditions)
        text = " ".join((query, *(f"AND {condition.text}" for condition in conditions), end))
        return self.connection.execute(text, (*values, *(one for condition in conditions for one in condition.values)))
