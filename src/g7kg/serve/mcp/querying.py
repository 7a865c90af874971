"""Queries for assistants: the catalogue and SPARQL, in pages."""

from collections.abc import Mapping
from typing import Final

import pyoxigraph as ox
from pyoxigraph import QueryResultsFormat, RdfFormat

from g7kg.dataset.parameters import bind_names
from g7kg.dataset.warnings import warn_of_query, warn_of_terms
from g7kg.engine import EngineRequest, read_answer
from g7kg.errors import NotFound, TooLarge
from g7kg.queries.catalogue import CatalogueQuery, describe_kind, find_query
from g7kg.queries.warnings import list_named
from g7kg.rdf.solutions import read_table
from g7kg.rdf.vocab import used_prefixes
from g7kg.serve.mcp.paging import clip_text, cut_page, measure_json, to_rows
from g7kg.serve.mcp.results import Catalogue, QueryEntry, QueryParameter, QueryRows, SparqlResult
from g7kg.serve.mcp.served import LIMITS, Served

_MOST_QUERIES: Final = 200

Scalar = str | int | float | bool


def list_catalogue(served: Served, words: str, offset: int, *, with_sparql: bool) -> Catalogue:
    """Return the queries of the catalogue whose name, summary, description or tags hold all ``words``.

    Raises ``NotFound`` if there is none.
    """
    wanted = words.casefold().split()
    found = [query for query in served.dataset.library.queries if all(word in _text(query) for word in wanted)]
    if not found:
        tags = ", ".join(sorted({tag for query in served.dataset.library.queries for tag in query.tags}))
        hint = f"use fewer words, or none for all {len(served.dataset.library.queries)}; their tags are {tags}"
        raise NotFound(f"no query of the catalogue says “{clip_text(words, 200)}”", hint=hint)
    entries = [_to_entry(query, with_sparql=with_sparql) for query in found]
    page = cut_page(entries, offset, _MOST_QUERIES, lambda entry: len(entry.model_dump_json()))
    return Catalogue(total=page.total, queries=list(page.items), next_offset=page.following)


async def run_catalogue(served: Served, name: str, values: Mapping[str, Scalar], offset: int, limit: int) -> QueryRows:
    """Return rows of the query of the catalogue called ``name``.

    Raises ``NotFound`` for an unknown name, ``RequestError`` for a wrong parameter, and see ``Dataset.ask``.
    """
    query = find_query(served.dataset.library.queries, name.strip())
    asked, bindings = await bind_names(served.dataset, query, {key: _to_text(value) for key, value in values.items()})
    try:
        table = await served.dataset.solve(asked, bindings)
    except TooLarge as error:
        hint = "take its text from list_queries (with_sparql) and run it with sparql and a LIMIT"
        raise TooLarge(error.message, hint=hint) from error
    page = cut_page(to_rows(table), offset, limit, measure_json)
    columns, rows = list(table.columns), list(page.items)
    warnings = list(await warn_of_terms(served.dataset, bindings))
    return QueryRows(
        query=query.name, columns=columns, rows=rows, total=page.total, next_offset=page.following, warnings=warnings
    )


async def run_sparql(served: Served, query: str, offset: int, limit: int) -> SparqlResult:
    """Return the result of ``query``, any query of SPARQL 1.1, with warnings.

    Errors: see ``Engine``, ``TooLarge`` for more than ``LIMITS``.
    """
    answer = await served.dataset.engine.run(EngineRequest(query, "json", "nt", named=list_named(query)))
    body = await read_answer(answer, LIMITS.size)
    if body is None:
        raise TooLarge("the answer is too large", hint="ask for less, with a LIMIT")
    warnings = list(await warn_of_query(served.dataset, query, answer))
    return _to_result(answer.format, body, offset, limit).model_copy(update={"warnings": warnings})


def _to_result(form: str, body: bytes, offset: int, limit: int) -> SparqlResult:
    if form == "nt":
        return _to_triples(body, offset, limit)
    parsed = ox.parse_query_results(body, QueryResultsFormat.JSON)
    if isinstance(parsed, ox.QueryBoolean):
        return SparqlResult(kind="boolean", boolean=bool(parsed), total=1)
    table = read_table(body)
    page = cut_page(to_rows(table), offset, limit, measure_json)
    columns, rows = list(table.columns), list(page.items)
    return SparqlResult(kind="rows", columns=columns, rows=rows, total=page.total, next_offset=page.following)


def _to_triples(body: bytes, offset: int, limit: int) -> SparqlResult:
    triples = [quad.triple for quad in ox.parse(body, format=RdfFormat.N_TRIPLES)]
    page = cut_page(triples, offset, limit, lambda triple: len(str(triple)))
    prefixes = used_prefixes(map(str, page.items))
    text = (ox.serialize(page.items, format=RdfFormat.TURTLE, prefixes=prefixes) or b"").decode()
    return SparqlResult(kind="triples", turtle=text, total=page.total, next_offset=page.following)


def _to_text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(query: CatalogueQuery) -> str:
    return " ".join((query.name, query.summary, query.description, *query.tags)).casefold()


def _to_entry(query: CatalogueQuery, *, with_sparql: bool) -> QueryEntry:
    return QueryEntry(
        name=query.name,
        summary=query.summary,
        description=query.description,
        tags=list(query.tags),
        parameters=[
            QueryParameter(name=one.name, takes=describe_kind(one.kind), default=one.default, example=one.example)
            for one in query.parameters
        ],
        columns=dict(query.columns),
        sparql=query.text if with_sparql else None,
    )
