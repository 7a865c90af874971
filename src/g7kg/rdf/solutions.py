"""The solutions of a query as a table: terms with their types, as text, as plain data, as columns.

Datatypes become Python's: integers ``int``, decimals and doubles ``float``, booleans ``bool``, dates ``date``, times
``datetime``, years ``int``; IRIs and all else stay text.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Triple

from g7kg.errors import WorkspaceError
from g7kg.rdf.vocab import XSD, Term

if TYPE_CHECKING:
    import pyarrow as pa

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_WIDTHS: Final = (12, 60)
"""The narrowest and the widest column, in characters."""

_CELL: Final = 32_767
"""The most characters that a cell of a workbook holds."""


def write_excel_csv(columns: Sequence[str], rows: Iterable[Iterable[str]]) -> bytes:
    """Return what ``write_csv`` does with a byte order mark before it, without which Excel takes it for Latin-1."""
    return codecs.BOM_UTF8 + write_csv(columns, rows)


def write_workbook(columns: Sequence[str], rows: Iterable[Iterable[str]]) -> bytes:
    """Return a workbook of one sheet (Office Open XML): a header that stays in view and filters, then ``rows``.

    Days become dates, all else stays text, and never becomes a formula or a link; the same rows give the same bytes.
    """
    import xlsxwriter  # noqa: PLC0415 - loaded by whoever wants a workbook

    output = io.BytesIO()
    book = xlsxwriter.Workbook(output, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet()
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
    sheet.write_row(0, 0, columns, bold)
    sheet.freeze_panes(1, 0)
    widths, last = [len(name) for name in columns], 0
    for last, row in enumerate(rows, 1):
        for column, text in enumerate(row):
            widths[column] = max(widths[column], len(text))
            if moment := _read_day(text):
                sheet.write_datetime(last, column, moment, day)
            else:
                sheet.write_string(last, column, text[:_CELL], wrapped)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(max(width, _WIDTHS[0]), _WIDTHS[1]))
    sheet.autofilter(0, 0, last, max(len(columns) - 1, 0))
    book.close()
    return output.getvalue()


def _read_day(text: str) -> date | None:
    """Return the day that ``text`` is, if a workbook can hold it: it counts from 1900."""
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
    return found if found and found.year >= 1900 else None  # noqa: PLR2004


SEPARATOR: Final = " | "
"""What stands between several values in a cell."""

Scalar = str | int | float | bool | date | datetime

_INTEGERS: Final = (
    *("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger"),
    *("negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte", "gYear"),
)
_READERS: Final[Mapping[str, Callable[[str], Scalar]]] = {
    **dict.fromkeys((XSD(name).value for name in _INTEGERS), int),
    **dict.fromkeys((XSD(name).value for name in ("decimal", "double", "float")), float),
    XSD("boolean").value: lambda text: text in {"true", "1"},
    XSD("date").value: date.fromisoformat,
    XSD("dateTime").value: datetime.fromisoformat,
}

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER: Final = re.compile(r"[+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?|[+-]INF")


@dataclass(frozen=True)
class Table:
    """Solutions: the names of the columns, and rows of terms; ``None`` where a solution binds nothing."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Term | None, ...], ...]

    def cut(self, start: int, number: int) -> Table:
        """Return ``number`` of the rows from ``start`` on."""
        return Table(self.columns, self.rows[start : start + number])


def read_table(
    data: bytes, hidden: Sequence[str] = (), form: ox.QueryResultsFormat = ox.QueryResultsFormat.JSON
) -> Table:
    """Return the solutions in ``data``, results in SPARQL's ``form``, without the columns that are ``hidden``."""
    solutions = ox.parse_query_results(data, form)
    if not isinstance(solutions, ox.QuerySolutions):
        raise TypeError("these results have no solutions")
    return to_table(solutions, hidden)


def read_results(data: bytes, hidden: Sequence[str] = ()) -> Table | bool:
    """Return the solutions or the boolean in ``data``; see ``read_table``."""
    found = ox.parse_query_results(data, ox.QueryResultsFormat.JSON)
    return bool(found) if isinstance(found, ox.QueryBoolean) else to_table(found, hidden)


def to_table(solutions: ox.QuerySolutions, hidden: Sequence[str] = ()) -> Table:
    """Return ``solutions`` without the columns that are ``hidden``."""
    names = [variable.value for variable in solutions.variables]
    shown = [index for index, name in enumerate(names) if name not in hidden]
    rows = tuple(tuple(solution[index] for index in shown) for solution in solutions)
    return Table(tuple(names[index] for index in shown), rows)


def to_python(term: Term | None) -> Scalar | None:
    """Return ``term`` as a value of Python; one that does not fit its datatype stays text."""
    if not isinstance(term, Literal):
        return None if term is None else to_text(term)
    reader = _READERS.get(term.datatype.value)
    try:
        return reader(term.value) if reader else term.value
    except ValueError:
        return term.value


def to_text(term: Term) -> str:
    """Return the IRI, the lexical form or the label of ``term``; a triple as N-Triples has it."""
    return str(term) if isinstance(term, Triple) else term.value


