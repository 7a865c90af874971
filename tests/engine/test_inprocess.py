"""Queries answered by the process that asks."""

import pytest
from pyoxigraph import NamedNode, Quad, Store
from tests.helpers.garbage import collect_elsewhere

from g7kg.engine.inprocess import InProcess, complete
from g7kg.engine.request import EngineRequest

TERM = "<<( <a:b> <a:c> <a:d> )>>"


@pytest.mark.parametrize(
    "request_",
    [
        EngineRequest("SELECT * { ?s ?p ?o }", None, None),
        EngineRequest("CONSTRUCT WHERE { ?s ?p ?o }", None, None),
        EngineRequest(f"CONSTRUCT {{ <a:a> <a:b> {TERM} }} WHERE {{ ?s ?p ?o }}", None, "jsonld"),
        EngineRequest("CONSTRUCT { <a:a> <a:1> <a:b> } WHERE { ?s ?p ?o }", None, "rdf"),
    ],
    ids=["solutions", "graph", "triple terms", "names"],
)
def test_an_error_that_is_kept_keeps_no_result_that_another_thread_would_drop(request_: EngineRequest) -> None:
    store = Store()
    store.add(Quad(NamedNode("a:s"), NamedNode("a:p"), NamedNode("a:o")))
    assert collect_elsewhere(lambda: complete(InProcess(store).run(request_))) == []
