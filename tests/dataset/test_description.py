"""What the dataset says of itself: DCAT-AP, counts, provenance, versions, lists."""

import asyncio
import hashlib
import re
from dataclasses import replace
from itertools import chain
from urllib.parse import quote

import pyshacl
import pytest
from pyoxigraph import DefaultGraph, NamedNode, Store
from rdflib import DCTERMS, PROV, RDF, SH, VOID, Graph, Literal, URIRef
from tests.helpers.project import SHARED

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.description import Description
from g7kg.dataset.resources import find_resource
from g7kg.dataset.serialization import Serializer
from g7kg.pages.about import write_feed
from g7kg.pages.profiles import show_resource
from g7kg.pages.rendering import render
from g7kg.pages.structured import describe_resource
from g7kg.rdf.vocab import BASE, DATASET, G7, LICENCE, graph_iri
from g7kg.snapshot.releases import Release

ADDRESS = "http://127.0.0.1:8000/"


@pytest.fixture
def dataset(dataset: Dataset) -> Dataset:
    return replace(dataset, sizes={name: (dataset.folder / name).stat().st_size for name in dataset.manifest.files})


def find(dataset: Dataset, iri: str, after: str = "") -> Description:
    return asyncio.run(find_resource(dataset, iri, lambda: ADDRESS, after))


def describe(dataset: Dataset, iri: str) -> Graph:
    return Graph().parse(data=Serializer(find(dataset, iri), dataset.library.terms).write("nt"), format="nt")


@pytest.mark.parametrize("name", ["dcat-ap-SHACL.ttl", "shapes.ttl", "shapes_recommended.ttl"])
def test_the_shapes_of_dcat_ap_find_no_violation(name: str, dataset: Dataset) -> None:
    path = SHARED / "dcat-ap" / name
    if not path.is_file():
        pytest.skip("needs the shapes of DCAT-AP, which the project does not ship")
    shapes = Graph().parse(path)
    for unfinished in {shape for shape in shapes.objects(None, SH.property) if shapes.value(shape, SH.path) is None}:
        shapes.remove((None, SH.property, unfinished))  # two are named there, and nowhere described
    _, report, _ = pyshacl.validate(describe(dataset, DATASET.value), shacl_graph=shapes)
    assert isinstance(report, Graph)
    violations = set(report.subjects(SH.resultSeverity, SH.Violation))
    assert [str(report.value(result, SH.resultMessage)) for result in violations] == []


def test_counts_are_those_of_what_is_served(dataset: Dataset, store: Store) -> None:
    graph = describe(dataset, DATASET.value)
    counted = {
        name: sum(1 for _ in store.quads_for_pattern(None, None, None, NamedNode(name)))
        for name in dataset.manifest.graphs
    }
    for name, number in counted.items():
        assert list(graph.objects(URIRef(name), VOID.triples)) == [Literal(number)], name
    served = sum(1 for _ in store.quads_for_pattern(None, None, None, DefaultGraph()))
    assert list(graph.objects(URIRef(DATASET.value), VOID.triples)) == [Literal(served)]
    stated = store.quads_for_pattern(DATASET, NamedNode(str(VOID.triples)), None, graph_iri("catalogue"))
    assert [int(quad.object.value) for quad in stated] == [served]  # type: ignore[union-attr]
    (links,) = graph.subjects(VOID.objectsTarget, URIRef("http://www.wikidata.org/"))
    matches = store.quads_for_pattern(None, NamedNode("https://schema.org/sameAs"), None)
    there = {quad.triple for quad in matches if "www.wikidata.org" in str(quad.object)}
    assert graph.value(links, VOID.triples) == Literal(len(there))


def test_every_graph_but_that_of_words_tells_its_licence_and_what_it_is_part_of(store: Store) -> None:
    for graph in store.named_graphs():
        told = {
            (q.predicate.value.rpartition("/")[2], q.object) for q in store.quads_for_pattern(graph, None, None, graph)
        }
        assert told >= {("isPartOf", DATASET), ("license", NamedNode(LICENCE))}, graph