def to_records(table: Table) -> list[dict[str, Scalar | None]]:
    """Return each row as a dictionary from column to value."""
    return [dict(zip(table.columns, map(to_python, row), strict=True)) for row in table.rows]


def to_json(table: Table, **more: Any) -> bytes:  # noqa: ANN401 - whatever JSON can hold
    """Return rows as JSON, ``{"columns": [...], "rows": [{...}]}``, and what there is ``more``; dates in ISO 8601."""
    value = {"columns": table.columns, "rows": to_records(table), **more}
    return (json.dumps(value, ensure_ascii=False, default=lambda moment: moment.isoformat()) + "\n").encode()


def to_sparql_json(table: Table) -> bytes:
    """Return the rows as SPARQL 1.1 Query Results JSON, in which every term keeps its type."""
    bindings = [
        {name: to_binding(term) for name, term in zip(table.columns, row, strict=True) if term is not None}
        for row in table.rows
    ]
    value = {"head": {"vars": table.columns}, "results": {"bindings": bindings}}
    return (json.dumps(value, ensure_ascii=False) + "\n").encode()


def to_binding(term: Term) -> dict[str, str]:
    """Return ``term`` as SPARQL 1.1 Query Results JSON has it (section 3.2.2)."""
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if not isinstance(term, Literal):
        return {"type": "bnode", "value": to_text(term)}
    if term.language:
        return {"type": "literal", "value": term.value, "xml:lang": term.language}
    plain = term.datatype == XSD("string")
    return {"type": "literal", "value": term.value, **({} if plain else {"datatype": term.datatype.value})}


def to_csv(table: Table, delimiter: str = ",") -> bytes:
    """Return the rows as CSV, IRIs and lexical forms; see ``write_csv``."""
    return write_csv(table.columns, to_rows(table), delimiter)


def to_rows(table: Table) -> Iterator[list[str]]:
    """Yield each row as IRIs and lexical forms, empty where a solution binds nothing."""
    return (["" if term is None else to_text(term) for term in row] for row in table.rows)


def write_csv(columns: Sequence[str], rows: Iterable[Iterable[str]], delimiter: str = ",") -> bytes:
    """Return ``rows`` with a header (RFC 4180), each cell as ``to_cell`` makes it."""
    output = io.StringIO()
    writer = csv.writer(output, delimiter=delimiter)
    writer.writerow(columns)
    writer.writerows(map(to_cell, row) for row in rows)
    return output.getvalue().encode()


def to_cell(text: str) -> str:
    """Return ``text`` as a cell of CSV that no spreadsheet takes for a formula.

    One that begins like a formula, and is no number, gets an apostrophe before it
    (https://owasp.org/www-community/attacks/CSV_Injection).
    """
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def to_arrow(table: Table) -> pa.Table:
    """Return the rows as an Arrow table: a column has the type that all its values share, else it is text.

    Raises ``WorkspaceError`` if pyarrow is not installed.
    """
    arrow = _import_arrow()
    columns = [[to_python(row[index]) for row in table.rows] for index in range(len(table.columns))]
    return arrow.table({name: arrow.array(_agree(column)) for name, column in zip(table.columns, columns, strict=True)})


def to_parquet(table: Table) -> bytes:
    """Return the rows as a Parquet file; errors: see ``to_arrow``."""
    from pyarrow import parquet  # noqa: PLC0415 - an optional extra

    output = io.BytesIO()
    parquet.write_table(to_arrow(table), output)
    return output.getvalue()


def write_parquet(
    path: Path, examples: Mapping[str, Sequence[Scalar]], chunks: Iterable[list[list[Scalar | None]]]
) -> None:
    """Write rows that come in ``chunks`` to the Parquet file ``path``; errors: see ``to_arrow``.

    ``examples`` has, by column, a value of each type that the column has; they decide its type as in ``to_arrow``.
    """
    arrow = _import_arrow()
    from pyarrow import parquet  # noqa: PLC0415 - an optional extra

    schema = arrow.schema([(name, arrow.array(_agree(values)).type) for name, values in examples.items()])
    with parquet.ParquetWriter(path, schema) as writer:
        for rows in chunks:
            arrays = [
                arrow.array(_agree([*values, *examples[name]])[: len(values)], kind.type)
                for name, kind, values in zip(examples, schema, zip(*rows, strict=True), strict=True)
            ]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))


def to_arrow_stream(table: Table) -> bytes:
    """Return the rows as an Arrow IPC stream; errors: see ``to_arrow``."""
    arrow, columns = _import_arrow(), to_arrow(table)
    output = io.BytesIO()
    with arrow.ipc.new_stream(output, columns.schema) as writer:
        writer.write_table(columns)
    return output.getvalue()


def _import_arrow() -> Any:  # noqa: ANN401 - a module
    try:
        import pyarrow as pa  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise WorkspaceError("pyarrow is not installed", hint="pip install 'g7kg[arrow]'") from error
    return pa


def _agree(values: Sequence[Scalar | None]) -> Sequence[Any]:
    types = {type(value) for value in values if value is not None}
    if len(types) <= 1:
        return values
    if types == {int, float}:
        return [None if value is None else float(value) for value in values]  # type: ignore[arg-type]
    return [None if value is None else str(value) for value in values]
