"""IRIs in the index that one which nobody knows may stand for."""

import sqlite3
from bisect import bisect_left
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from g7kg.rdf.suggestions import find_near
from g7kg.snapshot.index import open_index

_AROUND: Final = 100
"""How many entries before an IRI, in their order, and how many after it are compared with it."""

_LAST: Final = "\U0010ffff"

_ENTRY: Final = "SELECT iri FROM entry WHERE id = ?"
_KNOWN: Final = """
SELECT iri FROM entry WHERE id > ? AND id <= ? UNION SELECT iri FROM facet WHERE iri > ? AND iri < ?
"""


def list_near(folder: Path, iri: str) -> list[str]:
    """Return the few IRIs in the index of the snapshot ``folder`` that ``iri`` may stand for, the nearest first.

    They differ from it in the last part alone. Those are compared that stand around it in the order of IRIs, and
    documents and classes. None are found in an index that cannot be read.
    """
    cut = max(iri.rfind("/"), iri.rfind("#")) + 1
    beginning, end = iri[:cut], iri[:cut] + _LAST
    with suppress(sqlite3.OperationalError), closing(open_index(folder)) as connection:
        first, place, last = (_find_place(connection, wanted) for wanted in (beginning, iri, end))
        around = max(first, place - _AROUND), min(last, place + _AROUND)
        ends = [known[cut:] for (known,) in connection.execute(_KNOWN, (*around, beginning, end))]
        return [beginning + name for name in find_near(iri[cut:], (name for name in ends if "/" not in name))]
    return []


def _find_place(connection: sqlite3.Connection, iri: str) -> int:
    """Return how many entries come before ``iri``: they are numbered in the order of their IRIs."""

    def read(number: int) -> str:
        found: str = connection.execute(_ENTRY, (number,)).fetchone()[0]
        return found

    (number,) = connection.execute("SELECT coalesce(max(id), 0) FROM entry").fetchone()
    return bisect_left(range(1, number + 1), iri, key=read)
