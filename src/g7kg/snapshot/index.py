"""The index for search: an SQLite file with full-text search (FTS5), written by the building half, read by the serving.

``entry`` has the resources by number, in the order of their IRIs; ``content`` their texts in ``COLUMNS``; ``words`` is
the full-text index over it. ``name`` has what each is called, folded; ``facet`` the classes and documents that entries
belong to, with their labels; ``spelling`` every word as it is spelt (``words`` has stems), with the number of entries.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from g7kg.rdf.vocab import DCTERMS, FOAF, G7, RDF, RDFS, SKOS, Namespace, Term, graph_iri
from g7kg.snapshot.manifest import INDEX

_SCHEMA: Final = Namespace("https://schema.org/")

COLUMNS: Final[Mapping[str, float]] = {"label": 10, "names": 8, "gist": 5, "definition": 3, "text": 1}
"""What is searched of a resource, each with its weight in the ranking."""

WORDS: Final = "text"
"""The column with the words of documents."""

PROPERTIES: Final[Mapping[NamedNode, str]] = {
    RDFS("label"): "label",
    SKOS("prefLabel"): "label",
    DCTERMS("title"): "label",
    FOAF("name"): "label",
    _SCHEMA("name"): "label",
    SKOS("altLabel"): "names",
    G7("nameAsStated"): "names",
    G7("titleAsStated"): "names",
    G7("gist"): "gist",
    SKOS("definition"): "definition",
    DCTERMS("description"): "definition",
    RDFS("comment"): "definition",
    _SCHEMA("description"): "definition",
    _SCHEMA("text"): "text",
}
"""The properties whose values are indexed, the column of each; the first label of the first property is the label."""

SEPARATOR: Final = "; "
"""Stands between the values of one column."""

_LEFT_OUT: Final = G7("ShortForm")
"""A short form is a note on a thing that has it as a name: it would hide that thing."""

_TABLES: Final = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE entry (id INTEGER PRIMARY KEY, iri TEXT NOT NULL, class INTEGER, document INTEGER);
CREATE TABLE content (id INTEGER PRIMARY KEY, {", ".join(COLUMNS)});
CREATE VIRTUAL TABLE words USING fts5 (
  {", ".join(COLUMNS)}, content = 'content', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE TABLE name (key TEXT, entry INTEGER, PRIMARY KEY (key, entry)) WITHOUT ROWID;
CREATE TABLE facet (id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, label TEXT);
CREATE TABLE spelling (word TEXT PRIMARY KEY, entries INTEGER NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE found (iri TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE temp.spelt USING fts5 (
  words, content = '', detail = none, columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab ('temp', 'spelt', 'row');
"""

_FINISH: Final = """
INSERT INTO spelling SELECT term, doc FROM temp.vocabulary ORDER BY term;
INSERT INTO words (words) VALUES ('optimize');
"""


@dataclass(frozen=True)
class _Entry:
    """What the index holds of one resource: its texts by column, its names, the IRIs of its class and document."""

    texts: Sequence[str]
    names: Sequence[str]
    class_: str | None
    document: str | None


def fold(text: str) -> str:
    """Return the words of ``text`` in lower case, without diacritics and punctuation, with a space between them."""
    plain = "".join(character for character in unicodedata.normalize("NFKD", text) if not _is_mark(character))
    return " ".join(re.findall(r"\w+", plain.lower()))


def open_index(folder: Path) -> sqlite3.Connection:
    """Return a connection to the index of the snapshot ``folder`` that can only read."""
    address = f"{(folder / INDEX).absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None)


def list_entries(folder: Path) -> tuple[list[list[str | int | None]], list[list[str | None]]]:
    """Return the entries of the index of the snapshot ``folder``, and the classes and documents that they belong to.

    An entry is the IRI, its texts by ``COLUMNS`` without the words of documents, and the places of its class
    and its document among the others, which are IRI and label.
    """
    columns = ", ".join(name for name in COLUMNS if name != WORDS)
    query = f"SELECT iri, {columns}, class - 1, document - 1 FROM entry JOIN content USING (id) ORDER BY id"  # noqa: S608
    with closing(open_index(folder)) as connection:
        entries = [list(row) for row in connection.execute(query)]
        facets = [list(row) for row in connection.execute("SELECT iri, label FROM facet ORDER BY id")]
    return entries, facets


def write_index(store: Store, folder: Path) -> None:
    """Write the index of what the default graph of ``store`` says into the snapshot ``folder``, which has none.

    Memory is bounded: what has been found so far lies in a temporary file.
    """
    with closing(sqlite3.connect(folder / INDEX, isolation_level=None)) as connection:
        connection.executescript(_TABLES)
        connection.execute("BEGIN")
        _find_resources(connection, store)
        _write_entries(connection, store)
        connection.execute("COMMIT")
        connection.executescript(_FINISH)


