"""JSON-LD in the terms of a context."""

import json

import pyoxigraph as ox
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from g7kg.rdf.jsonld import Terms, compact
from g7kg.rdf.vocab import RDF, XSD
from g7kg.rdf.vocab import Term as Node

CONTEXT = {
    "id": "@id",
    "type": "@type",
    "ex": "http://e/",
    "xsd": XSD.iri,
    "foaf": "http://other/",
    "Thing": "ex:Thing",
    "label": {"@id": "ex:label", "@container": "@language"},
    "note": {"@id": "ex:note", "@language": "en"},
    "date": {"@id": "ex:date", "@type": "xsd:date"},
    "count": {"@id": "ex:count", "@type": "xsd:integer"},
    "page": {"@id": "ex:page", "@type": "@id"},
    "status": {"@id": "ex:status", "@type": "@vocab", "@context": {"@vocab": "http://e/status/"}},
}
S = NamedNode("http://e/s")


def name(local: str) -> NamedNode:
    return NamedNode(f"http://e/{local}")


@pytest.mark.parametrize(
    ("property_", "value", "key", "written"),
    [
        (RDF("type"), name("Thing"), "type", "Thing"),
        (RDF("type"), name("Other"), "type", "http://e/Other"),
        (RDF("type"), Literal("x"), "rdf:type", {"@value": "x"}),
        (name("label"), Literal("a", language="fr"), "label", {"fr": "a"}),
        (name("label"), Literal("a"), "http://e/label", {"@value": "a"}),
        (name("note"), Literal("a", language="en"), "note", "a"),
        (name("note"), Literal("a", language="de"), "http://e/note", {"@value": "a", "@language": "de"}),
        (name("date"), Literal("2024-01-02", datatype=XSD("date")), "date", "2024-01-02"),
        (name("date"), Literal("2024"), "http://e/date", {"@value": "2024"}),
        (name("count"), Literal("12", datatype=XSD("integer")), "count", 12),
        (name("count"), Literal("012", datatype=XSD("integer")), "count", "012"),
        (name("page"), NamedNode("http://p/"), "page", "http://p/"),
        (name("status"), name("status/kept"), "status", "kept"),
        (name("status"), name("status/"), "http://e/status", {"@id": "http://e/status/"}),
        (name("status"), name("status/date"), "http://e/status", {"@id": "http://e/status/date"}),
        (name("status"), name("status/a:b"), "http://e/status", {"@id": "http://e/status/a:b"}),
        (name("status"), name("kept"), "http://e/status", {"@id": "http://e/kept"}),
        (NamedNode("http://www.w3.org/2000/01/rdf-schema#seeAlso"), S, "rdfs:seeAlso", {"@id": "http://e/s"}),
        (NamedNode("http://xmlns.com/foaf/0.1/name"), Literal("a"), "http://xmlns.com/foaf/0.1/name", {"@value": "a"}),
        (NamedNode("http://www.w3.org/ns/org#"), Literal("a"), "http://www.w3.org/ns/org#", {"@value": "a"}),
        (NamedNode("http://www.w3.org/ns/org#a/b"), Literal("a"), "http://www.w3.org/ns/org#a/b", {"@value": "a"}),
        (name("x"), Literal("1", datatype=XSD("time")), "http://e/x", {"@value": "1", "@type": XSD("time").value}),
        (
            name("x"),
            Literal("1.5", datatype=XSD("decimal")),
            "http://e/x",
            {"@value": "1.5", "@type": XSD("decimal").value},
        ),
    ],
)
def test_a_value_is_written_by_the_first_term_that_can(
    property_: NamedNode, value: Node, key: str, written: object
) -> None:
    document = compact(S, [Triple(S, property_, value)], Terms(CONTEXT))
    assert document["@graph"] == [{"id": "http://e/s", key: written}]
    read = ox.parse(json.dumps(document), format=ox.RdfFormat.JSON_LD)
    assert [quad.triple for quad in read] == [Triple(S, property_, value)]


def test_a_document_has_the_first_node_first_and_the_context_that_it_uses() -> None:
    a = name("a")
    triples = [
        Triple(name("z"), name("page"), S),
        Triple(a, name("page"), S),
        Triple(a, name("page"), BlankNode("b")),
        Triple(S, name("label"), Literal("un", language="fr")),
        Triple(S, name("label"), Literal("one", language="en")),
        Triple(S, name("label"), Literal("1", language="en")),
        Triple(S, RDF("type"), name("Thing")),
        Triple(S, RDF("value"), Literal("v")),
        Triple(S, RDF("value"), Literal("w")),
        Triple(S, name("status"), name("status/kept")),
    ]
    assert compact(S, [*triples, *triples], Terms(CONTEXT)) == {
        "@context": {
            "@version": 1.1,
            "Thing": "http://e/Thing",
            "id": "@id",
            "label": {"@id": "http://e/label", "@container": "@language"},
            "page": {"@id": "http://e/page", "@type": "@id"},
            "rdf": RDF.iri,
            "status": {"@id": "http://e/status", "@type": "@vocab", "@context": {"@vocab": "http://e/status/"}},
            "type": "@type",
        },
        "@graph": [
            {
                "id": "http://e/s",
                "type": "Thing",
                "rdf:value": [{"@value": "v"}, {"@value": "w"}],
                "label": {"en": ["1", "one"], "fr": "un"},
                "status": "kept",
            },
            {"id": "http://e/a", "page": ["http://e/s", "_:b"]},
            {"id": "http://e/z", "page": "http://e/s"},
        ],
    }


def test_an_iri_is_not_taken_for_a_prefixed_name() -> None:
    terms = Terms({**CONTEXT, "http": "http://x/"})
    assert [terms.expand(name) for name in ("ex:a", "http://e/a", "ex", "page:a")] == [
        *("http://e/a", "http://e/a", "ex", "page:a")
    ]
