"""The description of the dataset (VoID, DCAT): what is written by hand, and what is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Triple

from g7kg.vocab import DATASET, DCTERMS, RDF, VOID, XSD, graph_iri


def describe_dataset(quads: Iterable[Quad], modified: str) -> Iterator[Quad]:
    """Yield, in the graph of the catalogue, the counts of ``quads`` by graph and the date of change (ISO)."""
    graph = graph_iri("catalogue")
    counts = Counter(_graph_of(quad) for quad in quads)
    yield Quad(DATASET, DCTERMS("modified"), Literal(modified, datatype=XSD("date")), graph)
    yield Quad(DATASET, VOID("triples"), _count(counts.total()), graph)
    for name, count in counts.items():
        yield Quad(DATASET, VOID("subset"), name, graph)
        yield Quad(name, RDF("type"), VOID("Dataset"), graph)
        yield Quad(name, VOID("triples"), _count(count), graph)


def count_graphs(quads: Iterable[Quad]) -> dict[str, int]:
    """Return how many of ``quads`` are in each named graph, by its IRI."""
    counts = Counter(_graph_of(quad).value for quad in quads)
    return dict(sorted(counts.items()))


def count_terms(triples: Iterable[Triple | Quad]) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many instances each class has among ``triples``, each given once, and how many each property."""
    classes: Counter[str] = Counter()
    properties: Counter[str] = Counter()
    type_ = RDF("type")
    for triple in triples:
        properties[triple.predicate.value] += 1
        if triple.predicate == type_ and isinstance(triple.object, NamedNode):
            classes[triple.object.value] += 1
    return dict(sorted(classes.items())), dict(sorted(properties.items()))


def _graph_of(quad: Quad) -> NamedNode:
    name = quad.graph_name
    if isinstance(name, NamedNode):
        return name
    kind = "the default graph" if isinstance(name, DefaultGraph) else "a blank node"
    raise ValueError(f"a quad of the dataset is in {kind}, not in a named graph")


def _count(number: int) -> Literal:
    return Literal(str(number), datatype=XSD("integer"))
