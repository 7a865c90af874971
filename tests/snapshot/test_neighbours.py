"""What an IRI that nobody knows may stand for, by the index."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from g7kg.snapshot.manifest import INDEX
from g7kg.snapshot.neighbours import list_near

MANY = [f"e:k/{number:04}" for number in range(1000)]
ENTRIES = sorted([*MANY, "e:d-2024", "e:d-2024/p1", "e:d-2024/p1/s1", "e:o#lable", "e:o#label", "e:t/first", "e:ü/one"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / INDEX)) as connection, connection:
        connection.execute("CREATE TABLE entry (id INTEGER PRIMARY KEY, iri TEXT NOT NULL)")
        connection.execute("CREATE TABLE facet (id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE)")
        connection.executemany("INSERT INTO entry VALUES (?, ?)", enumerate(ENTRIES, 1))
        connection.execute("INSERT INTO facet VALUES (1, 'e:d-2024')")
    return tmp_path


@pytest.mark.parametrize(
    ("iri", "near"),
    [
        ("e:t/frist", ["e:t/first"]),
        ("e:o#labl", ["e:o#lable", "e:o#label"]),
        ("e:k/0500x", ["e:k/0500"]),
        ("e:k/500", []),  # 0500 may be meant, which stands far from it
        ("e:ü/oen", ["e:ü/one"]),
        ("e:d-2024/p1/s01", ["e:d-2024/p1/s1"]),
        ("e:x/first", []),
        ("nothing of this kind", []),
    ],
)
def test_the_nearest_below_the_same_beginning_are_found(iri: str, near: Sequence[str], folder: Path) -> None:
    assert list_near(folder, iri) == near


def test_documents_are_found_among_a_million_parts(folder: Path) -> None:
    """By the facets: between them in the order of IRIs stand their parts, which are not offered in their place."""
    with closing(sqlite3.connect(folder / INDEX)) as connection, connection:
        connection.execute("DELETE FROM entry")
        parts = (f"https://e/d-2024/p{number}" for number in range(1000, 2000))
        connection.executemany("INSERT INTO entry VALUES (?, ?)", enumerate(["https://e/d-2024", *parts], 1))
        connection.execute("UPDATE facet SET iri = 'https://e/d-2024'")
    assert list_near(folder, "https://e/d-2042") == ["https://e/d-2024"]


def test_an_index_that_is_empty_or_cannot_be_read_has_none(folder: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(folder / INDEX)) as connection, connection:
        connection.execute("DELETE FROM entry")
    assert list_near(folder, "e:t/frist") == []
    assert list_near(tmp_path / "nowhere", "e:t/frist") == []
