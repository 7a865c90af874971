"""Flat tables of the graph, for those who work with data frames: CSV, Parquet, and a dictionary of their columns.

Each is a query of ``queries/tables``. Rows that begin alike are one row; where they differ, the cell has all values,
sorted and parted by `` | ``. The IRIs in a column ``x_iri`` stand in the order of the labels in ``x``. The dictionary
is CSV on the Web metadata (https://www.w3.org/TR/tabular-metadata/).
"""

import csv
import io
import json
import pickle
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, Final, cast

from pyoxigraph import Literal, QuerySolutions, Store

from g7kg.errors import QueryError
from g7kg.queries.catalogue import CatalogueQuery
from g7kg.rdf.lines import sort_lines
from g7kg.rdf.solutions import SEPARATOR, Scalar, to_cell, to_python, to_text, write_parquet
from g7kg.rdf.terms import Term, from_term, to_term
from g7kg.rdf.vocab import DATASET, LICENCE, XSD, expand_name

DICTIONARY: Final = "g7kg-tables.json"
"""The file with the dictionary of all tables."""

_IRI: Final = "_iri"
_LINK: Final = XSD("anyURI").value

_CHUNK: Final = 4_000
"""Rows that are in memory at a time."""

_GAP: Final = "\x1f"
_SPACE: Final = re.compile(r"[\x00-\x1f]")
_MOST: Final = 10**19

Row = tuple[Term | None, ...]


def write_tables(store: Store, queries: Iterable[CatalogueQuery], folder: Path) -> None:
    """Write each table of ``queries`` on ``store`` into ``folder``, Parquet if pyarrow is there, and the dictionary.

    Rows are written as they come: a table need not fit into memory. Raises ``QueryError`` as ``read_flat`` does.
    """
    dictionary = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "@id": f"{DATASET.value}#tables",
        "dc:license": {"@id": LICENCE},
        "tables": [_describe(query, _write_table(store, query, folder)) for query in queries],
    }
    (folder / DICTIONARY).write_text(json.dumps(dictionary, ensure_ascii=False, indent=2) + "\n", "utf-8")


