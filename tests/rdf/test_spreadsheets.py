"""Tables for spreadsheets."""

from __future__ import annotations

import io
import re
import zipfile

from tests.helpers.workbooks import read_workbook

from g7kg.rdf.solutions import write_excel_csv, write_workbook


def read_sheet(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


def test_a_workbook_has_no_formula_and_no_link_and_is_the_same_each_time() -> None:
    rows = [["=1+1", "https://e.example/", "2024-02-30"], ["x" * 40_000, "", "1800-01-01"]]
    assert write_workbook(("a", "b", "c"), rows) == write_workbook(("a", "b", "c"), rows)
    assert read_workbook(write_workbook(("a", "b", "c"), rows)) == [
        ("a", "b", "c"),
        ("=1+1", "https://e.example/", "2024-02-30"),
        ("x" * 32_767, "", "1800-01-01"),
    ]
    sheet = read_sheet(write_workbook(("a", "b", "c"), rows))
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


def test_a_workbook_has_days_filters_and_columns_as_wide_as_what_they_hold() -> None:
    data = write_workbook(("a" * 20, "b", "c"), [["x", "y" * 70, "1900-01-01"], ["", "", "2024-01-02"]])
    sheet = read_sheet(data)
    assert [row[2] for row in read_workbook(data)] == ["c", "1", "45293"]
    assert re.findall(r'min="(\d)" max="(\d)" width="(\d+)', sheet) == [
        ("1", "1", "20"),
        ("2", "2", "60"),
        ("3", "3", "12"),
    ]
    assert '<autoFilter ref="A1:C3"/>' in sheet
    assert 'ySplit="1"' in sheet
    assert '<autoFilter ref="A1"/>' in read_sheet(write_workbook(("a",), []))


def test_csv_for_excel_has_a_byte_order_mark() -> None:
    assert write_excel_csv(("a",), [["é"]]) == "\ufeffa\r\né\r\n".encode()
