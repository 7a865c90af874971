"""The description of the SPARQL service by itself (SPARQL 1.1 Service Description)."""

import io
from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox
from pyoxigraph import NamedNode

from g7kg.dataset.served import describe_queries
from g7kg.engine.evaluation import GRAPHS
from g7kg.errors import RequestError
from g7kg.queries.catalogue import CatalogueQuery
from g7kg.rdf.formats import Format
from g7kg.rdf.templates import render_triples
from g7kg.rdf.vocab import used_prefixes
from g7kg.snapshot.manifest import Manifest

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
    graphs = sorted(manifest.graphs.items()) if len(manifest.graphs) <= MOST_GRAPHS else []
    values = {"triples": manifest.default, "graphs": graphs, "own": lambda part: NamedNode(endpoint.value + part)}
    described = render_triples(__package__, "service.ttl", endpoint.value, **values)
    triples = sorted({*described, *describe_queries(queries, endpoint)}, key=str)
    output = io.BytesIO()
    ox.serialize(triples, output, GRAPHS[format_.name], prefixes=used_prefixes(map(str, triples)))
    return output.getvalue()
