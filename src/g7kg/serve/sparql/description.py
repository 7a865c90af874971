"""The description of the SPARQL service by itself (SPARQL 1.1 Service Description)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Triple

from g7kg.dataset.served import describe_query
from g7kg.engine.evaluation import GRAPHS
from g7kg.errors import RequestError
from g7kg.queries.catalogue import CatalogueQuery
from g7kg.rdf.formats import Format
from g7kg.rdf.vocab import RDF, SD, VOID, XSD, used_prefixes
from g7kg.snapshot.manifest import Manifest

FORMATS: Final = (
    *(f"http://www.w3.org/ns/formats/SPARQL_Results_{name}" for name in ("JSON", "XML", "CSV", "TSV")),
    *(f"http://www.w3.org/ns/formats/{name}" for name in ("Turtle", "JSON-LD", "N-Triples", "RDF_XML")),
)
"""The W3C's names of the formats of results."""

MOST_GRAPHS: Final = 1000
"""Named graphs are listed if there are no more than these."""


def describe_service(base: str, manifest: Manifest, queries: Iterable[CatalogueQuery], format_: Format) -> bytes:
    """Return the description of the endpoint below ``base`` (an address that ends in a slash) over a snapshot.

    It has the ``queries`` of the catalogue as examples.

    Raises ``RequestError`` if ``base``, which the client names, is no IRI.
    """
    try:
        endpoint = NamedNode(f"{base}sparql")
    except ValueError as error:
        raise RequestError(f"{base} is no address", hint="send the Host header as it should be") from error
    examples = (triple for query in queries for triple in describe_query(query, endpoint))
    triples = sorted({*_describe(endpoint, manifest), *examples}, key=str)
    output = io.BytesIO()
    ox.serialize(triples, output, GRAPHS[format_.name], prefixes=used_prefixes(map(str, triples)))
    return output.getvalue()


def _describe(endpoint: NamedNode, manifest: Manifest) -> Iterator[Triple]:
    dataset = NamedNode(f"{endpoint.value}#dataset")
    yield Triple(endpoint, RDF("type"), SD("Service"))
    yield Triple(endpoint, SD("endpoint"), endpoint)
    yield Triple(endpoint, SD("supportedLanguage"), SD("SPARQL11Query"))
    yield Triple(endpoint, SD("feature"), SD("UnionDefaultGraph"))
    for name in FORMATS:
        yield Triple(endpoint, SD("resultFormat"), NamedNode(name))
    yield Triple(endpoint, SD("defaultDataset"), dataset)
    yield Triple(dataset, RDF("type"), SD("Dataset"))
    graph = NamedNode(f"{endpoint.value}#default-graph")
    yield Triple(dataset, SD("defaultGraph"), graph)
    yield from _describe_graph(graph, manifest.default)
    if len(manifest.graphs) <= MOST_GRAPHS:
        for number, (name, count) in enumerate(sorted(manifest.graphs.items()), start=1):
            named = NamedNode(f"{endpoint.value}#graph-{number}")
            content = NamedNode(f"{named.value}-content")
            yield Triple(dataset, SD("namedGraph"), named)
            yield Triple(named, RDF("type"), SD("NamedGraph"))
            yield Triple(named, SD("name"), NamedNode(name))
            yield Triple(named, SD("graph"), content)
            yield from _describe_graph(content, count)


def _describe_graph(graph: NamedNode, triples: int) -> Iterator[Triple]:
    yield Triple(graph, RDF("type"), SD("Graph"))
    yield Triple(graph, VOID("triples"), Literal(str(triples), datatype=XSD("integer")))
