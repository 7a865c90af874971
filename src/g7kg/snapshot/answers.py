"""Answers kept with a snapshot: what the queries about the whole graph come to, found once by the building half.

They stand beside the index for search, by the digest of the query's text, in each language of labels: one that has
changed since has none. What is kept by the value of a variable has an answer for each value, and one without rows for
all others; of a query with parameters what it comes to with their defaults is kept. Answers are SPARQL's TSV, of which
a part can be read by its lines.
"""

import hashlib
import sqlite3
import tempfile
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, QueryResultsFormat, QuerySolutions, Store

from g7kg.queries.catalogue import WHOLE, CatalogueQuery
from g7kg.queries.language import LANGUAGES
from g7kg.rdf.binding import bind_terms
from g7kg.rdf.lines import sort_lines
from g7kg.rdf.vocab import MEMBERSHIP
from g7kg.snapshot.index import open_index
from g7kg.snapshot.manifest import INDEX

MANY: Final = 500
"""Things to which more links lead have the keys of these kept: to sort them takes long."""

_TABLES: Final = """
CREATE TABLE answer (query BLOB, term TEXT, body BLOB NOT NULL, PRIMARY KEY (query, term)) WITHOUT ROWID;
CREATE TABLE links (resource TEXT PRIMARY KEY, keys BLOB NOT NULL);
"""
_ANSWER: Final = "SELECT body FROM answer WHERE query = ? AND term IN (?, '') ORDER BY term DESC LIMIT 1"
_LINKED: Final = f"""
SELECT ?resource WHERE {{ ?subject ?property ?resource . FILTER(ISIRI(?resource)) }}
GROUP BY ?resource HAVING (COUNT(*) > {MANY})
"""


def write_answers(store: Store, queries: Iterable[CatalogueQuery], folder: Path) -> None:
    """Write the solutions of those of ``queries`` that are to be kept on ``store`` into the snapshot ``folder``.

    It has an index already.
    """
    with closing(sqlite3.connect(folder / INDEX)) as connection, connection:
        connection.executescript(_TABLES)
        for query in queries:
            for asked in (replace(query, text=text) for text in sorted(_list_texts(query))):
                rows = ((_digest(asked), term, zlib.compress(body)) for term, body in _answer(store, asked, folder))
                connection.executemany("INSERT INTO answer VALUES (?, ?, ?)", rows)
        connection.executemany("INSERT INTO links VALUES (?, ?)", _list_links(store))


def _list_texts(query: CatalogueQuery) -> set[str]:
    """Return what is asked, in each language, to keep the answer to ``query``: with the defaults of its parameters."""
    if not query.kept:
        return set()
    _, defaults = query.bind({})
    return {bind_terms(query.ask_in(language).text, defaults) for language in LANGUAGES}


def _answer(store: Store, query: CatalogueQuery, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the answers that are kept of ``query``, each with the term that it is for, if it is for one."""
    solutions = store.query(query.text)
    if not isinstance(solutions, QuerySolutions):
        return
    if query.kept == WHOLE:
        yield "", solutions.serialize(format=QueryResultsFormat.TSV) or b""
        return
    with tempfile.TemporaryFile(dir=folder) as file:
        solutions.serialize(file, QueryResultsFormat.TSV)
        file.seek(0)
        head = file.readline()
        place = head.split().index(f"?{query.kept}".encode())
        yield "", head
        keyed = (b"%s\t%012d\t%s" % (line.split(b"\t")[place], n, line) for n, line in enumerate(file))
        for term, lines in groupby(sort_lines(keyed, folder), key=lambda line: line.split(b"\t", 1)[0]):
            yield term.decode(), head + b"".join(line.split(b"\t", 2)[2] for line in lines)


def _list_links(store: Store) -> Iterator[tuple[str, bytes]]:
    """Yield each resource that many links lead to, with the keys of those that its description shows, in order."""
    for solution in [*store.query(_LINKED)]:  # type: ignore[misc] # a SELECT has solutions
        resource = solution["resource"]
        keys = sorted(
            f"{quad.predicate.value} {quad.subject.value}"
            for quad in store.quads_for_pattern(None, None, resource, DefaultGraph())
            if isinstance(quad.subject, NamedNode) and quad.predicate not in MEMBERSHIP
        )
        yield resource.value, zlib.compress("\n".join(keys).encode())


def find_answer(folder: Path, query: CatalogueQuery, term: str = "") -> bytes | None:
    """Return the solutions of ``query`` in SPARQL's TSV that are kept in the snapshot ``folder``, if there are any.

    ``term`` is that, in N-Triples, by which they are kept, if they are kept by one.
    """
    found = _find(folder, _ANSWER, _digest(query), term)
    return zlib.decompress(found) if found else None


def find_links(folder: Path, iri: str, after: str, number: int) -> list[str] | None:
    """Return the keys of the next ``number`` links to ``iri``, those after ``after``; ``None`` if none are kept."""
    found = _find(folder, "SELECT keys FROM links WHERE resource = ?", iri)
    if found is None:
        return None
    keys = zlib.decompress(found).decode().split("\n")
    start = bisect_right(keys, after)
    return keys[start : start + number]


def _find(folder: Path, statement: str, *values: bytes | str) -> bytes | None:
    try:
        with closing(open_index(folder)) as connection:
            row = connection.execute(statement, values).fetchone()
    except sqlite3.OperationalError:  # it is of an older g7kg and keeps none, or cannot be opened: the engine is asked
        return None
    found: bytes | None = row[0] if row else None
    return found


def _digest(query: CatalogueQuery) -> bytes:
    return hashlib.sha256(query.text.encode()).digest()