def _find_resources(connection: sqlite3.Connection, store: Store) -> None:
    """List the IRIs that have a value to be indexed."""
    for property_ in PROPERTIES:
        subjects = (quad.subject for quad in store.quads_for_pattern(None, property_, None, DefaultGraph()))
        rows = ((subject.value,) for subject in subjects if isinstance(subject, NamedNode))
        connection.executemany("INSERT OR IGNORE INTO found VALUES (?)", rows)


def _write_entries(connection: sqlite3.Connection, store: Store) -> None:
    sizes: Counter[Term] = Counter(
        quad.object for quad in store.quads_for_pattern(None, RDF("type"), None, DefaultGraph())
    )
    facets: dict[str, int] = {}
    columns = ", ".join("?" * len(COLUMNS))
    for number, iri, entry in _read_entries(connection, store, sizes):
        class_, document = (_number(facets, facet) for facet in (entry.class_, entry.document))
        connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?)", (number, iri, class_, document))
        connection.execute(f"INSERT INTO content VALUES (?, {columns})", (number, *entry.texts))  # noqa: S608 - marks
        connection.execute("INSERT INTO temp.spelt (rowid, words) VALUES (?, ?)", (number, " ".join(entry.texts)))
        keys = {(fold(name), number) for name in entry.names}
        connection.executemany("INSERT INTO name VALUES (?, ?)", sorted(keys))
    connection.execute("INSERT INTO words (words) VALUES ('rebuild')")
    labelled = ((number, facet, _label(store, facet)) for facet, number in facets.items())
    connection.executemany("INSERT INTO facet VALUES (?, ?, ?)", labelled)


def _number(facets: dict[str, int], iri: str | None) -> int | None:
    return None if iri is None else facets.setdefault(iri, len(facets) + 1)


def _read_entries(
    connection: sqlite3.Connection, store: Store, sizes: Mapping[Term, int]
) -> Iterator[tuple[int, str, _Entry]]:
    number = 0
    for (iri,) in connection.execute("SELECT iri FROM found ORDER BY iri"):
        quads = list(store.quads_for_pattern(NamedNode(iri), None, None, DefaultGraph()))
        if not any(quad.object == _LEFT_OUT for quad in quads):
            number += 1
            yield number, iri, _to_entry(quads, store, sizes)


def _to_entry(quads: Sequence[Quad], store: Store, sizes: Mapping[Term, int]) -> _Entry:
    """Return the entry of the resource that ``quads`` describe.

    A label that only repeats the gist counts as gist; a name that is part of the label is not repeated.
    """
    values: dict[str, list[str]] = {column: [] for column in COLUMNS}
    for quad in sorted(quads, key=_precedence):
        if quad.predicate in PROPERTIES and isinstance(quad.object, Literal):
            column = values[PROPERTIES[quad.predicate]]
            column += {quad.object.value.replace("\0", " ")} - set(column)
    labels = [label for label in values["label"] if label not in values["gist"]]
    names = [*labels[1:], *(name for name in values["names"] if name not in labels)]
    values |= {"label": labels[:1], "names": [name for name in names if name not in "".join(labels[:1])]}
    wholes = (quad.object for quad in quads if quad.predicate == G7("inDocument"))
    documents = [whole.value for whole in wholes if isinstance(whole, NamedNode)]
    texts = [SEPARATOR.join(values[column]) for column in COLUMNS]
    return _Entry(texts, [*labels[:1], *names], _choose_class(quads, store, sizes), min(documents, default=None))


def _choose_class(quads: Sequence[Quad], store: Store, sizes: Mapping[Term, int]) -> str | None:
    """Return the class that tells most of a resource: one that is stated, not derived; of these the smallest."""
    types = [quad for quad in quads if quad.predicate == RDF("type") and isinstance(quad.object, NamedNode)]
    derived = graph_iri("derived")

    def key(quad: Quad) -> tuple[bool, int, str]:
        repeated = Quad(quad.subject, quad.predicate, quad.object, derived) in store
        return repeated, sizes[quad.object], str(quad.object)

    chosen = min(types, key=key, default=None)
    return chosen.object.value if chosen and isinstance(chosen.object, NamedNode) else None


def _label(store: Store, iri: str) -> str | None:
    """Return the label of ``iri``, if it has one."""
    quads = sorted(store.quads_for_pattern(NamedNode(iri), None, None, DefaultGraph()), key=_precedence)
    labels = (quad.object for quad in quads if PROPERTIES.get(quad.predicate) == "label")
    return next((label.value for label in labels if isinstance(label, Literal)), None)


def _precedence(quad: Quad) -> tuple[int, bool, str]:
    """Sort values by property, English and those without a language first."""
    language = quad.object.language if isinstance(quad.object, Literal) else None
    return _ranks().get(quad.predicate, len(PROPERTIES)), (language or "en") != "en", str(quad.object)


@cache
def _ranks() -> Mapping[NamedNode, int]:
    return {property_: rank for rank, property_ in enumerate(PROPERTIES)}


def _is_mark(character: str) -> bool:
    return unicodedata.combining(character) != 0
