"""The index for search: an SQLite file with full-text search (FTS5), written by the building half, read by the serving.

``entry`` has the resources by number, in the order of their IRIs, undertakings with their status and the day when they
were first stated; ``content`` their texts in ``COLUMNS``; ``words`` is the full-text index over it. ``name`` has what
each is called, folded; ``facet`` the classes and documents that entries belong to, with their labels; ``spelling``
every word as it is spelt (``words`` has stems), with the number of entries.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from g7kg.rdf.vocab import DCTERMS, FOAF, G7, OA, RDF, RDFS, SCHEMA, SKOS, Term, graph_iri
from g7kg.snapshot.folding import fold, part_signs
from g7kg.snapshot.manifest import INDEX

COLUMNS: Final[Mapping[str, float]] = {"label": 10, "names": 8, "gist": 5, "definition": 3, "text": 1, "about": 2}
"""What is searched of a resource, each with its weight in the ranking; ``about`` names what it is linked to."""

WORDS: Final = "text"
"""The column with the words of documents."""

PROPERTIES: Final[Mapping[NamedNode, str]] = {
    RDFS("label"): "label",
    SKOS("prefLabel"): "label",
    DCTERMS("title"): "label",
    FOAF("name"): "label",
    SCHEMA("name"): "label",
    SKOS("altLabel"): "names",
    G7("nameAsStated"): "names",
    G7("titleAsStated"): "names",
    G7("gist"): "gist",
    SKOS("definition"): "definition",
    DCTERMS("description"): "definition",
    RDFS("comment"): "definition",
    SCHEMA("description"): "definition",
    SCHEMA("text"): "text",
}
"""The properties whose values are indexed, the column of each; the first label of the first property is the label."""

_TYPE: Final = RDF("type")
_RANKS: Final = {property_: rank for rank, property_ in enumerate(PROPERTIES)}

ABOUT: Final = frozenset(
    map(
        G7,
        ("addressee", "beneficiary", "debtor", "outcome", "recipient", "speechAct", "status", "supportedBy", "topic"),
    )
)
"""The properties by whose values, under all their names, a resource is found too."""

SEPARATORS: Final = {"text": " … "}
"""What stands between the values of a column; a semicolon if it is not here."""

_LEFT_OUT: Final = frozenset({G7("ShortForm"), G7("FollowUp")})
"""Notes on a thing, which is found by what they say: a short form by the name, a follow-up by the status."""

_TABLES: Final = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE entry (
  id INTEGER PRIMARY KEY, iri TEXT NOT NULL, class INTEGER, document INTEGER, status INTEGER, day TEXT
);
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
    """What the index holds of one resource: its texts by column, its names, the IRIs of its class, its document and,
    if it is an undertaking, its status; the day when that was first stated.
    """  # noqa: D205 - one sentence

    texts: Sequence[str]
    names: Sequence[str]
    facets: Sequence[str | None]
    day: str | None


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


def list_below(folder: Path, space: str, most: int, after: str = "") -> list[str]:
    """Return the first ``most`` of the IRIs in the index of the snapshot ``folder`` that are ``space`` and a last part.

    In the order of their characters; those alone that come ``after`` one.
    """
    query = (
        "SELECT iri FROM entry WHERE substr(iri, 1, ?1) = ?2 AND instr(substr(iri, ?1 + 1), '/') = 0 AND iri > ?3"
        " ORDER BY iri LIMIT ?4"
    )
    with closing(open_index(folder)) as connection:
        return [iri for (iri,) in connection.execute(query, (len(space), space, after, most))]


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
    sizes: Counter[Term] = Counter(quad.object for quad in store.quads_for_pattern(None, _TYPE, None, DefaultGraph()))
    facets: dict[str, int] = {}
    columns = ", ".join("?" * len(COLUMNS))
    for number, iri, entry in _read_entries(connection, store, sizes):
        known = (None if facet is None else facets.setdefault(facet, len(facets) + 1) for facet in entry.facets)
        connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", (number, iri, *known, entry.day))
        connection.execute(f"INSERT INTO content VALUES (?, {columns})", (number, *entry.texts))  # noqa: S608 - marks
        connection.execute("INSERT INTO temp.spelt (rowid, words) VALUES (?, ?)", (number, " ".join(entry.texts)))
        keys = {(fold(name), number) for name in entry.names}
        connection.executemany("INSERT INTO name VALUES (?, ?)", sorted(keys))
    connection.execute("INSERT INTO words (words) VALUES ('rebuild')")
    labelled = ((number, facet, _label(store, facet)) for facet, number in facets.items())
    connection.executemany("INSERT INTO facet VALUES (?, ?, ?)", labelled)


def _read_entries(
    connection: sqlite3.Connection, store: Store, sizes: Mapping[Term, int]
) -> Iterator[tuple[int, str, _Entry]]:
    number = 0
    name = lru_cache(4096)(partial(_name, store))
    for (iri,) in connection.execute("SELECT iri FROM found ORDER BY iri"):
        quads = list(store.quads_for_pattern(NamedNode(iri), None, None, DefaultGraph()))
        if not any(quad.predicate == _TYPE and quad.object in _LEFT_OUT for quad in quads):
            number += 1
            yield number, iri, _to_entry(quads, store, sizes, name)


def _to_entry(
    quads: Sequence[Quad], store: Store, sizes: Mapping[Term, int], name: Callable[[Term], Sequence[str]]
) -> _Entry:
    """Return the entry of the resource that ``quads`` describe.

    A label that only repeats the gist counts as gist; a name that is part of the label is not repeated.
    """
    values: dict[str, list[str]] = {column: [] for column in COLUMNS}
    for quad in sorted(quads, key=_precedence):
        if quad.predicate in PROPERTIES and isinstance(quad.object, Literal):
            column = values[PROPERTIES[quad.predicate]]
            column += {quad.object.value.replace("\0", " ")} - set(column)
    values["about"] = [text for quad in quads if quad.predicate in ABOUT for text in name(quad.object)]
    _add_words(values, quads, store, name)
    labels = [label for label in values["label"] if label not in values["gist"]]
    names = [*labels[1:], *(name for name in values["names"] if name not in labels)]
    values |= {"label": labels[:1], "names": [name for name in names if name not in "".join(labels[:1])]}
    wholes = (quad.object for quad in quads if quad.predicate == G7("inDocument"))
    documents = [whole.value for whole in wholes if isinstance(whole, NamedNode)]
    texts = [part_signs(SEPARATORS.get(column, "; ").join(dict.fromkeys(values[column]))) for column in COLUMNS]
    facets = _choose_class(quads, store, sizes), min(documents, default=None), _choose_status(quads, store)
    days = [quad.object for quad in quads if quad.predicate == G7("firstStated")]
    first = min((day.value for day in days if isinstance(day, Literal)), default=None)
    return _Entry(texts, [*labels[:1], *names], facets, first)


def _add_words(
    values: dict[str, list[str]], quads: Sequence[Quad], store: Store, name: Callable[[Term], Sequence[str]]
) -> None:
    """Add the words of a statement, where the graph has them; to an undertaking those of its statements, their gists,
    when it is due, and what it is: a commitment, a request, an announcement.
    """  # noqa: D205 - one sentence
    types = [quad.object for quad in quads if quad.predicate == _TYPE]
    if G7("Statement") in types:
        values["text"] += _quote(quads, store)
    if G7("Undertaking") in types:
        values["about"] += (text for type_ in types for text in name(type_))
        days = (quad.object for quad in quads if quad.predicate in {G7("due"), G7("dueStated")})
        values["about"] += (f"due {day.value}" for day in days if isinstance(day, Literal))
        for link in store.quads_for_pattern(None, G7("expresses"), quads[0].subject, DefaultGraph()):
            said = list(store.quads_for_pattern(link.subject, None, None, DefaultGraph()))
            gists = (quad.object for quad in said if quad.predicate == G7("gist"))
            values["gist"] += (gist.value for gist in gists if isinstance(gist, Literal))
            values["text"] += _quote(said, store)


def _quote(statement: Sequence[Quad], store: Store) -> list[str]:
    """Return the words of the statement that these quads describe: none where the graph has no texts."""

    def values(about: NamedNode, property_: NamedNode) -> list[str]:
        whose = [quad.object for quad in statement if quad.predicate == about and isinstance(quad.object, NamedNode)]
        quads = (quad for one in whose for quad in store.quads_for_pattern(one, property_, None, DefaultGraph()))
        return [quad.object.value.replace("\0", " ") for quad in quads if isinstance(quad.object, Literal)]

    ends = [[int(end) for end in values(G7("span"), OA(name)) if end.isdecimal()] for name in ("start", "end")]
    texts = values(G7("inParagraph"), SCHEMA("text"))
    return [text[start:end] for text in texts for start, end in zip(*ends, strict=False)]


def _choose_status(quads: Sequence[Quad], store: Store) -> str | None:
    if not any(quad.object == G7("Undertaking") for quad in quads):
        return None
    found = [quad.object for quad in quads if quad.predicate == G7("status") and isinstance(quad.object, NamedNode)]
    wider = {
        quad.object
        for status in found
        for quad in store.quads_for_pattern(status, SKOS("broader"), None, DefaultGraph())
    }
    return next((status.value for status in sorted(found, key=str) if status not in wider), None)


def _name(store: Store, thing: Term) -> tuple[str, ...]:
    if not isinstance(thing, NamedNode):
        return ()
    quads = store.quads_for_pattern(thing, None, None, DefaultGraph())
    named = (quad.object for quad in quads if PROPERTIES.get(quad.predicate) in {"label", "names"})
    return tuple(sorted({name.value for name in named if isinstance(name, Literal)}))


def _choose_class(quads: Sequence[Quad], store: Store, sizes: Mapping[Term, int]) -> str | None:
    """Return the class that tells most of a resource: one that is stated, not derived; of these the smallest."""
    types = [quad for quad in quads if quad.predicate == _TYPE and isinstance(quad.object, NamedNode)]
    derived = graph_iri("derived")

    def key(quad: Quad) -> tuple[bool, int, str]:
        repeated = Quad(quad.subject, quad.predicate, quad.object, derived) in store
        return repeated, sizes[quad.object], str(quad.object)

    chosen = min(types, key=key, default=None)
    return chosen.object.value if chosen and isinstance(chosen.object, NamedNode) else None


def _label(store: Store, iri: str) -> str | None:
    quads = sorted(store.quads_for_pattern(NamedNode(iri), None, None, DefaultGraph()), key=_precedence)
    labels = (quad.object for quad in quads if PROPERTIES.get(quad.predicate) == "label")
    return next((label.value for label in labels if isinstance(label, Literal)), None)


def _precedence(quad: Quad) -> tuple[int, bool, str]:
    language = quad.object.language if isinstance(quad.object, Literal) else None
    return _RANKS.get(quad.predicate, len(PROPERTIES)), (language or "en") != "en", str(quad.object)
