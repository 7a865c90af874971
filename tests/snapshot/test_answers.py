"""Answers that a build keeps are those of the store."""

import asyncio
from dataclasses import replace

import pytest
from pyoxigraph import NamedNode, QueryResultsFormat, Store

from g7kg.dataset.dataset import Dataset, Selection
from g7kg.engine import Answer, EngineRequest
from g7kg.errors import EngineError
from g7kg.queries.catalogue import WHOLE, find_query
from g7kg.rdf.binding import bind_terms
from g7kg.rdf.vocab import BASE
from g7kg.snapshot.answers import find_answer, find_links


class _Refusing:
    """An engine that is not to be asked."""

    async def run(self, request: EngineRequest, timeout: float | None = None) -> Answer:  # noqa: ARG002, ASYNC109
        raise EngineError("this engine answers nothing")


ONTOLOGY = NamedNode(f"{BASE}ontology")


def test_what_is_kept_is_what_the_store_answers(dataset: Dataset, store: Store) -> None:
    """Byte for byte, for each query about the whole graph, of the catalogue and of the pages, in English and French."""
    queries = [*dataset.library.queries, *dataset.library.selections.values()]
    whole = [query.ask_in(language) for query in queries if query.kept == WHOLE for language in ("en", "fr")]
    assert {"links-between-classes", "vocabulary-in-numbers"} <= {query.name for query in whole}
    for query in (replace(query, text=bind_terms(query.text, query.bind({})[1])) for query in whole):
        answer = store.query(query.text).serialize(format=QueryResultsFormat.TSV)  # type: ignore[arg-type]
        assert find_answer(dataset.folder, query) == answer, query.name


@pytest.mark.parametrize(
    ("name", "variable", "iri"),
    [
        ("documents-on-a-thing", "thing", f"{BASE}id/organisation/oecd"),
        ("documents-of-a-speaker", "speaker", f"{BASE}id/organisation/g7-leaders"),
        ("statements-by-verb", "document", f"{BASE}id/apulia-2024"),
        ("topics-by-document", "topic", f"{BASE}scheme/topic/ai"),
    ],
)
def test_what_is_kept_for_a_thing_is_what_the_store_answers(
    name: str, variable: str, iri: str, dataset: Dataset
) -> None:
    for language in ("en", "ja"):
        found, expected = (
            asyncio.run(replace(dataset, language=language, kept=kept).select(name, **{variable: NamedNode(iri)}))
            for kept in (True, False)
        )
        assert found.rows
        assert found == expected
    assert find_answer(dataset.folder, dataset.library.selections[name], "<urn:none>").count(b"\n") == 1  # type: ignore[union-attr]
    assert asyncio.run(dataset.select(name, **{variable: NamedNode("urn:none")})).rows == ()


def test_of_a_query_with_parameters_the_answer_to_their_defaults_is_kept(dataset: Dataset) -> None:
    query = find_query(dataset.library.queries, "undertakings-without-follow-up")
    kept, asked = (replace(dataset, engine=_Refusing()), replace(dataset, kept=False))
    for values in ({}, {"language": "ja"}, {"since": "2024-01-01"}):
        expected = asyncio.run(asked.solve(*query.bind(values)))
        assert expected.columns == ("undertaking", "what", "stated", "status")
        assert asyncio.run(kept.solve(*query.bind(values))) == expected
        assert asyncio.run(kept.solve_page(*query.bind(values), 10, 5)) == (expected.cut(10, 5), len(expected.rows))
    other = query.bind({"since": "2024-10-01"})
    found = asyncio.run(dataset.solve(*other))
    assert found == asyncio.run(asked.solve(*other)) != expected
    with pytest.raises(EngineError):
        asyncio.run(kept.solve(*other))


def test_links_whose_order_is_kept_are_those_that_the_store_sorts(dataset: Dataset) -> None:
    iri, after = NamedNode(f"{BASE}id/organisation/g7-leaders"), ""
    assert find_links(dataset.folder, iri.value, after, 1)
    for _ in range(3):
        found, expected = (asyncio.run(replace(dataset, kept=kept).describe(iri, after)) for kept in (True, False))
        assert found == expected
        after = found.following or ""
        assert after
    assert find_links(dataset.folder, "urn:none", "", 1) is None


@pytest.mark.parametrize("name", ["uses-of-terms", "links-between-classes"])
def test_of_a_kept_answer_only_the_rows_of_the_term_are_taken(name: str, dataset: Dataset) -> None:
    def ask(dataset: Dataset) -> Selection:
        return asyncio.run(dataset.select(name, ontology=ONTOLOGY))

    found, expected = ask(dataset), ask(replace(dataset, kept=False))
    assert len(found.rows) > 1
    assert found == expected
    assert asyncio.run(dataset.select(name, ontology=NamedNode("urn:none"))).rows == ()


def test_a_query_that_has_changed_is_asked_anew(dataset: Dataset) -> None:
    query = dataset.library.selections["uses-of-terms"]
    changed = replace(query, text=f"{query.text}LIMIT 1")
    assert find_answer(dataset.folder, changed) is None
    assert len(asyncio.run(dataset.ask(changed)).rows) == 1
