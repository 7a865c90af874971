"""The register of undertakings, beside the index for search: what each can be found by.

``promise`` has the undertakings by number, in the order of their names; ``fact`` the values that each has of a facet;
``deadline`` what its statements say of when it is due. Made of the selections ``facets-of-undertakings`` and
``documents-with-undertakings`` of the pages, in which nothing is in a language.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Final, cast

from pyoxigraph import QuerySolutions, Store

from g7kg.queries.catalogue import read_page_queries
from g7kg.rdf.solutions import to_text
from g7kg.rdf.vocab import shorten_iri
from g7kg.snapshot.index import open_index
from g7kg.snapshot.manifest import INDEX
from g7kg.texts.dates import read_day

FACETS_QUERY: Final = "facets-of-undertakings"
DOCUMENTS_QUERY: Final = "documents-with-undertakings"

STRENGTHS: Final = ("high", "low", "none")
"""From the strongest to the weakest, as their concepts are named."""

NONE_ON_RECORD: Final = "none-on-record"
"""The status that is wider than those of what no later document speaks of."""

WIDER: Final = "wider"
"""The facet of a status that is wider than another that the undertaking has."""

_TABLES: Final = """
CREATE TABLE promise (undertaking INTEGER PRIMARY KEY, iri TEXT NOT NULL, label TEXT NOT NULL, folded TEXT NOT NULL);
CREATE TABLE fact (
  facet TEXT, value TEXT, undertaking INTEGER, PRIMARY KEY (facet, value, undertaking)
) WITHOUT ROWID;
CREATE INDEX fact_of_promise ON fact (undertaking, facet);
CREATE TABLE deadline (
  undertaking INTEGER, day TEXT, stated TEXT, PRIMARY KEY (undertaking, day, stated)
) WITHOUT ROWID;
"""
_PIECES: Final = {"stated": 4}

Row = Mapping[str, str]
Facets = Mapping[str, Sequence[Sequence[str]]]
"""The facts that an undertaking can be found by, by key, each in pieces."""


def write_register(store: Store, folder: Path) -> None:
    """Write the register of the undertakings on ``store`` into the snapshot ``folder``, which has an index already."""
    queries = read_page_queries()
    documents, facets = (_select(store, queries[name].text) for name in (DOCUMENTS_QUERY, FACETS_QUERY))
    with closing(sqlite3.connect(folder / INDEX)) as connection, connection:
        fill_register(connection, facets, documents)


def open_register(folder: Path) -> sqlite3.Connection | None:
    """Return a connection to the register of the snapshot ``folder``, if it has one, that can only read."""
    try:
        connection = open_index(folder)
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'promise'").fetchone():
            return connection
        connection.close()
    except sqlite3.OperationalError:  # it cannot be opened
        pass
    return None


def list_values(connection: sqlite3.Connection) -> list[str]:
    """Return the IRIs of all values that undertakings have, but documents, in the register behind ``connection``."""
    found = connection.execute("SELECT DISTINCT value FROM fact WHERE facet <> 'document'")
    return [value for (value,) in found]


def fill_register(connection: sqlite3.Connection, facets: Iterable[Row], documents: Iterable[Row]) -> None:
    """Write the register of undertakings of the rows of both selections by ``connection``."""
    days = {row["document"]: read_day(row.get("date")) for row in reversed([*documents])}
    found = ((row["undertaking"], read_facets(row["facts"])) for row in facets)
    named = ((min((label for (label,) in one["label"]), default=shorten_iri(iri)), iri, one) for iri, one in found)
    connection.executescript(_TABLES)
    ordered = sorted(named, key=lambda entry: (entry[0].casefold(), entry[1]))
    for number, (label, iri, one) in enumerate(ordered, 1):
        connection.execute("INSERT INTO promise VALUES (?, ?, ?, ?)", (number, iri, label, label.casefold()))
        pairs = {(facet, value, number) for facet, value in _list_facts(one, days)}
        connection.executemany("INSERT INTO fact VALUES (?, ?, ?)", sorted(pairs))
        dated = ((read_day(due), words) for _, _, due, words in one["stated"])
        known = {(number, str(day or ""), words) for day, words in dated if day or words}
        connection.executemany("INSERT INTO deadline VALUES (?, ?, ?)", sorted(known))


def read_facets(facts: str) -> Facets:
    """Return the ``facts`` of an undertaking in the selection ``facets-of-undertakings``."""
    facets = defaultdict[str, list[list[str]]](list)
    for line in facts.split("\n"):
        key, *values = line.split("\t")
        if len(values) == _PIECES.get(key, 1):
            facets[key].append(values)
    return facets


def _list_facts(facets: Facets, days: Mapping[str, date | None]) -> Iterator[tuple[str, str]]:
    """Yield facets with their values: of strengths the strongest, of documents the earliest that states it."""
    for key in ("kind", "debtor", "addressee", "topic"):
        yield from ((key, value) for (value,) in facets[key])
    own, wider = divide_statuses([value for (value,) in facets["status"]])
    yield from (("status", value) for value in own)
    yield from ((WIDER, value) for value in wider)
    if stated := facets["stated"]:
        yield "strength", min((strength for _, strength, *_ in stated), key=_rank_strength)
        yield "document", min((days.get(document) or date.max, document) for document, *_ in stated)[1]


def divide_statuses(statuses: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the statuses of an undertaking, and those of them that are only wider than another."""
    own = [status for status in statuses if status.rpartition("/")[2] != NONE_ON_RECORD] or statuses
    return own, [status for status in statuses if status not in own]


def _rank_strength(strength: str) -> tuple[int, str]:
    name = strength.rpartition("/")[2]
    return (STRENGTHS.index(name) if name in STRENGTHS else len(STRENGTHS), name)


def _select(store: Store, query: str) -> Iterator[Row]:
    solutions = cast("QuerySolutions", store.query(query))
    names = [variable.value for variable in solutions.variables]
    for solution in solutions:
        terms = zip(names, solution, strict=True)
        yield {name: to_text(term) for name, term in terms if term is not None}
