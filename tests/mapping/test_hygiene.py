"""Ontology and data as reasoners, annotation tools and JSON-LD processors take them; the form of identifiers."""

import json
import re
from collections import Counter
from itertools import combinations

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef
from tests.helpers.project import ROOT

from g7kg.build.assembly import Assembly
from g7kg.mapping.workspace import Workspace
from g7kg.queries.language import LANGUAGES
from g7kg.rdf.vocab import BASE

G7 = Namespace(f"{BASE}ontology#")
OA = Namespace("http://www.w3.org/ns/oa#")
SCHEMA = Namespace("https://schema.org/")
DCTERMS = Namespace("http://purl.org/dc/terms/")
BUILT_IN = ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://www.w3.org/2000/01/rdf-schema#", str(OWL))
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


@pytest.fixture(scope="module")
def ontology(workspace: Workspace) -> Graph:
    return Graph().parse(workspace.ontology / "g7.ttl")


@pytest.fixture(scope="module")
def graph(assembly: Assembly) -> Graph:
    """The data with ontology and labels, without what is said of the dataset itself."""
    lines = {
        f"{quad.subject} {quad.predicate} {quad.object} ."
        for quad in assembly.quads
        if not str(quad.graph_name).endswith("catalogue>")
    }
    return Graph().parse(data="\n".join(lines), format="nt")


def test_every_term_of_others_that_is_used_is_declared_once_as_what_it_is(graph: Graph, ontology: Graph) -> None:
    declared = {term: kind for kind in KINDS for term in ontology.subjects(RDF.type, kind)}
    used = {URIRef(str(term)) for term in (*graph.predicates(), *graph.objects(predicate=RDF.type))}
    assert sorted(term for term in used if not str(term).startswith(BUILT_IN) and term not in declared) == []
    assert [term for one, other in combinations(KINDS, 2) for term in ontology.subjects(RDF.type, one)
            if (term, RDF.type, other) in ontology] == []  # fmt: skip
    literal = {term for term, kind in declared.items() if kind == OWL.DatatypeProperty}
    thing = {term for term, kind in declared.items() if kind == OWL.ObjectProperty}
    for _, predicate, value in graph:
        assert not (predicate in literal and isinstance(value, URIRef)), predicate
        assert not (predicate in thing and not isinstance(value, URIRef)), predicate


def test_cues_before_a_span_are_plain_strings_as_web_annotation_has_them(graph: Graph) -> None:
    prefixes = list(graph.objects(predicate=OA.prefix))
    assert prefixes
    assert {(value.language, value.datatype) for value in prefixes} <= {(None, None), (None, XSD.string)}  # type: ignore[attr-defined]


def test_a_link_states_a_property_without_making_individuals_of_properties(ontology: Graph) -> None:
    assert (G7.relation, RDFS.range, None) not in ontology


def test_nothing_is_of_two_classes_that_are_disjoint(graph: Graph, ontology: Graph) -> None:
    pairs = set(ontology.subject_objects(OWL.disjointWith))
    assert (G7.Statement, G7.Undertaking) in pairs or (G7.Undertaking, G7.Statement) in pairs
    for one, other in pairs:
        assert set(graph.subjects(RDF.type, one)) & set(graph.subjects(RDF.type, other)) == set(), (one, other)


def test_inverses_hold_both_ways(graph: Graph, ontology: Graph) -> None:
    pairs = set(ontology.subject_objects(OWL.inverseOf))
    assert pairs == {(G7.expressedBy, G7.expresses), (G7.adoptedBy, G7.adopted)}
    for one, other in pairs:
        there = set(graph.subject_objects(one))
        assert there == {(value, thing) for thing, value in graph.subject_objects(other)} != set()


def test_every_property_says_what_it_is_said_of(ontology: Graph) -> None:
    for kind in (OWL.ObjectProperty, OWL.DatatypeProperty):
        for term in ontology.subjects(RDF.type, kind):
            if term.startswith(str(G7)):  # type: ignore[attr-defined]
                assert ontology.value(term, RDFS.domain) or ontology.value(term, SCHEMA.domainIncludes), term


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_terms_have_one_label(language: str, graph: Graph) -> None:
    property_ = RDFS.label if language == "en" else SKOS.prefLabel
    terms = {term for term in graph.subjects(RDFS.isDefinedBy) if term.startswith(str(G7))}  # type: ignore[attr-defined]
    found = (label for term in terms for label in graph.objects(term, property_) if isinstance(label, Literal))
    labels = Counter(str(label).casefold() for label in found if label.language == language)
    assert [label for label, number in labels.items() if number > 1] == []
    assert len(labels) > 100


