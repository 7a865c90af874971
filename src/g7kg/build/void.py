"""The description of the dataset (VoID, DCAT, PROV): what is written by hand, what is counted, and what it is made of.

Nothing in it tells the time: the same inputs give the same description.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Final, cast
from urllib.parse import urlsplit

from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store, Triple

from g7kg import __version__
from g7kg.rdf.templates import name_part, render_triples
from g7kg.rdf.vocab import DATASET, DCTERMS, FOAF, G7, LICENCE, PROV, RDF, VOID, XSD, Term, graph_iri, shorten_iri

_DATES: Final = """
SELECT (MIN(?date) AS ?first) (MAX(?date) AS ?last)
WHERE {
  ?document <https://w3id.org/g7kg/ontology#sourceDigest> ?digest ; <http://purl.org/dc/terms/issued> ?date
}"""

_LINKS: Final = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?property ?value WHERE {
  VALUES ?property { skos:exactMatch skos:closeMatch skos:broadMatch skos:relatedMatch owl:sameAs schema:sameAs }
  ?thing ?property ?value
  FILTER(ISIRI(?value) && (STRSTARTS(STR(?thing), "https://w3id.org/g7kg/id/")
    || STRSTARTS(STR(?thing), "https://w3id.org/g7kg/scheme/")) && !STRSTARTS(STR(?value), "https://w3id.org/g7kg/"))
}"""


def describe_dataset(
    counts: Mapping[str, int], modified: str, store: Store, documents: Mapping[str, Iterable[str]]
) -> tuple[Quad, ...]:
    """Return, in the graph of the catalogue, what is counted and what each graph was made of.

    Each graph tells its licence, and that it is part of the dataset, itself: whoever fetches it alone has them. That of
    the shapes, which is another store's, has them written in its file.

    ``counts`` has the number of quads by graph (its IRI), that of the catalogue before; ``modified`` is the date of
    change (ISO); ``documents`` are the IRIs of the documents that a graph maps, and ``store`` has all graphs.
    """
    dates = cast("QuerySolutions", store.query(_DATES))
    periods = [(first, last) for first, last in dates if first and last]
    told = {"modified": modified, "version": __version__, "periods": periods, "linksets": _count_links(store)}
    triples: set[Triple] = set(render_triples(__package__, "made.ttl", **told))
    for name, own in documents.items():
        triples |= set(_describe_source(graph_iri(name), own, store))
    catalogue = graph_iri("catalogue")
    names = sorted({*counts, catalogue.value})
    terms = {name: tuple(_tell_terms_of_use(name)) for name in names}
    counting = 1 + 3 * len(names)  # the catalogue counts itself: so many are said of its counts
    counted = Counter(counts) + Counter({name: len(told) for name, told in terms.items()})
    counted[catalogue.value] += len(triples) + counting
    triples.add(Triple(DATASET, VOID("triples"), _count(sum(counted.values()))))
    for graph, count in ((NamedNode(name), count) for name, count in counted.items()):
        triples.add(Triple(DATASET, VOID("subset"), graph))
        triples.add(Triple(graph, RDF("type"), VOID("Dataset")))
        triples.add(Triple(graph, VOID("triples"), _count(count)))
    described = (Quad(one.subject, one.predicate, one.object, catalogue) for one in sorted(triples, key=str))
    return (*described, *chain.from_iterable(terms.values()))


def _tell_terms_of_use(name: str) -> Iterator[Quad]:
    """Yield, in the graph ``name``, what it is part of and under which licence; nothing for that of the shapes."""
    graph = NamedNode(name)
    if graph != graph_iri("shapes"):
        yield Quad(graph, DCTERMS("isPartOf"), DATASET, graph)
        yield Quad(graph, DCTERMS("license"), NamedNode(LICENCE), graph)


def _describe_source(graph: NamedNode, documents: Iterable[str], store: Store) -> Iterator[Triple]:
    """Yield from what the mapping in ``graph`` was made and by whom: the editions that its head names, which have the
    digests and the publications, and the authors of the dataset.
    """  # noqa: D205 - one sentence
    yield Triple(graph, PROV("wasAttributedTo"), name_part("authors"))
    yield Triple(graph, PROV("wasGeneratedBy"), name_part("build"))
    for document in map(NamedNode, documents):
        editions = (quad.object for quad in store.quads_for_pattern(document, G7("edition"), None, None))
        for edition in (document, *editions):
            yield Triple(graph, PROV("wasDerivedFrom"), edition)
            for quad in store.quads_for_pattern(cast("NamedNode", edition), FOAF("page"), None, None):
                yield Triple(graph, PROV("hadPrimarySource"), quad.object)


def _count_links(store: Store) -> list[tuple[NamedNode, Term, NamedNode, int]]:
    """Return the sets of links to each other site, by property: IRI, property, site and number."""
    links = cast("QuerySolutions", store.query(_LINKS))
    found = Counter((property_, urlsplit(value.value)[:2]) for property_, value in links)
    names = {property_: shorten_iri(property_.value).replace(":", "-") for property_, _ in found}
    return [
        (name_part(f"links-{names[property_]}-{host}"), property_, NamedNode(f"{scheme}://{host}/"), count)
        for (property_, (scheme, host)), count in found.items()
    ]


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
