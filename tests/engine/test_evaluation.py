"""Queries evaluated in the process that asks, and what a service is found to hold."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from g7kg.engine import EngineRequest, Limits
from g7kg.engine.evaluation import LocalStore, evaluate
from g7kg.engine.holdings import PART, PUBLICATION, UNION, Holdings, check_holdings, compare_counts, count_graph, select
from g7kg.engine.inprocess import InProcess, complete
from g7kg.engine.limits import refuse_memory
from g7kg.engine.remote import RemoteStore
from g7kg.errors import EngineError, NotAcceptable, QueryError, StoreError
from g7kg.rdf.vocab import DCTERMS
from g7kg.snapshot.manifest import Manifest

ONE, TWO = "http://e/one", "http://e/two"


def fill(numbers: dict[str, int]) -> Store:
    """Return a store with so many triples in each graph; the name of the default graph is empty."""
    store, node = Store(), NamedNode("http://e/n")
    for name, number in numbers.items():
        graph = NamedNode(name) if name else DefaultGraph()
        store.extend(Quad(node, node, Literal(place), graph) for place in range(number))
    return store


def answer(query: str, store: Store | None = None, **request: object) -> tuple[str, str]:
    asked = EngineRequest(query, **{"result_format": "csv", "graph_format": "nt", **request})  # type: ignore[arg-type]
    found = complete(InProcess(store or Store()).run(asked))
    assert isinstance(found.body, bytes)
    return found.format, found.body.decode().replace("\r\n", " ").strip()


def test_the_dataset_of_the_protocol_replaces_that_of_the_query() -> None:
    store = fill({"": 4, ONE: 1, TWO: 2})
    everything = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    graphs = "SELECT (COUNT(DISTINCT ?g) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"
    replaced = everything.replace("WHERE", "FROM <http://e/none> WHERE")
    for query, default, named, number in (
        (everything, None, None, 4),
        (graphs, None, None, 2),
        (everything, (ONE,), None, 1),
        (graphs, (ONE,), None, 0),
        (everything, None, (TWO,), 0),
        (graphs, None, (TWO,), 1),
        (replaced, (TWO,), None, 2),
    ):
        assert answer(query, store, default_graphs=default, named_graphs=named) == ("csv", f"n {number}"), query


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("SELECT ?x { ?x a nothing:Here }", "declare every prefix"),
        ("# DELETE\nBASE <http://e/> PREFIX e: <e> INSERT DATA { e:a e:b 1 }", "this endpoint takes queries only"),
        ("SELECT \\u003fx { ?x ?y ?z }", "escapes such as \\u003f are read in texts and IRIs only"),
        ("SELECT", "see https://www.w3.org/TR/sparql11-query/"),
    ],
)
def test_what_is_no_query_is_refused_in_a_line_with_what_to_do(query: str, hint: str) -> None:
    with pytest.raises(QueryError, match=r"^the query is not valid: ") as caught:
        answer(query)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith(hint)
    assert "expected" not in caught.value.message
    assert len(caught.value.message.splitlines()) == 1


def test_a_function_that_there_is_not_has_no_value_but_not_for_ever() -> None:
    calls = " ".join(f"(<http://e/f{number}>(1) AS ?x{number})" for number in range(100))
    assert answer(f"SELECT {calls} (1 AS ?y) {{}}")[1].endswith(",1")
    with pytest.raises(RuntimeError, match="custom function"):
        answer(f"SELECT {calls.replace('x', 'z')} {calls.replace('/f', '/g')} {{}}")


def test_a_result_is_written_in_the_format_of_its_kind_or_refused() -> None:
    boolean, solutions, graph = "ASK {}", "SELECT (1 AS ?x) {}", "CONSTRUCT { <a:a> <a:b> '\\u0001' } {}"
    assert [answer(query) for query in (boolean, solutions, graph)] == [
        ("csv", "true"),
        ("csv", "x 1"),
        ("nt", '<a:a> <a:b> "\\u0001" .'),
    ]
    triple = "CONSTRUCT { <a:a> <a:b> <<( <a:a> <a:b> 1 )>> } {}"
    for query, formats, message in (
        (boolean, (None, "nt"), "the query returns a boolean"),
        (solutions, (None, "nt"), "the query returns solutions"),
        (graph, ("csv", None), "the query returns a graph"),
        (triple, ("csv", "jsonld"), "the answer holds a triple term"),
        (graph, ("csv", "rdf"), "which XML cannot express"),
        ("SELECT ('\\u0001' AS ?x) {}", ("xml", "nt"), "which XML cannot express"),
    ):
        with pytest.raises(NotAcceptable, match=message):
            answer(query, result_format=formats[0], graph_format=formats[1])
    assert "<<(" in answer(triple)[1]


def test_relative_iris_are_resolved_and_a_byte_order_mark_is_skipped() -> None:
    assert answer("\ufeffSELECT ?x { VALUES ?x { <y> } }", base="http://e/x") == ("csv", "x http://e/y")


def test_work_that_waits_for_something_else_is_no_work_for_this_process() -> None:
    with pytest.raises(EngineError, match="waits for more"):
        complete(asyncio.sleep(0))


def test_of_too_little_memory_the_number_is_told() -> None:
    assert "more than the 64 MiB of memory" in refuse_memory(Limits(memory=64 << 20)).message


def serve(numbers: dict[str, int], *notes: tuple[NamedNode, NamedNode | Literal]) -> RemoteStore:
    """Return the store behind a service with so many triples in each graph, and what its publisher noted."""
    local = fill(numbers)
    for predicate, value in notes:
        local.add(Quad(PUBLICATION, predicate, value, PUBLICATION))
    place = SimpleNamespace(address="http://e/sparql")
    return cast("RemoteStore", SimpleNamespace(answer=LocalStore(local).answer, endpoint=place))


MANIFEST = cast("Manifest", SimpleNamespace(graphs={ONE: 1, TWO: 2}, default=3, digest="d1"))
MARK = (DCTERMS("identifier"), Literal("d1"))


def test_a_service_holds_a_snapshot_if_every_graph_has_as_many_triples() -> None:
    counts = {ONE: 1, TWO: 2, "": 3}
    alien = {f"{PUBLICATION.value}/x": 9, "http://www.w3.org/ns/ldp#": 5}
    for store in (serve(counts), serve({**counts, **alien}, MARK)):
        held = check_holdings(store, MANIFEST)
        assert (held, held.united) == (Holdings({ONE: 1, TWO: 2}, 3), False)
    united = serve({ONE: 1, TWO: 2, UNION.value: 3, "": 7}, MARK, (PART, UNION))
    assert check_holdings(united, MANIFEST).united
    assert [count_graph(united, NamedNode(name)) for name in (TWO, "http://e/none")] == [2, 0]
    with pytest.raises(TypeError):
        select(united, "ASK {}")


@pytest.mark.parametrize(
    ("store", "message"),
    [
        (serve({}, (DCTERMS("identifier"), Literal("d2"))), "the store holds the snapshot d2, not d1"),
        (serve({ONE: 1, TWO: 2, "": 4}), "this snapshot: the default graph has 4 triples there, 3 here"),
        (serve({TWO: 1, "": 3}), f"this snapshot: the graph {ONE} has 0 triples there, 1 here, and 1 more differ"),
    ],
)
def test_a_service_that_holds_something_else_is_refused(store: RemoteStore, message: str) -> None:
    with pytest.raises(StoreError) as caught:
        check_holdings(store, MANIFEST)
    assert caught.value.message.endswith(message)
    assert caught.value.location.path == "http://e/sparql"


def test_numbers_of_triples_that_differ_are_told() -> None:
    manifest = cast("Manifest", SimpleNamespace(graphs={"a": 1, "b": 2, "d": 4}, default=7))
    assert compare_counts(Holdings({"a": 1, "b": 2, "d": 4}, 7), manifest) == []
    assert compare_counts(Holdings({"a": 1, "b": 3, "c": 1}, 8), manifest) == [
        "the graph b has 3 triples there, 2 here",
        "the graph c has 1 triples there, 0 here",
        "the graph d has 0 triples there, 4 here",
        "the default graph has 8 triples there, 7 here",
    ]


def test_federation_is_refused() -> None:
    with pytest.raises(QueryError, match="SERVICE in line 1"):
        evaluate(Store(), EngineRequest("SELECT * { SERVICE <a:b> { ?s ?p ?o } }", "csv", "nt"))