def test_schemes_have_a_label(graph: Graph) -> None:
    for scheme in graph.subjects(RDF.type, SKOS.ConceptScheme):
        assert {label.language for label in graph.objects(scheme, SKOS.prefLabel)} == set(LANGUAGES), scheme  # type: ignore[attr-defined]


def test_mappings_of_skos_stand_between_concepts_only(graph: Graph) -> None:
    for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch"):
        for one, other in graph.subject_objects(SKOS[name]):
            assert (one, RDF.type, SKOS.Concept) in graph
            assert str(other).startswith("http://eurovoc.europa.eu/"), "another vocabulary? see that it is of concepts"


def test_a_statement_tells_annotation_tools_its_source_and_its_selector(graph: Graph) -> None:
    for statement in graph.subjects(RDF.type, G7.Statement):
        assert set(graph.objects(statement, OA.hasSource)) == set(graph.objects(statement, G7.inParagraph))
        (selector,) = graph.objects(statement, OA.hasSelector)
        assert (selector, RDF.type, OA.TextPositionSelector) in graph


def test_dates_subjects_and_makers_stand_in_terms_that_others_know(graph: Graph) -> None:
    assert set(graph.subject_objects(DCTERMS.subject)) == set(graph.subject_objects(G7.topic)) != set()
    for kind in (G7.Meeting, G7.Event):
        for event in graph.subjects(RDF.type, kind):
            assert graph.value(event, SCHEMA.startDate) == graph.value(event, G7.earliest)
    declarations = set(graph.subjects(RDF.type, G7.Declaration))
    assert {document for document, _ in graph.subject_objects(DCTERMS.creator)} >= declarations
    assert {document for document, _ in graph.subject_objects(DCTERMS.date)} >= declarations


def test_the_context_has_every_term_of_ours(ontology: Graph) -> None:
    context = json.loads((ROOT / "ontology" / "context.jsonld").read_text("utf-8"))["@context"]
    named = {entry if isinstance(entry, str) else entry.get("@id") or entry["@reverse"]
             for key, entry in context.items() if key != "@version"}  # fmt: skip
    terms = {str(term).removeprefix(str(G7)) for term in ontology.subjects(RDFS.isDefinedBy)}
    assert sorted(name for name in terms if f"g7:{name}" not in named) == []


FORMS = {
    "country": r"wikidata\.org/entity/Q\d+|sws\.geonames\.org/\d+/|europa\.eu/resource/authority/country/[A-Z]{3}",
    "instrument": r"wikidata\.org/entity/Q\d+",
    "organisation": r"wikidata\.org/entity/Q\d+|europa\.eu/resource/authority/corporate-body/[A-Z0-9_]+|ror\.org/\w{9}",
    "place": r"wikidata\.org/entity/Q\d+|sws\.geonames\.org/\d+/",
}
IDENTIFIERS = {"country": r"ISO 3166-1 [A-Z]{2}", "instrument": r"OECD/LEGAL/\d{4}|A/RES/\d+/\d+"}


def test_an_identifier_elsewhere_has_its_form_one_thing_and_a_label_beside_it(graph: Graph) -> None:
    same = set(graph.subject_objects(SCHEMA.sameAs))
    assert len({other for _, other in same}) == len(same)
    for one, other in same:
        kind = str(one).removeprefix(f"{BASE}id/").partition("/")[0]
        assert re.fullmatch(rf"https?://([a-z]+\.)*({FORMS[kind]})", str(other)), other
        assert graph.value(other, RDFS.label), other
    for one, identifier in graph.subject_objects(SCHEMA.identifier):
        kind = str(one).removeprefix(f"{BASE}id/").partition("/")[0]
        assert re.fullmatch(IDENTIFIERS[kind], str(identifier)), identifier
    for one, other in graph.subject_objects(SKOS.exactMatch):
        assert re.fullmatch(r"http://eurovoc\.europa\.eu/\d+", str(other)), one


def test_every_publication_names_its_keeper(graph: Graph) -> None:
    documents = {document for kind in (G7.Declaration, G7.Catalogue) for document in graph.subjects(RDF.type, kind)}
    pages = {
        page for document in documents for page in graph.objects(document, URIRef("http://xmlns.com/foaf/0.1/page"))
    }
    assert sorted(str(page) for page in pages if not graph.value(page, RDFS.label)) == []
