"""The flat tables that are made with a snapshot: rows, types, and the dictionary of their columns."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from pyoxigraph import RdfFormat, Store

from g7kg.errors import QueryError
from g7kg.flat import read_flat, write_tables
from g7kg.queries import read_queries
from g7kg.snapshot import Snapshot, build_snapshot
from g7kg.workspace import Workspace
from tests.conftest import quiet

NAMES = ("participations", "statements", "undertakings")


def read_rows(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / f"g7kg-{name}.csv").read_text("utf-8"))))


def test_every_thing_is_one_row(snapshot: Snapshot) -> None:
    classes = snapshot.manifest.classes
    for name, class_ in zip(NAMES, ("Participation", "Statement", "Undertaking"), strict=True):
        rows = read_rows(snapshot.folder, name)
        keys = [next(iter(row.values())) for row in rows]
        assert len(keys) == len(set(keys)) == classes[f"https://w3id.org/g7kg/ontology#{class_}"], name


def test_an_undertaking_has_what_the_graph_says_of_it(snapshot: Snapshot) -> None:
    [row] = [row for row in read_rows(snapshot.folder, "undertakings") if row["label"].startswith("Toolkit for AI")]
    assert {name: row[name] for name in ("kind", "debtor", "due", "status", "first_stated", "supported_by")} == {
        "kind": "commitment",
        "debtor": "Italy's G7 presidency in 2024",
        "due": "2024-12-31",
        "status": "delivered",
        "first_stated": "2024-03-15",
        "supported_by": "Organisation for Economic Co-operation and Development"
        " | United Nations Educational, Scientific and Cultural Organisation",
    }
    assert row["follow_ups"] == "https://w3id.org/g7kg/id/cernobbio-como-2024/p4/s3"


@pytest.mark.parametrize("name", NAMES)
def test_parquet_has_the_same_rows_with_types(name: str, snapshot: Snapshot) -> None:
    table = parquet.read_table(snapshot.folder / f"g7kg-{name}.parquet")
    rows = read_rows(snapshot.folder, name)
    shown: list[dict[str, Any]] = table.to_pylist()
    assert [{key: "" if value is None else str(value) for key, value in row.items()} for row in shown] == rows


def test_columns_have_their_types(snapshot: Snapshot) -> None:
    schema = parquet.read_schema(snapshot.folder / "g7kg-statements.parquet")
    assert (schema.field("date").type, schema.field("start").type) == (pa.date32(), pa.int64())
    table = parquet.read_table(snapshot.folder / "g7kg-undertakings.parquet")
    assert max(table.column("due").drop_null().to_pylist()) == date(2024, 12, 31)


def test_the_dictionary_explains_every_column(snapshot: Snapshot) -> None:
    dictionary = json.loads((snapshot.folder / "g7kg-tables.json").read_text("utf-8"))
    assert [table["url"] for table in dictionary["tables"]] == [f"g7kg-{name}.csv" for name in NAMES]
    for name, table in zip(NAMES, dictionary["tables"], strict=True):
        columns = table["tableSchema"]["columns"]
        assert [column["name"] for column in columns] == list(read_rows(snapshot.folder, name)[0])
        assert all(len(column["dc:description"]) > 5 for column in columns)
    [due] = [column for column in dictionary["tables"][1]["tableSchema"]["columns"] if column["name"] == "date"]
    assert due["datatype"] == "date"


def test_no_table_has_the_words_of_a_document(workspace: Workspace, texts: Path, tmp_path: Path) -> None:
    snapshot = build_snapshot(workspace, tmp_path, texts, quiet)
    store = Store.read_only(str(snapshot.folder / "store"))
    words = [
        solution["text"].value
        for solution in store.query("SELECT ?text { ?part <https://schema.org/text> ?text }")  # type: ignore[union-attr]
    ]
    assert len(words) > 100
    held = "".join(path.read_text("utf-8") for path in snapshot.folder.glob("g7kg-*.csv"))
    assert [text for text in words if text[:80] in held] == []


HEADER = "#+ summary: What?\n#+ description: It tells.\n#+ tags: [tables]\n"


def test_values_that_differ_are_sorted_in_one_cell(tmp_path: Path) -> None:
    store = Store()
    store.load(b"<http://e/a> <http://e/p> 'z', 'b' ; <http://e/q> 1 .", format=RdfFormat.TURTLE)
    (tmp_path / "t.rq").write_text(
        HEADER
        + '#+ columns: {"a": "it", "p": "some", "q": "one"}\nSELECT ?a ?p ?q { ?a <http://e/p> ?p ; <http://e/q> ?q }',
        "utf-8",
    )
    write_tables(store, tmp_path, tmp_path)
    assert (tmp_path / "g7kg-t.csv").read_text("utf-8").splitlines() == ["a,p,q", "http://e/a,b | z,1"]
    [table] = json.loads((tmp_path / "g7kg-tables.json").read_text("utf-8"))["tables"]
    types = [(column["datatype"], column.get("separator")) for column in table["tableSchema"]["columns"]]
    assert types == [("anyURI", None), ("string", " | "), ("integer", None)]


def test_a_column_that_nobody_explains_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.rq").write_text(HEADER + '#+ columns: {"a": "it"}\nSELECT ?a ?p { ?a ?p ?o }', "utf-8")
    with pytest.raises(QueryError, match="the columns of the table t are not those of its header"):
        read_flat(Store(), read_queries(tmp_path)[0], tmp_path)
