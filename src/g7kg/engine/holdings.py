"""What a service holds, and whether that is a given snapshot."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode

from g7kg.engine.remote import RemoteStore, Service, open_remote
from g7kg.engine.request import EngineRequest
from g7kg.errors import Location, StoreError
from g7kg.rdf.binding import bind_terms
from g7kg.rdf.vocab import DCTERMS, Term, graph_iri
from g7kg.snapshot.manifest import Manifest

PUBLICATION: Final = graph_iri("publication")
"""The graph in which a publisher notes which snapshot a service holds; whatever else it needs has names below this."""

UNION: Final = NamedNode(f"{PUBLICATION.value}/union")
"""The union of all graphs, in a service that shows all its graphs as its default graph, those of publishers too."""

PART: Final = DCTERMS("hasPart")
"""Relates ``PUBLICATION`` to ``UNION``, where that counts."""

_ALIEN: Final = ("http://www.openlinksw.com/schemas/virtrdf#", "http://www.w3.org/ns/ldp#", "http://localuriqaserver/")
"""What the names of graphs begin with that Virtuoso has for itself."""

MARK: Final = f"SELECT ?digest WHERE {{ GRAPH {PUBLICATION} {{ {PUBLICATION} {DCTERMS('identifier')} ?digest }} }}"
"""Asks which snapshot that is."""

_GRAPHS: Final = "SELECT ?graph (COUNT(*) AS ?number) WHERE { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"
_DEFAULT: Final = "SELECT (COUNT(*) AS ?number) WHERE { ?s ?p ?o }"

_UNITED: Final = f"SELECT ?union WHERE {{ GRAPH {PUBLICATION} {{ {PUBLICATION} {PART} ?union }} }}"

_COUNT_SECONDS: Final = 600.0
"""How long a service may take to count what it has."""

_HINT: Final = "fill it with g7kg publish --to, or give the snapshot that it holds"


@dataclass(frozen=True)
class Holdings:
    """Triples by the name of the graph, those of a publisher's own left out; triples of the default graph.

    ``united``: it is the graph ``UNION`` that counts as the default graph.
    """

    graphs: Mapping[str, int]
    default: int
    united: bool = field(default=False, compare=False)


def read_digest(store: RemoteStore) -> str | None:
    """Return the digest of the snapshot that was published to ``store``; ``None`` if that was done by other means."""
    return next((term.value for (term,) in select(store, MARK) if isinstance(term, Literal)), None)


def count_triples(store: RemoteStore) -> Holdings:
    """Return what ``store`` holds; errors: those of the engine."""
    counted = select(store, _GRAPHS)
    graphs = {name.value: _to_number(number) for name, number in counted if isinstance(name, NamedNode)}
    shown = {name: number for name, number in graphs.items() if not name.startswith((PUBLICATION.value, *_ALIEN))}
    if select(store, _UNITED):
        return Holdings(shown, graphs.get(UNION.value, 0), united=True)
    ((default,),) = select(store, _DEFAULT)
    return Holdings(shown, _to_number(default))


def count_graph(store: RemoteStore, graph: NamedNode) -> int:
    """Return the number of triples in one graph of ``store``; errors: those of the engine."""
    return next((_to_number(number) for _, number in select(store, _GRAPHS, graph=graph)), 0)


def check_service(service: Service, manifest: Manifest) -> Service:
    """Return how to ask ``service`` for the snapshot of ``manifest``; credentials: see ``open_remote``.

    Raises ``StoreError`` unless it holds that.

    The digest that a publisher noted is compared, if there is one, and the number of triples in each graph.
    """
    store = open_remote(service, os.environ, _COUNT_SECONDS)
    try:
        united = check_holdings(store, manifest).united
        return replace(service, union=UNION.value, graphs=tuple(manifest.graphs)) if united else service
    finally:
        store.endpoint.close()


def check_holdings(store: RemoteStore, manifest: Manifest) -> Holdings:
    """Return what ``store`` holds; ``StoreError`` unless that is the snapshot of ``manifest``."""
    digest, place = read_digest(store), Location(store.endpoint.address)
    if digest not in {None, manifest.digest}:
        raise StoreError(f"the store holds the snapshot {digest}, not {manifest.digest}", location=place, hint=_HINT)
    held = count_triples(store)
    differences = compare_counts(held, manifest)
    if differences:
        more = f", and {len(differences) - 1} more differ" if len(differences) > 1 else ""
        raise StoreError(f"the store does not hold this snapshot: {differences[0]}{more}", location=place, hint=_HINT)
    return held


def compare_counts(held: Holdings, manifest: Manifest) -> list[str]:
    """Return in words where ``held`` has other numbers of triples than ``manifest``."""
    names = sorted(held.graphs.keys() | manifest.graphs.keys())
    pairs = [(f"the graph {name}", held.graphs.get(name, 0), manifest.graphs.get(name, 0)) for name in names]
    pairs.append(("the default graph", held.default, manifest.default))
    return [f"{name} has {found} triples there, {stated} here" for name, found, stated in pairs if found != stated]


def select(store: RemoteStore, query: str, **bindings: NamedNode | Literal) -> list[tuple[Term | None, ...]]:
    """Return the solutions of ``query``, a SELECT, with ``bindings``; errors: those of ``RemoteStore.answer``."""
    with store.answer(EngineRequest(bind_terms(query, bindings), "json", None)) as result:
        if not isinstance(result, ox.QuerySolutions):
            raise TypeError("this is for queries that select")
        return [tuple(solution) for solution in result]


def _to_number(term: Term | None) -> int:
    return int(term.value) if isinstance(term, Literal) else 0
