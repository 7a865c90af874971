"""Kept answers: what a snapshot holds is what its store answers, and nothing else is taken for it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from pyoxigraph import NamedNode

from g7kg.dataset.dataset import Dataset, Selection
from g7kg.rdf.vocab import BASE
from g7kg.snapshot.answers import find_answer

ONTOLOGY = NamedNode(f"{BASE}ontology")


def test_what_is_kept_is_what_the_store_answers(dataset: Dataset) -> None:
    """Byte for byte, for each query that is about the whole graph, of the catalogue and of the pages."""
    queries = [*dataset.library.queries, *dataset.library.selections.values()]
    kept = {query.name: find_answer(dataset.folder, query) for query in queries if query.kept}
    asked = replace(dataset, kept=False)
    assert "links-between-classes" in kept
    assert "vocabulary-in-numbers" in kept
    for query in queries:
        if query.kept:
            assert kept[query.name] == asyncio.run(asked.evaluate(query, {})), query.name


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
