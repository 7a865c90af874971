"""The flat tables that are made with a snapshot: rows, types, and the dictionary of their columns."""

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from pyoxigraph import DefaultGraph, Literal, NamedNode, RdfFormat, Store

from g7kg.build.snapshot import Snapshot
from g7kg.build.tables import read_flat, write_tables
from g7kg.errors import QueryError
from g7kg.queries.catalogue import read_queries

SPACES = {"rdf-schema#label": "http://www.w3.org/2000/01/", "core#prefLabel": "http://www.w3.org/2004/02/skos/"}
NAMES = ("participations", "statements", "undertakings")


def read_rows(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / f"g7kg-{name}.csv").read_text("utf-8"))))


def test_every_thing_is_one_row(snapshot: Snapshot) -> None:
    classes = snapshot.manifest.classes
    for name, class_ in zip(NAMES, ("Participation", "Statement", "Undertaking"), strict=True):
        rows = read_rows(snapshot.folder, name)
        keys = [next(iter(row.values())) for row in rows]
        assert len(keys) == len(set(keys)) == classes[f"https://w3id.org/g7kg/ontology#{class_}"], name


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


def test_labels_have_their_iris_beside_them_in_the_same_order(snapshot: Snapshot, store: Store) -> None:
    labels = {
        quad.subject.value: quad.object.value
        for name in ("rdf-schema#label", "core#prefLabel")
        for quad in store.quads_for_pattern(None, NamedNode(SPACES[name] + name), None, DefaultGraph())
        if isinstance(quad.object, Literal) and quad.object.language == "en" and isinstance(quad.subject, NamedNode)
    }
    for name in NAMES:
        for row in read_rows(snapshot.folder, name):
            for column in [column.removesuffix("_iri") for column in row if column.endswith("_iri")]:
                iris = row[f"{column}_iri"].split(" | ") if row[column] else []
                assert " | ".join(labels[iri] for iri in iris) == row[column], (row, column)


def test_the_dictionary_says_by_which_property_values_belong_to_the_row(snapshot: Snapshot, store: Store) -> None:
    dictionary = json.loads((snapshot.folder / "g7kg-tables.json").read_text("utf-8"))
    schema = next(table for table in dictionary["tables"] if table["url"] == "g7kg-statements.csv")["tableSchema"]
    assert schema["aboutUrl"] == "{+statement}"
    columns = {column["name"]: column for column in schema["columns"]}
    assert columns["topic"]["suppressOutput"] is True
    assert columns["topic_iri"]["valueUrl"] == "{+topic_iri}"
    row = next(row for row in read_rows(snapshot.folder, "statements") if " | " in row["topic_iri"])
    subject, property_ = NamedNode(row["statement"]), NamedNode(columns["topic_iri"]["propertyUrl"])
    found = {quad.object for quad in store.quads_for_pattern(subject, property_, None, DefaultGraph())}
    assert found == set(map(NamedNode, row["topic_iri"].split(" | ")))


HEADER = "#+ summary: What?\n#+ description: It tells.\n#+ tags: [tables]\n"


def test_values_that_differ_are_sorted_in_one_cell(tmp_path: Path) -> None:
    store = Store()
    store.load(b"<http://e/a> <http://e/p> 'z', 'b' ; <http://e/q> 1 .", format=RdfFormat.TURTLE)
    (tmp_path / "t.rq").write_text(
        HEADER
        + '#+ columns: {"a": "it", "p": "some", "q": "one"}\nSELECT ?a ?p ?q { ?a <http://e/p> ?p ; <http://e/q> ?q }',
        "utf-8",
    )
    write_tables(store, read_queries(tmp_path), tmp_path)
    assert (tmp_path / "g7kg-t.csv").read_text("utf-8").splitlines() == ["a,p,q", "http://e/a,b | z,1"]
    [table] = json.loads((tmp_path / "g7kg-tables.json").read_text("utf-8"))["tables"]
    types = [(column["datatype"], column.get("separator")) for column in table["tableSchema"]["columns"]]
    assert types == [("anyURI", None), ("string", " | "), ("integer", None)]


def test_a_column_that_nobody_explains_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.rq").write_text(HEADER + '#+ columns: {"a": "it"}\nSELECT ?a ?p { ?a ?p ?o }', "utf-8")
    with pytest.raises(QueryError, match="the columns of the table t are not those of its header"):
        read_flat(Store(), read_queries(tmp_path)[0], tmp_path)


ORDERED = '#+ columns: {"a": "it", "n": "number"}\n#+ order: %s\nSELECT ?a ?n { ?a <http://e/n> ?n }'


def read_ordered(order: str, folder: Path) -> list[tuple[str, int]]:
    store = Store()
    data = b"<http://e/a> <http://e/n> 10 . <http://e/b> <http://e/n> 9 . <http://e/c> <http://e/n> 10 ."
    store.load(data, format=RdfFormat.TURTLE)
    (folder / "t.rq").write_text(HEADER + ORDERED % order, "utf-8")
    _, rows = read_flat(store, read_queries(folder)[0], folder)
    return [(str(a.value)[-1], int(n.value)) for a, n in rows]  # type: ignore[union-attr]


def test_rows_stand_in_the_order_that_the_header_asks_for(tmp_path: Path) -> None:
    assert read_ordered("n a", tmp_path) == [("b", 9), ("a", 10), ("c", 10)]
    assert read_ordered("-n a", tmp_path) == [("a", 10), ("c", 10), ("b", 9)]
    assert read_ordered("a", tmp_path) == [("a", 10), ("b", 9), ("c", 10)]
    with pytest.raises(QueryError, match=r"the table t has no column m to be ordered by \(name its columns\)"):
        read_ordered("m", tmp_path)


def test_an_order_that_parts_what_belongs_together_is_refused(tmp_path: Path) -> None:
    store = Store()
    store.load(b"<http://e/a> <http://e/n> 1, 3 . <http://e/b> <http://e/n> 2 .", format=RdfFormat.TURTLE)
    (tmp_path / "t.rq").write_text(HEADER + ORDERED % "n", "utf-8")
    _, rows = read_flat(store, read_queries(tmp_path)[0], tmp_path)
    with pytest.raises(QueryError, match="the table t has http://e/a in two places"):
        list(rows)
