"""Tables as files for spreadsheets: a workbook, and CSV that Excel reads as UTF-8."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Final

from g7kg.rdf.solutions import write_csv

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
