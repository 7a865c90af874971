"""Validation by pySHACL, the reference engine."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox
import pyshacl
from pyoxigraph import Quad, Triple
from rdflib import BNode, Graph

from g7kg.validation.constraints import read_shapes
from g7kg.validation.report import Report
from g7kg.validation.results import read_findings


def validate_quads(quads: Iterable[Quad], shapes: Iterable[Quad]) -> Report:
    """Return the report on the union of the graphs of ``quads`` under ``shapes``; nothing is inferred.

    SPARQL targets (SHACL Advanced Features, section 3.1) are evaluated, each once for the whole graph. Blank nodes keep
    their labels in the findings.
    """
    data, stated = _to_graph(quads), tuple(shapes)
    _, results, _ = pyshacl.validate(
        data, shacl_graph=_to_graph(stated), advanced=True, inplace=True, do_owl_imports=False, allow_infos=True
    )
    if not isinstance(results, Graph):
        raise TypeError("pySHACL returned no graph of results")
    return Report(read_findings(results), len(data), read_shapes(stated), f"pySHACL {pyshacl.__version__}")


def _to_graph(quads: Iterable[Quad]) -> Graph:
    """Return the union of the quads' graphs as an rdflib graph."""
    triples = {Triple(quad.subject, quad.predicate, quad.object) for quad in quads}
    labels = {
        node.value: BNode(node.value)
        for triple in triples
        for node in (triple.subject, triple.object)
        if isinstance(node, ox.BlankNode)
    }
    graph = Graph(bind_namespaces="none")
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    graph.parse(data=text, format="nt11", bnode_context=labels)
    return graph
