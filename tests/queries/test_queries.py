"""The catalogue of queries: each gives just the rows that the documents answer with."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import QuerySolutions, Store, Variable
from tests.helpers.catalogue import CASES, QUERIES

from g7kg.errors import QueryError
from g7kg.queries.catalogue import CatalogueQuery, read_queries
from g7kg.rdf.solutions import to_csv, to_table


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_gives_just_the_expected_rows(query: CatalogueQuery, store: Store) -> None:
    """With the values of its example, if it has parameters."""
    _, bound = query.bind({parameter.name: parameter.example for parameter in query.parameters})
    result = store.query(query.text, substitutions={Variable(name): term for name, term in bound.items()} or None)
    assert isinstance(result, QuerySolutions)
    found = to_csv(to_table(result, [parameter.variable for parameter in query.parameters]))
    expected = (CASES / f"{query.name}.csv").read_bytes().replace(b"\r\n", b"\n")
    assert found.replace(b"\r\n", b"\n").decode() == expected.decode()


def test_every_query_has_expected_rows_and_no_rows_are_left_over() -> None:
    assert {path.stem for path in CASES.glob("*.csv")} == {query.name for query in QUERIES}


def test_every_summary_is_a_question() -> None:
    assert [query.name for query in QUERIES if not query.summary.endswith("?")] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#+ summary: Who?\nASK {}", "bad.rq:1: the query has no description, tags"),
        ("#+ sumary: Who?\nASK {}", "bad.rq:1: the header line cannot be read"),
        ("ASK {}", "bad.rq:1: the query has no summary, description, tags"),
    ],
)
def test_a_query_with_a_bad_header_is_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "bad.rq").write_text(text, "utf-8")
    with pytest.raises(QueryError) as caught:
        read_queries(tmp_path)
    assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(message)
