"""The description of the dataset (VoID, DCAT): what is written by hand, and what is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Quad, Triple

from g7kg.rdf.vocab import DATASET, DCTERMS, RDF, VOID, XSD, graph_iri


def describe_dataset(counts: Mapping[str, int], modified: str) -> Iterator[Quad]:
    """Yield, in the graph of the catalogue, the number of quads by graph (its IRI) and the date of change (ISO)."""
    graph = graph_iri("catalogue")
    yield Quad(DATASET, DCTERMS("modified"), Literal(modified, datatype=XSD("date")), graph)
    yield Quad(DATASET, VOID("triples"), _count(sum(counts.values())), graph)
    for name, count in counts.items():
        yield Quad(DATASET, VOID("subset"), NamedNode(name), graph)
        yield Quad(NamedNode(name), RDF("type"), VOID("Dataset"), graph)
        yield Quad(NamedNode(name), VOID("triples"), _count(count), graph)


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


def _count(number: int) -> Literal:
    return Literal(str(number), datatype=XSD("integer"))
