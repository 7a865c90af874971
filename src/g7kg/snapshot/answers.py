"""Answers kept with a snapshot: what the queries about the whole graph come to, found once by the building half.

They stand beside the index for search, by the text of the query: one that has changed since has none.
"""

import sqlite3
import zlib
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from pyoxigraph import QueryResultsFormat, QuerySolutions, Store

from g7kg.queries.catalogue import CatalogueQuery
from g7kg.snapshot.index import open_index
from g7kg.snapshot.manifest import INDEX

_TABLE = "CREATE TABLE answer (query TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID"


def write_answers(store: Store, queries: Iterable[CatalogueQuery], folder: Path) -> None:
    """Write the solutions of those of ``queries`` that are to be kept on ``store`` into the snapshot ``folder``.

    It has an index already.
    """
    with closing(sqlite3.connect(folder / INDEX)) as connection, connection:
        connection.execute(_TABLE)
        for query in queries:
            solutions = store.query(query.text) if query.kept else None
            if isinstance(solutions, QuerySolutions):
                body = zlib.compress(solutions.serialize(format=QueryResultsFormat.JSON) or b"")
                connection.execute("INSERT INTO answer VALUES (?, ?)", (query.text, body))


def find_answer(folder: Path, query: CatalogueQuery) -> bytes | None:
    """Return the solutions of ``query`` in SPARQL's JSON that are kept in the snapshot ``folder``, if there are any."""
    try:
        with closing(open_index(folder)) as connection:
            row = connection.execute("SELECT body FROM answer WHERE query = ?", (query.text,)).fetchone()
    except sqlite3.OperationalError:  # it is of an older g7kg and keeps none, or cannot be opened: the engine is asked
        return None
    return zlib.decompress(row[0]) if row else None
