"""How much of the documents is mapped, told by queries of the catalogue on an assembled graph."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode

from g7kg.build.assembly import Assembly
from g7kg.queries.catalogue import find_query, read_queries
from g7kg.queries.language import LANGUAGES
from g7kg.rdf.binding import bind_terms
from g7kg.rdf.solutions import to_rows, to_table

QUERIES = ("coverage-of-documents", "statements-by-speech-act", "undertakings-by-status")
"""The queries whose answers are the coverage, by name."""


@dataclass(frozen=True)
class Table:
    """The answer to one query: what it asks, its columns, its rows as text (IRIs in full)."""

    question: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read_coverage(assembly: Assembly, queries: Path) -> tuple[Table, ...]:
    """Return the tables of coverage of ``assembly``, one a query of ``QUERIES``, read from the folder ``queries``."""
    store = ox.Store.read_only(str(assembly.store))
    catalogue = {query.name: query for query in read_queries(queries)}
    return tuple(_ask(store, catalogue[name].summary, catalogue[name].text) for name in QUERIES)


def read_languages(assembly: Assembly, queries: Path) -> tuple[Table, ...]:
    """Return for each language but English the table of what has no label in it, read as ``read_coverage`` does."""
    store = ox.Store.read_only(str(assembly.store))
    query = find_query(read_queries(queries), "things-without-label")
    return tuple(
        _ask(store, f"What has no label in {name} ({tag})?", query.text, query.bind({"language": tag})[1])
        for tag, name in tuple(LANGUAGES.items())[1:]
    )


def describe_scopes(tables: tuple[Table, ...]) -> Iterator[str]:
    """Yield a line for each document that is mapped in part: “x: 62 of 62 sentences in scope, of 1,009”."""
    for cells in _read_documents(tables):
        if cells["scope"] != cells["sentences"]:
            covered, scope, sentences = (int(cells[key]) for key in ("covered", "scope", "sentences"))
            yield f"{cells['document']}: {covered:,} of {scope:,} sentences in scope, of {sentences:,}"


def find_gaps(tables: tuple[Table, ...]) -> Iterator[tuple[str, int]]:
    """Yield each document that has sentences in scope without a statement, with their number."""
    for cells in _read_documents(tables):
        missing = int(cells["scope"]) - int(cells["covered"])
        if missing:
            yield cells["document"], missing


def _read_documents(tables: tuple[Table, ...]) -> Iterator[dict[str, str]]:
    documents = tables[0]
    return (dict(zip(documents.columns, row, strict=True)) for row in documents.rows)


def _ask(store: ox.Store, question: str, text: str, terms: Mapping[str, NamedNode | Literal] | None = None) -> Table:
    """Return the answer to the SELECT ``text`` with ``terms`` put in, which are no columns of it."""
    solutions = cast("ox.QuerySolutions", store.query(bind_terms(text, terms or {})))
    table = to_table(solutions, tuple(terms or ()))
    return Table(question, table.columns, tuple(map(tuple, to_rows(table))))
