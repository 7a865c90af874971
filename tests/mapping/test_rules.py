"""Rules, each on the least graph that shows what it derives and what it does not."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from g7kg.build.assembly import Assembly
from g7kg.build.rules import Rule, derive_triples, read_rules
from g7kg.errors import RuleError
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.vocab import graph_iri

PREFIXES = """
@prefix : <https://example.org/> .
@prefix act: <https://w3id.org/g7kg/scheme/speech-act/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix g7: <https://w3id.org/g7kg/ontology#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix role: <https://w3id.org/g7kg/scheme/role/> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix status: <https://w3id.org/g7kg/scheme/follow-up-status/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def parse(turtle: str) -> list[Quad]:
    quads = ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)
    return [Quad(quad.subject, quad.predicate, quad.object) for quad in quads]


CASES = {
    "10-in-document": (
        (
            ":d a g7:Declaration . :h g7:order 1 ; dcterms:isPartOf :d . :p g7:order 2 ; dcterms:isPartOf :h ."
            " :s g7:inParagraph :p . :c a g7:Catalogue . :e g7:order 1 ; dcterms:isPartOf :c ."
            " :principles a g7:Instrument ; dcterms:isPartOf :d ."
        ),
        ":h g7:inDocument :d . :p g7:inDocument :d . :s g7:inDocument :d . :e g7:inDocument :c .",
    ),
    "11-link": (
        ":l g7:from :a ; g7:relation g7:collaboratesWith ; g7:to :b .",
        ":a g7:collaboratesWith :b .",
    ),
    "12-issued": (
        (
            ":d a g7:Declaration . :m g7:adopted :d ; g7:latest '2024-03-15'^^xsd:date ."
            " :e a g7:Declaration ; dcterms:issued '2023-05-20'^^xsd:date . :summit g7:adopted :e ;"
            " g7:latest '2023-05-21'^^xsd:date ."
        ),
        ":d dcterms:issued '2024-03-15'^^xsd:date .",
    ),
    "13-within": (
        (
            ":h g7:order 1 ; dcterms:isPartOf :d . :p g7:order 2 ; dcterms:isPartOf :h ."
            " :s a g7:Statement ; g7:inParagraph :p . :i a g7:Statement ; g7:inParagraph :p ; dcterms:isPartOf :s ."
            " :x a g7:Instrument ; dcterms:isPartOf :d ."
        ),
        (":h g7:within :d . :p g7:within :h, :d . :s g7:within :p, :h, :d . :i g7:within :p, :h, :d, :s ."),
    ),
    "14-scope": (
        (
            ":d g7:sourceDigest 'a' . :p g7:inDocument :d . :e g7:sourceDigest 'b' ; g7:scope :h ."
            " :h g7:inDocument :e . :x a g7:Instrument ."
        ),
        ":d g7:scope :d .",
    ),
    "15-short-form": (
        ":n a g7:ShortForm ; g7:evidence :s . :l a g7:Link ; g7:evidence :s .",
        ":s g7:shortForm :n .",
    ),
    "20-follow-up": (
        (
            ":f a g7:FollowUp ; g7:followUpOf :u ; g7:evidence :s . :s g7:inDocument :d ."
            " :d dcterms:issued '2024-10-15'^^xsd:date ."
        ),
        (
            ":f g7:from :s ; g7:relation g7:followUpOf ; g7:to :u ; dcterms:date '2024-10-15'^^xsd:date ."
            " :s g7:followUpOf :u ."
        ),
    ),
    "21-minister": (
        (
            ":m a g7:Meeting ; g7:participation :a, :b, :c . :it a schema:Country ."
            " :a g7:participant :butti ; g7:onBehalfOf :it . :butti a foaf:Person ."
            " :b g7:participant :guest . :guest a foaf:Person . :c g7:participant :oecd ; g7:onBehalfOf :it ."
        ),
        ":butti a g7:Minister .",
    ),
    "22-knowledge-partner": (
        (
            ":m a g7:Meeting ; g7:participation :a, :b . :e g7:participation :c ."
            " :a g7:participant :oecd ; g7:role role:knowledge-partner . :b g7:participant :itu ; g7:role role:chair ."
            " :c g7:participant :b7 ; g7:role role:knowledge-partner ."
        ),
        ":oecd a g7:KnowledgePartner .",
    ),
    "30-speaker": (
        (
            ":d g7:speaker :us . :s a g7:Statement ; g7:inDocument :d ."
            " :t a g7:Statement ; g7:inDocument :d ; g7:speaker :them ."
        ),
        ":s g7:speaker :us .",
    ),
    "31-strength": (
        (
            "act:plan g7:usualStrength :low . :s a g7:Statement ; g7:speechAct act:plan ."
            " :t a g7:Statement ; g7:speechAct act:plan ; g7:strength :high ."
        ),
        ":s g7:strength :low .",
    ),
    "33-super-class": (
        (
            "g7:Request rdfs:subClassOf g7:Undertaking ; rdfs:isDefinedBy :o . g7:Undertaking rdfs:isDefinedBy :o ."
            " g7:Minister rdfs:subClassOf foaf:Person ; rdfs:isDefinedBy :o . :u a g7:Request . :m a g7:Minister ."
        ),
        ":u a g7:Undertaking .",
    ),
    "40-debtor": (
        (
            "act:call-on skos:broader act:directive . act:plan skos:broader act:commissive ."
            " act:note skos:broader act:assertive ."
            " :a g7:expresses :u ; g7:speechAct act:call-on ; g7:addressee :oecd ; g7:speaker :us ."
            " :b g7:expresses :u ; g7:speechAct act:call-on ; g7:addressee g7:unaddressed ; g7:speaker :us ."
            " :c g7:expresses :u ; g7:speechAct act:plan ; g7:speaker :us ."
            " :d g7:expresses :u ; g7:speechAct act:plan ; g7:speaker :us ; g7:debtor :italy ."
            " :e g7:expresses :u ; g7:speechAct act:note ; g7:speaker :us . :f g7:speechAct act:plan ; g7:speaker :us ."
        ),
        ":a g7:debtor :oecd . :c g7:debtor :us .",
    ),
    "42-first-stated": (
        (
            ":a g7:expresses :u ; g7:inDocument :oct . :b g7:expresses :u ; g7:inDocument :june ."
            " :c g7:followUpOf :u ; g7:inDocument :may . :oct dcterms:issued '2024-10-15'^^xsd:date ."
            " :june dcterms:issued '2024-06-14'^^xsd:date . :may dcterms:issued '2023-05-20'^^xsd:date ."
        ),
        ":u g7:firstStated '2024-06-14'^^xsd:date .",
    ),
    "43-restates": (
        (
            ":u g7:firstStated '2024-06-14'^^xsd:date . :v g7:firstStated '2024-10-15'^^xsd:date ."
            " :a g7:expresses :u, :v ; g7:inDocument :oct . :b g7:expresses :u ; g7:inDocument :june ."
            " :c g7:expresses :u ; g7:followUpOf :u ; g7:inDocument :oct ."
            " :oct dcterms:issued '2024-10-15'^^xsd:date . :june dcterms:issued '2024-06-14'^^xsd:date ."
        ),
        ":a g7:restates :u .",
    ),
    "50-undertaking": (
        (
            ":a g7:expresses :u ; g7:debtor :italy ; g7:due '2024-12-31'^^xsd:date ; g7:beneficiary :all ."
            " :b g7:followUpOf :u ; g7:supportedBy :oecd ; g7:topic :t ."
            " :c g7:mentions :u ; g7:supportedBy :itu ."
        ),
        ":u g7:debtor :italy ; g7:due '2024-12-31'^^xsd:date ; g7:supportedBy :oecd ; g7:beneficiary :all .",
    ),
    "52-super-property": (
        (
            "g7:about rdfs:subPropertyOf g7:mentions ; rdfs:isDefinedBy :o . g7:mentions rdfs:isDefinedBy :o ."
            " g7:topic rdfs:subPropertyOf dcterms:subject ; rdfs:isDefinedBy :o . :s g7:about :x ; g7:topic :t ."
        ),
        ":s g7:mentions :x .",
    ),
    "54-inverse": (
        (
            "g7:expressedBy <http://www.w3.org/2002/07/owl#inverseOf> g7:expresses . :s g7:expresses :u ."
            " :t g7:recalls :u ."
        ),
        ":u g7:expressedBy :s .",
    ),
    "55-terms-of-others": (
        (
            "g7:topic rdfs:subPropertyOf dcterms:subject . g7:span rdfs:subPropertyOf oa:hasSelector ."
            " g7:source rdfs:subPropertyOf dcterms:source . :s g7:topic :t ; g7:span :p ; g7:source :x ."
            " :d a g7:Document ; dcterms:issued '2024-03-15'^^xsd:date ; g7:speaker :m ; g7:issuedBy :n ."
            " :m a g7:Meeting ; g7:earliest '2024-03-14'^^xsd:date ; g7:latest '2024-03-15'^^xsd:date ."
            " :e a g7:Event ; g7:earliest '2023-05-01'^^xsd:date . :i g7:earliest '2019-01-01'^^xsd:date ."
        ),
        (
            ":s dcterms:subject :t ; oa:hasSelector :p ."
            " :d dcterms:date '2024-03-15'^^xsd:date ; dcterms:creator :m, :n ."
            " :m schema:startDate '2024-03-14'^^xsd:date ; schema:endDate '2024-03-15'^^xsd:date ."
            " :e schema:startDate '2023-05-01'^^xsd:date ."
        ),
    ),
    "60-status": (
        (
            "status:restated g7:weight 1 . status:advanced g7:weight 3 . status:delivered g7:weight 4 ."
            " :d dcterms:issued '2025-06-01'^^xsd:date . :s g7:restates :u, :v, :w, :x ; g7:inDocument :d ."
            " :f1 a g7:FollowUp ; g7:followUpOf :u ; g7:status status:advanced ; dcterms:date '2024-10-15'^^xsd:date ."
            " :f2 a g7:FollowUp ; g7:followUpOf :v ; g7:status status:delivered ; dcterms:date '2024-10-15'^^xsd:date ."
            " :f3 a g7:FollowUp ; g7:followUpOf :w ; g7:status status:advanced ; dcterms:date '2025-06-01'^^xsd:date ."
            " :f4 a g7:FollowUp ; g7:followUpOf :y ; g7:status status:delivered ; dcterms:date '2024-10-15'^^xsd:date ."
            " :f5 a g7:FollowUp ; g7:followUpOf :y ; g7:status status:advanced ; dcterms:date '2025-06-01'^^xsd:date ."
        ),
        (
            ":u g7:status status:restated . :v g7:status status:delivered . :w g7:status status:advanced ."
            " :x g7:status status:restated . :y g7:status status:advanced ."
        ),
    ),
    "61-no-follow-up": (
        (
            ":a g7:expresses :u, :v, :w . :v g7:status status:delivered ."
            " :u g7:firstStated '2024-03-15'^^xsd:date . :w g7:firstStated '2024-10-15'^^xsd:date ."
            " :d a g7:Declaration ; dcterms:issued '2024-10-15'^^xsd:date ."
            " :e a g7:Declaration ; dcterms:issued '2024-03-15'^^xsd:date ."
        ),
        ":u g7:status status:later-documents-silent . :w g7:status status:no-later-document .",
    ),
    "62-wider-status": (
        (
            "status:no-later-document skos:broader status:none-on-record . :u a g7:Undertaking ;"
            " g7:status status:no-later-document . :f a g7:FollowUp ; g7:status status:no-later-document ."
        ),
        ":u g7:status status:none-on-record .",
    ),
    "70-coverage": (
        (
            ":d g7:scope :d . :p g7:within :d ; g7:sentenceEnd 10, 20, 30 . :q g7:within :d ; g7:sentenceEnd 5 ."
            " :s g7:inParagraph :p ; g7:span [ oa:start 0 ; oa:end 10 ] ."
            " :t g7:inParagraph :p ; g7:span [ oa:start 2 ; oa:end 8 ] ."
            " :u g7:inParagraph :p ; g7:span [ oa:start 21 ; oa:end 29 ] ."
            " :e g7:scope :h, :r . :r g7:within :h, :e ; g7:sentenceEnd 9 . :out g7:within :e ; g7:sentenceEnd 7 ."
        ),
        (
            ":d g7:scopeSentenceCount 4 ; g7:coveredSentenceCount 2 ."
            " :e g7:scopeSentenceCount 1 ; g7:coveredSentenceCount 0 ."
        ),
    ),
    "71-whole": (
        (
            ":d g7:scope :d . :p g7:inDocument :d ; g7:sentenceEnd 10, 20, 30 ."
            " :q g7:inDocument :d ; g7:sentenceEnd 10 . :h g7:inDocument :d ."
            " :e g7:scope :r . :r g7:inDocument :e ; g7:sentenceEnd 9 ."
        ),
        ":d g7:partCount 2 ; g7:sentenceCount 4 .",
    ),
    "72-statements": (
        (
            ":d g7:scope :h, :p . :s a g7:Statement ; g7:inDocument :d . :t a g7:Statement ; g7:inDocument :d ."
            " :e g7:scope :e . :p g7:inDocument :e ."
        ),
        ":d g7:statementCount 2 . :e g7:statementCount 0 .",
    ),
    "90-label": (
        (
            ":a skos:prefLabel 'A'@en, 'Á'@fr . :k skos:prefLabel 'Q'@fr ."
            " :b dcterms:title 'B'@en . :s g7:gist 'G.'@en . :n g7:form 'the N'@en ."
            " :c rdfs:label 'C'@en ;"
            " skos:prefLabel 'D'@en . :x a g7:Annex ; g7:number '2' ; dcterms:title 'T'@en ."
            " <https://w3id.org/g7kg/id/d/p1> a g7:Paragraph ; g7:inDocument <https://w3id.org/g7kg/id/d> ."
            " :m g7:participation :p ; skos:prefLabel 'M'@en . :p g7:participant :a ; g7:role :r ."
            " :r skos:prefLabel 'chair'@en ."
            " <https://w3id.org/g7kg/id/instrument/e/p2> a g7:Paragraph ; dcterms:title 'T'@en ;"
            " skos:prefLabel 'U'@en ; g7:inDocument <https://w3id.org/g7kg/id/instrument/e> ."
            " <https://w3id.org/g7kg/id/d> g7:edition <https://w3id.org/g7kg/id/d/edition/print> ."
            " :f a g7:FollowUp ; g7:status :st ; g7:followUpOf :a . :st skos:prefLabel 'delivered'@en ."
        ),
        (
            ":a rdfs:label 'A'@en . :b rdfs:label 'B'@en . :s rdfs:label 'G.'@en . :n rdfs:label 'the N'@en ."
            " :x rdfs:label 'Annex 2: T'@en . <https://w3id.org/g7kg/id/d/p1> rdfs:label 'paragraph p1 of d'@en ."
            " <https://w3id.org/g7kg/id/instrument/e/p2> rdfs:label 'paragraph p2 of e'@en, 'U'@en ."
            " <https://w3id.org/g7kg/id/d/edition/print> rdfs:label 'edition “print” of d'@en ."
            " :m rdfs:label 'M'@en . :r rdfs:label 'chair'@en . :p rdfs:label 'A, chair of M'@en ."
            " :st rdfs:label 'delivered'@en . :f rdfs:label 'delivered: A'@en ."
        ),
    ),
}