def read_flat(store: Store, query: CatalogueQuery, folder: Path) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Return the columns of the table that ``query`` makes of ``store``, and its rows: one a value of the first column.

    Rows are sorted by what the header says, in temporary files in ``folder`` if they are many: a store would sort them
    in memory. Raises ``QueryError`` if the header does not explain just the columns, and, while rows are read, if those
    that begin alike do not stand together.
    """
    solutions = store.query(query.text)
    if not isinstance(solutions, QuerySolutions):
        raise QueryError(f"the table {query.name} is no SELECT", hint="select its columns")
    columns = tuple(variable.value for variable in solutions.variables)
    strange = [name for name in query.order if name.removeprefix("-") not in columns]
    if strange:
        raise QueryError(f"the table {query.name} has no column {strange[0]} to be ordered by", hint="name its columns")
    if set(columns) != query.columns.keys():
        raise QueryError(f"the columns of the table {query.name} are not those of its header", hint="explain each one")
    keys = [(columns.index(name.removeprefix("-")), name.startswith("-")) for name in query.order]
    lines = sort_lines((_to_line(cast("Row", tuple(solution)), keys) for solution in solutions), folder)
    merged = _merge_rows(query.name, columns, (json.loads(line.partition(b"\t")[2]) for line in lines))
    return columns, merged


def _to_line(row: Row, keys: Sequence[tuple[int, bool]]) -> bytes:
    """Return ``row`` as a line: what it is sorted by, then its terms as JSON."""
    parts = [_to_key(row[index], negative=negative) for index, negative in keys]
    terms = json.dumps([None if term is None else from_term(term) for term in row], ensure_ascii=False)
    return f"{_GAP.join(parts)}\t{terms}\n".encode()


def _to_key(term: Term | None, *, negative: bool) -> str:
    """Return text that sorts as ``term`` does among its like: whole numbers from 0 by value, all else as text.

    Whole numbers may be ``negative``, the greatest first.
    """
    text = "" if term is None else to_text(term)
    if isinstance(term, Literal) and text.isdecimal():
        return f"{_MOST - int(text) if negative else int(text):020}"
    return _SPACE.sub(" ", text)


@dataclass
class _Column:
    """What becomes known of a column while its values go by: datatypes, types in Python, whether a cell has several."""

    name: str
    datatypes: set[str] = field(default_factory=set)
    examples: dict[type, Scalar] = field(default_factory=dict)
    separated: bool = False

    def add(self, term: Term | None) -> Scalar | None:
        """Take note of ``term``; return it as a value of Python."""
        value = to_python(term)
        if term is not None and value is not None:
            self.datatypes.add(term.datatype.value if isinstance(term, Literal) else _LINK)
            self.examples.setdefault(type(value), value)
            self.separated = self.separated or (isinstance(term, Literal) and SEPARATOR in term.value)
        return value


def _merge_rows(name: str, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Iterator[Row]:
    places = {column: place for place, column in enumerate(columns)}
    labelled = [(places[one], places[one + _IRI]) for one in columns if one + _IRI in places]
    seen: set[int] = set()
    for first, alike in groupby(rows, key=itemgetter(0)):
        if hash(first) in seen:
            raise QueryError(f"the table {name} has {first} in two places", hint="order it so that its rows meet")
        seen.add(hash(first))
        same = list(alike)
        cells = [sorted({value for value in values if value is not None}) for values in zip(*same, strict=True)]
        for label, iri in labelled:
            pairs = sorted({(row[label] or "", row[iri] or "") for row in same if row[iri] is not None})
            cells[label], cells[iri] = [one for one, _ in pairs], [other for _, other in pairs]
        yield tuple(map(_join, cells))


def _join(values: Sequence[str]) -> Term | None:
    found = [to_term(value) for value in values]
    if len(found) <= 1:
        return found[0] if found else None
    return Literal(SEPARATOR.join(map(to_text, found)))


def _write_table(store: Store, query: CatalogueQuery, folder: Path) -> list[_Column]:
    """Write one table as CSV, and as Parquet if pyarrow is there; return what became known of its columns."""
    names, rows = read_flat(store, query, folder)
    columns = [_Column(name) for name in names]
    with tempfile.TemporaryFile(dir=folder) as kept, (folder / f"g7kg-{query.name}.csv").open("wb") as file:
        writer = csv.writer(text := io.TextIOWrapper(file, "utf-8", newline=""))
        writer.writerow(names)
        while chunk := list(islice(rows, _CHUNK)):
            writer.writerows(["" if term is None else to_cell(to_text(term)) for term in row] for row in chunk)
            values = [[column.add(term) for column, term in zip(columns, row, strict=True)] for row in chunk]
            pickle.dump(values, kept)
        text.flush()
        if find_spec("pyarrow") is not None:
            examples = {column.name: list(column.examples.values()) for column in columns}
            write_parquet(folder / f"g7kg-{query.name}.parquet", examples, _read_chunks(kept))
    return columns


def _read_chunks(file: IO[bytes]) -> Iterator[list[list[Scalar | None]]]:
    size = file.tell()
    file.seek(0)
    while file.tell() < size:
        yield pickle.load(file)  # noqa: S301 - a file without a name, which this process wrote


def _describe(query: CatalogueQuery, columns: list[_Column]) -> dict[str, Any]:
    return {
        "url": f"g7kg-{query.name}.csv",
        "dc:title": query.summary,
        "dc:description": query.description,
        "tableSchema": {
            "aboutUrl": f"{{+{columns[0].name}}}",
            "primaryKey": columns[0].name,
            "columns": [
                {
                    "name": column.name,
                    "titles": column.name,
                    "dc:description": query.columns[column.name],
                    **_find_type(column),
                    **_find_property(query, column),
                }
                for column in columns
            ],
        },
    }


def _find_property(query: CatalogueQuery, column: _Column) -> dict[str, Any]:
    """Return by which property the values of a column belong to what the row is about, if the header names one."""
    if column.name not in query.properties:
        return {"suppressOutput": True}
    value = {"valueUrl": f"{{+{column.name}}}"} if _LINK in column.datatypes else {}
    return {"propertyUrl": expand_name(query.properties[column.name]), **value}


def _find_type(column: _Column) -> dict[str, str]:
    """Return the datatype that all values of a column share, and what separates several in a cell."""
    found = {_LINK} if _LINK in column.datatypes else column.datatypes
    name = next(iter(found)).removeprefix(XSD.iri) if len(found) == 1 else "string"
    separator = {"separator": SEPARATOR} if column.separated else {}
    return {"datatype": name if "#" not in name else "string", **separator}
