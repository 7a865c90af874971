"""Flat tables of the graph, for those who work with data frames: CSV, Parquet, and a dictionary of their columns.

Each is a query of ``queries/tables``. Rows that begin alike are one row; where they differ, the cell has all values,
sorted and parted by `` | ``. The dictionary is CSV on the Web metadata (https://www.w3.org/TR/tabular-metadata/).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Literal, QuerySolutions, Store, Triple

from g7kg.errors import QueryError
from g7kg.queries import CatalogueQuery, read_queries
from g7kg.results import Table, to_csv, to_parquet, to_table
from g7kg.vocab import DATASET, XSD, Term

DICTIONARY: Final = "g7kg-tables.json"
"""The file with the dictionary of all tables."""

SEPARATOR: Final = " | "
"""What stands between several values in a cell."""

_LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"


def write_tables(store: Store, queries: Path, folder: Path) -> None:
    """Write each table of ``queries`` on ``store`` into ``folder``, Parquet if pyarrow is there, and the dictionary.

    Raises ``QueryError`` if a column of a table is not explained in the header of its query, or the other way round.
    """
    described = []
    for query in read_queries(queries):
        table = read_flat(store, query)
        (folder / f"g7kg-{query.name}.csv").write_bytes(to_csv(table))
        if find_spec("pyarrow") is not None:
            (folder / f"g7kg-{query.name}.parquet").write_bytes(to_parquet(table))
        described.append(_describe(query, table))
    dictionary = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "@id": f"{DATASET.value}#tables",
        "dc:license": {"@id": _LICENCE},
        "tables": described,
    }
    (folder / DICTIONARY).write_text(json.dumps(dictionary, ensure_ascii=False, indent=2) + "\n", "utf-8")


def read_flat(store: Store, query: CatalogueQuery) -> Table:
    """Return the table that ``query`` makes of ``store``: one row for each value of its first column."""
    solutions = store.query(query.text)
    if not isinstance(solutions, QuerySolutions):
        raise QueryError(f"the table {query.name} is no SELECT", hint="select its columns")
    table = to_table(solutions)
    if set(table.columns) != query.columns.keys():
        raise QueryError(f"the columns of the table {query.name} are not those of its header", hint="explain each one")
    rows: dict[Term | None, list[tuple[Term | None, ...]]] = {}
    for row in table.rows:
        rows.setdefault(row[0], []).append(row)
    return Table(table.columns, tuple(tuple(map(_join, zip(*alike, strict=True))) for alike in rows.values()))


def _join(values: Iterable[Term | None]) -> Term | None:
    """Return the one value that there is; several as text."""
    found = sorted({value for value in values if value is not None}, key=str)
    if len(found) <= 1:
        return found[0] if found else None
    return Literal(SEPARATOR.join(str(term) if isinstance(term, Triple) else term.value for term in found))


def _describe(query: CatalogueQuery, table: Table) -> dict[str, Any]:
    """Return what the dictionary says of ``table``."""
    return {
        "url": f"g7kg-{query.name}.csv",
        "dc:title": query.summary,
        "dc:description": query.description,
        "tableSchema": {
            "primaryKey": table.columns[0],
            "columns": [
                {"name": name, "titles": name, "dc:description": query.columns[name], **_find_type(table, index)}
                for index, name in enumerate(table.columns)
            ],
        },
    }


def _find_type(table: Table, index: int) -> dict[str, str]:
    """Return the datatype that all values of a column share, and what separates several in a cell."""
    values = [row[index] for row in table.rows if row[index] is not None]
    types = {term.datatype.value if isinstance(term, Literal) else XSD("anyURI").value for term in values}
    name = types.pop().removeprefix(XSD.iri) if len(types) == 1 else "string"
    separated = any(SEPARATOR in term.value for term in values if isinstance(term, Literal))
    return {"datatype": name if "#" not in name else "string", **({"separator": SEPARATOR} if separated else {})}