def derive(stated: Iterable[Quad], rules: list[Rule]) -> list[Triple]:
    store = Store()
    store.extend(stated)
    nodes = {node for quad in store for node in (quad.subject, quad.object) if isinstance(node, NamedNode)}
    store.extend(Quad(node, NamedNode("urn:x:is"), Literal("there")) for node in nodes)
    return list(derive_triples(store, rules))


@pytest.fixture(scope="module")
def rules(workspace: Workspace) -> dict[str, Rule]:
    return {rule.path.stem: rule for rule in read_rules(workspace.ontology / "rules")}


def test_every_rule_has_a_case(rules: dict[str, Rule]) -> None:
    assert list(rules) == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_rule_derives_just_this(name: str, rules: dict[str, Rule]) -> None:
    given, derived = CASES[name]
    got = derive(parse(given), [rules[name]])
    assert len(got) == len(set(got))
    assert set(got) == {quad.triple for quad in parse(derived)}


def test_a_rule_sees_what_the_rules_before_it_derived_and_repeats_nothing(rules: dict[str, Rule]) -> None:
    stated = parse(":s a g7:Statement ; g7:expresses :u .")
    order = [rules["61-no-follow-up"], rules["60-status"], rules["61-no-follow-up"]]
    assert [triple.predicate.value for triple in derive(stated, order)] == ["https://w3id.org/g7kg/ontology#status"]


def test_what_is_derived_is_in_the_store_too(rules: dict[str, Rule]) -> None:
    store = Store()
    store.extend(parse(":s a g7:Statement ; g7:expresses :u . :u a g7:Request ."))
    (triple,) = derive_triples(store, [rules["61-no-follow-up"]])
    assert Quad(*triple) in store
    assert len(store) == 4


def test_the_rules_have_nothing_to_add_to_what_they_derived(rules: dict[str, Rule], assembly: Assembly) -> None:
    store = Store()
    store.extend(Quad(*quad.triple) for quad in assembly.quads if quad.graph_name != graph_iri("catalogue"))
    assert list(derive_triples(store, list(rules.values()))) == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("CONSTRUCT { ?s ?p }", "the rule is not valid SPARQL"),
        ("SELECT * WHERE { ?s ?p ?o }", "the rule is not a CONSTRUCT query"),
    ],
)
def test_a_file_that_is_no_rule_is_refused_by_name(query: str, message: str) -> None:
    with pytest.raises(RuleError, match=rf"^bad\.rq: {message}"):
        derive([], [Rule(Path("bad.rq"), query)])
