"""Solutions as text, as plain data, as columns."""

import io
import json
import re
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pyarrow import parquet
from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from tests.helpers.workbooks import read_workbook

from g7kg.rdf.solutions import (
    Scalar,
    Table,
    read_results,
    read_table,
    to_arrow,
    to_cell,
    to_csv,
    to_json,
    to_python,
    to_sparql_json,
    write_excel_csv,
    write_parquet,
    write_workbook,
)
from g7kg.rdf.vocab import XSD, Term

A, P = NamedNode("http://e/a"), NamedNode("http://e/p")
TABLE = Table(
    ("x", "y"),
    (
        (A, Literal('é,"', language="en")),
        (None, Literal("2", datatype=XSD("integer"))),
        (BlankNode("b"), Literal("=1")),
        (A, Literal("2024-01-02", datatype=XSD("date"))),
    ),
)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        *((text, f"'{text}") for text in ("=1+1", "+44 20", "-a", "@SUM(1)", "\t=1", "\r=1", "\n=1", "-1+1", "--1")),
        *((text, text) for text in ("-1", "+1.5", "-1e-9", "-INF", "a=1", "", "'=1", "2024-01-01")),
    ],
)
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(text: str, cell: str) -> None:
    assert to_cell(text) == cell


@pytest.mark.parametrize(
    ("term", "value"),
    [
        (None, None),
        (A, "http://e/a"),
        (BlankNode("b"), "b"),
        (Triple(A, P, Literal("x")), '<http://e/a> <http://e/p> "x"'),
        (Literal("07", datatype=XSD("integer")), 7),
        (Literal("seven", datatype=XSD("integer")), "seven"),
        (Literal("1.5", datatype=XSD("decimal")), 1.5),
        (Literal("true", datatype=XSD("boolean")), True),
        (Literal("1", datatype=XSD("boolean")), True),
        (Literal("0", datatype=XSD("boolean")), False),
        (Literal("2024-01-02", datatype=XSD("date")), date(2024, 1, 2)),
        (Literal("2024-01-02T03:04:05Z", datatype=XSD("dateTime")), datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (Literal("P1D", datatype=XSD("duration")), "P1D"),
    ],
)
def test_a_term_becomes_a_value_of_python(term: Term | None, value: Scalar | None) -> None:
    assert (to_python(term), type(to_python(term))) == (value, type(value))


def test_a_table_is_written_in_each_format() -> None:
    assert to_csv(TABLE) == 'x,y\r\nhttp://e/a,"é,"""\r\n,2\r\nb,\'=1\r\nhttp://e/a,2024-01-02\r\n'.encode()
    assert to_csv(TABLE.cut(1, 1), "\t") == b"x\ty\r\n\t2\r\n"
    assert json.loads(to_json(TABLE.cut(1, 3), next=None)) == {
        "columns": ["x", "y"],
        "rows": [{"x": None, "y": 2}, {"x": "b", "y": "=1"}, {"x": "http://e/a", "y": "2024-01-02"}],
        "next": None,
    }
    assert "é" in to_json(TABLE).decode()
    assert json.loads(to_sparql_json(TABLE)) == {
        "head": {"vars": ["x", "y"]},
        "results": {
            "bindings": [
                {
                    "x": {"type": "uri", "value": "http://e/a"},
                    "y": {"type": "literal", "value": 'é,"', "xml:lang": "en"},
                },
                {"y": {"type": "literal", "value": "2", "datatype": XSD("integer").value}},
                {"x": {"type": "bnode", "value": "b"}, "y": {"type": "literal", "value": "=1"}},
                {
                    "x": {"type": "uri", "value": "http://e/a"},
                    "y": {"type": "literal", "value": "2024-01-02", "datatype": XSD("date").value},
                },
            ]
        },
    }


def test_a_table_is_read_again_without_what_is_hidden() -> None:
    data = to_sparql_json(TABLE)
    assert read_table(data) == read_results(data) == TABLE
    assert read_table(data, ["x"]) == Table(("y",), tuple((y,) for _, y in TABLE.rows))
    boolean = b'{"head": {}, "boolean": false}'
    assert read_results(boolean) is False
    with pytest.raises(TypeError, match="no solutions"):
        read_table(boolean)


def test_a_column_of_several_types_is_text_and_of_numbers_a_number() -> None:
    one, half = Literal("1", datatype=XSD("integer")), Literal("0.5", datatype=XSD("decimal"))
    table = to_arrow(Table(("n", "i", "m"), ((one, None, one), (half, one, Literal("a")), (None, one, None))))
    assert [str(field.type) for field in table.schema] == ["double", "int64", "string"]
    assert table.to_pydict() == {"n": [1.0, 0.5, None], "i": [None, 1, 1], "m": ["1", "a", None]}


def test_a_table_of_many_chunks_has_one_type_for_each_column(tmp_path: Path) -> None:
    chunks = [[["a", None, 1, 1]], [["b", date(2024, 1, 2), 2.5, "x"]]]
    examples = {"text": ["a"], "date": [date(2024, 1, 2)], "number": [1, 2.5], "mixed": [1, "x"]}
    write_parquet(tmp_path / "t.parquet", examples, chunks)  # type: ignore[arg-type]
    table = parquet.read_table(tmp_path / "t.parquet")
    assert [str(field.type) for field in table.schema] == ["string", "date32[day]", "double", "string"]
    assert table.to_pylist() == [
        {"text": "a", "date": None, "number": 1.0, "mixed": "1"},
        {"text": "b", "date": date(2024, 1, 2), "number": 2.5, "mixed": "x"},
    ]


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