def test_each_document_graph_tells_what_it_was_made_from_and_by(dataset: Dataset, store: Store) -> None:
    graph = describe(dataset, DATASET.value)
    mapped = {URIRef(BASE + "graph/" + path.partition("/")[0]) for path in ("verona-trento-2024", "cssii-2020")}
    assert mapped < set(graph.subjects(PROV.wasDerivedFrom))
    for source in graph.subjects(PROV.wasDerivedFrom):
        (build,) = graph.objects(source, PROV.wasGeneratedBy)
        (program,) = graph.objects(build, PROV.wasAssociatedWith)
        assert graph.value(program, URIRef("https://schema.org/softwareVersion")) == Literal(dataset.manifest.version)
        assert graph.value(source, PROV.wasAttributedTo) == URIRef(f"{DATASET.value}#authors")
        assert (source, DCTERMS.isPartOf, URIRef(DATASET.value)) in graph
        for edition in graph.objects(source, PROV.wasDerivedFrom):
            digests = store.quads_for_pattern(NamedNode(str(edition)), G7("sourceDigest"), None, None)
            assert next(digests, None), edition
    assert not set(graph.predicates()) & {PROV.startedAtTime, PROV.endedAtTime, PROV.generatedAtTime}


def test_releases_are_versions_one_after_the_other(dataset: Dataset) -> None:
    digests = [hashlib.sha256(text).hexdigest() for text in (b"one", b"two")]
    first = Release("1.0.0", "2030-01-01", digests[0], "a", "1", "", "")
    second = Release("1.1.0", "2030-02-01", dataset.manifest.digest, "b", "1", "", "", notes="More.")
    library = replace(dataset.library, releases=(second, first))
    graph = describe(replace(dataset, library=library), DATASET.value)
    dcat = "http://www.w3.org/ns/dcat#"
    versions = {
        str(graph.value(iri, URIRef(f"{dcat}version"))) for iri in graph.objects(None, URIRef(f"{dcat}hasVersion"))
    }
    assert versions == {"1.0.0", "1.1.0"}
    assert list(graph.objects(URIRef(second.iri), PROV.wasRevisionOf)) == [URIRef(first.iri)]
    assert list(graph.objects(URIRef(first.iri), PROV.wasRevisionOf)) == []
    feed = write_feed(replace(dataset, library=library), ADDRESS)
    assert re.findall("<summary>(.*)</summary>", feed) == [
        "More. What the mappings say has not changed since the release before.",
        "A new version of the data. The first release.",
    ]


def test_kinds_and_schemes_list_what_there_is(dataset: Dataset, store: Store) -> None:
    for iri, class_ in {
        f"{BASE}id/meeting": f"{BASE}ontology#Meeting",
        f"{BASE}scheme": "http://www.w3.org/2004/02/skos/core#ConceptScheme",
    }.items():
        things = store.quads_for_pattern(None, NamedNode(str(RDF.type)), NamedNode(class_), DefaultGraph())
        named = {str(quad.subject).strip("<>") for quad in things}
        expected = {URIRef(name) for name in named if name.count("/") == iri.count("/") + 1}
        assert set(describe(dataset, iri).objects(URIRef(iri), DCTERMS.hasPart)) == expected, iri


def test_a_long_list_is_shown_a_part_at_a_time(dataset: Dataset) -> None:
    iri, has_part = f"{BASE}id/undertaking", NamedNode(str(DCTERMS.hasPart))
    whole, short = find(dataset, iri), replace(dataset, listed=100)
    parts = [find(short, iri)]
    while parts[-1].following:
        parts.append(find(short, iri, parts[-1].following))
    listed = [part.values(has_part) for part in parts]
    assert len(listed) == 3
    assert [*chain(*listed)] == whole.values(has_part)
    page = asyncio.run(show_resource(short, parts[0]))
    values = {"description": parts[0], "path": "/doc/undertaking", "formats": (), **page.values}
    html = render(replace(page, values=values))
    assert f"{len(listed[0])} of the things" in html
    assert f"/doc/undertaking.html?after={quote(parts[0].following or '')}" in html


def test_search_engines_read_what_a_page_is_about(dataset: Dataset) -> None:
    statement = describe_resource(find(dataset, f"{BASE}id/verona-trento-2024/p23/s1"))
    assert (statement["@type"], statement["@id"]) == ("CreativeWork", f"{BASE}id/verona-trento-2024/p23/s1")
    document = describe_resource(find(dataset, f"{BASE}id/verona-trento-2024"))
    assert document["name"].startswith("Ministerial Declaration")
    assert document["datePublished"] == "2024-03-15"
    assert document["isBasedOn"] == "https://g7.utoronto.ca/ict/2024-declaration.html"
    oecd = describe_resource(find(dataset, f"{BASE}id/organisation/oecd"))
    assert (oecd["@type"], oecd["subjectOf"]["@id"]) == ("Organization", DATASET.value)
