"""Labels in five languages: one row a thing in each, the translation where there is one, else English."""

import json
import pickle
from collections import Counter

import httpx
import pyoxigraph as ox
import pytest
from pyld import jsonld
from pyoxigraph import Literal, NamedNode, Store, Variable
from tests.helpers.catalogue import QUERIES
from tests.helpers.sparql import select

from g7kg.build.assembly import Assembly
from g7kg.build.coverage import read_languages
from g7kg.errors import RequestError
from g7kg.http.negotiation import negotiate_language
from g7kg.mapping.workspace import Workspace
from g7kg.queries.catalogue import CatalogueQuery, read_page_queries
from g7kg.queries.language import LANGUAGES, ask_in, fetches_labels
from g7kg.rdf.jsonld import compact, read_terms
from g7kg.rdf.vocab import IDENTIFIERS, RDFS, SKOS, graph_iri

LABELLED = [query for query in QUERIES if any(not each.variable for each in query.parameters)]
OECD = NamedNode(f"{IDENTIFIERS}organisation/oecd")


@pytest.mark.parametrize("query", LABELLED, ids=lambda query: query.name)
def test_a_query_has_as_many_rows_in_another_language(query: CatalogueQuery, store: Store) -> None:
    values = {each.name: each.example for each in query.parameters}
    english, bound = query.bind(values)
    asked, _ = query.bind({**values, "language": "it"})
    terms = {Variable(name): term for name, term in bound.items()}
    assert english.text == query.text
    assert len(select(store, asked.text, terms)) == len(select(store, query.text, terms))


def test_the_language_is_no_term_of_a_query_in_another_process_either() -> None:
    for query in LABELLED:
        values = {each.name: each.example for each in query.parameters}
        assert pickle.loads(pickle.dumps(query)).bind(values) == query.bind(values)  # noqa: S301 - our own


def test_every_query_that_fetches_labels_takes_a_language() -> None:
    assert {query.name for query in LABELLED} == {query.name for query in QUERIES if fetches_labels(query.text)}


def test_a_query_in_japanese_has_japanese_labels_and_english_ones_where_there_are_none(client: httpx.Client) -> None:
    rows = client.get("/queries/participations.json", params={"language": "ja"}).json()["rows"]
    found = {row["participant"]: (row["name"], row["role"]) for row in rows if "verona" in row["gathering"]}
    assert found[OECD.value] == ("経済協力開発機構", "ナレッジパートナー")
    assert found[f"{IDENTIFIERS}person/adolfo-urso"] == ("Adolfo Urso", "共同議長")


def test_a_language_without_labels_is_refused() -> None:
    with pytest.raises(RequestError, match="the language is “tlh”"):
        LABELLED[0].bind({**{each.name: each.example for each in LABELLED[0].parameters}, "language": "tlh"})


@pytest.mark.parametrize(
    ("english", "french"),
    [
        (
            "SELECT ?n { ?x a <urn:c> ; rdfs:label ?n . BIND(STR(?n) AS ?t) }",
            (
                "SELECT ?n { ?x a <urn:c> ; rdfs:label ?n_english ."
                ' OPTIONAL { ?x <P> ?n_other . FILTER(LANG(?n_other) = "fr") }'
                " BIND(COALESCE(?n_other, ?n_english) AS ?n) BIND(STR(?n) AS ?t) }"
            ),
        ),
        (
            "SELECT ?n { ?x <urn:p>/rdfs:label ?n }",
            (
                "SELECT ?n { ?x <urn:p> ?n_thing . ?n_thing rdfs:label ?n_english . OPTIONAL { ?n_thing <P> ?n_other ."
                ' FILTER(LANG(?n_other) = "fr") } BIND(COALESCE(?n_other, ?n_english) AS ?n) }'
            ),
        ),
        ("SELECT ?x { ?x rdfs:label 'Italy'@en }", "SELECT ?x { ?x rdfs:label 'Italy'@en }"),
    ],
)
def test_a_label_is_looked_for_where_it_leaves_the_triples_together(english: str, french: str) -> None:
    found = ask_in(english, "fr").replace(SKOS("prefLabel").value, "P")
    assert found.split() == french.split()


def test_everything_has_one_rdfs_label_and_one_preferred_label_a_language(store: Store) -> None:
    for property_ in (RDFS("label"), SKOS("prefLabel")):
        quads = store.quads_for_pattern(None, property_, None, ox.DefaultGraph())
        counted = Counter((quad.subject, getattr(quad.object, "language", None)) for quad in quads)
        assert [key for key, number in counted.items() if number > 1] == []
    labels = store.quads_for_pattern(None, RDFS("label"), None, ox.DefaultGraph())
    assert {quad.object.language for quad in labels if isinstance(quad.object, Literal)} == {"en"}


def test_our_own_translations_stand_in_a_graph_of_their_own(store: Store) -> None:
    graph = graph_iri("labels")
    quads = [quad for quad in store.quads_for_pattern(None, None, None, graph) if quad.subject != graph]
    assert {quad.predicate for quad in quads} == {SKOS("prefLabel"), SKOS("altLabel")}
    assert {getattr(quad.object, "language", None) for quad in quads} == set(LANGUAGES) - {"en"}


def test_gaps_are_listed_and_are_no_fault(assembly: Assembly, workspace: Workspace) -> None:
    tables = read_languages(assembly, workspace.queries)
    assert [(table.question, len(table.rows)) for table in tables] == [
        (f"What has no label in {name} ({tag})?", 1) for tag, name in tuple(LANGUAGES.items())[1:]
    ]


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5", "fr"),
        ("es, it;q=0.4, en;q=0.3", "it"),
        ("ja;q=0, de;q=0.1", "de"),
        ("*", "en"),
        ("q=;;,de;q=many", "en"),
    ],
)
def test_a_client_gets_the_language_that_it_likes_best(accept: str, language: str) -> None:
    assert negotiate_language(accept, tuple(LANGUAGES)) == language


def test_a_page_has_labels_in_the_language_of_the_client_or_of_the_address(client: httpx.Client) -> None:
    def title(address: str, accept: str = "en") -> str:
        found = client.get(address, headers={"Accept": "text/html", "Accept-Language": accept})
        assert found.headers["vary"] == "Accept, Accept-Encoding, Accept-Language, Cookie"
        return found.text.partition("<h1>")[2].partition("</h1>")[0]

    assert title("/doc/organisation/oecd") == "Organisation for Economic Co-operation and Development"
    assert title("/doc/organisation/oecd", "it-IT, en;q=0.5") == (
        "Organizzazione per la cooperazione e lo sviluppo economici"
    )
    assert title("/doc/organisation/oecd?language=ja", "it") == "経済協力開発機構"
    assert title("/doc/organisation/oecd?language=tlh") == "Organisation for Economic Co-operation and Development"
    page = client.get("/undertakings?language=de", headers={"Accept": "text/html"})
    assert (page.status_code, "Verpflichtung" in page.text) == (200, True)
    assert '<a href="?labels=fr" lang="fr" rel="nofollow">' in page.text
    assert '<a href="?labels=de" lang="de" rel="nofollow" aria-current="true">' in page.text


def test_links_to_other_languages_keep_the_parameters_and_stand_where_labels_change(client: httpx.Client) -> None:
    html = {"Accept": "text/html"}
    page = client.get("/undertakings?sort=label&language=de&kind=Request", headers=html, follow_redirects=True)
    assert dict(page.url.params) == {"kind": "Request", "sort": "label", "language": "de"}
    assert '<a href="?kind=Request&amp;sort=label&amp;labels=fr"' in page.text
    assert "labels=fr" not in client.get("/search?q=ai", headers=html).text
    answer = client.get("/sparql?language=de", headers=html, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/query")


def test_a_chosen_language_stays(client: httpx.Client) -> None:
    client.headers["Accept"] = "text/html"
    chosen = client.get("/undertakings?sort=label&labels=fr&kind=Request", follow_redirects=True)
    assert dict(chosen.url.params) == {"kind": "Request", "sort": "label"}
    [told] = [answer.headers for answer in chosen.history if "set-cookie" in answer.headers]
    assert told["cache-control"] == "no-store"
    assert "Organisation de coopération et de développement économiques" in client.get("/doc/organisation/oecd").text
    assert "Organisation for Economic" in client.get("/doc/organisation/oecd?language=en").text
    back = client.get("/doc/organisation/oecd?labels=en&after=x", follow_redirects=True)
    assert back.url.raw_path == b"/doc/organisation/oecd?after=x"
    assert "Organisation for Economic" in client.get("/doc/organisation/oecd").text


def test_data_are_the_same_for_every_client(client: httpx.Client) -> None:
    for address in ("/doc/organisation/oecd.ttl", "/undertakings.csv"):
        french, german = (client.get(address, headers={"Accept-Language": tag}) for tag in ("fr", "de"))
        assert (french.text, french.headers["etag"]) == (german.text, german.headers["etag"])
        assert french.headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("OCDE", "organisation/oecd"),
        ("ocse", "organisation/oecd"),
        ("nazioni unite", "organisation/united-nations"),
        ("Künstliche Intelligenz", "topic/ai"),
        ("intelligenza artificiale", "topic/ai"),
        ("人工知能", "topic/ai"),
        ("知能", "topic/ai"),
        ("データ流通", "topic/dfft"),
        ("海底ケーブルの接続性", "undertaking/undersea-cable-cooperation"),
    ],
)
def test_a_thing_is_found_by_its_name_in_any_language(words: str, name: str, client: httpx.Client) -> None:
    results = client.get("/search.json", params={"q": words}).json()["results"]
    assert any(result["iri"].endswith(name) for result in results)
    assert "\u200b" not in json.dumps(results, ensure_ascii=False)


def test_json_ld_has_a_map_of_languages_and_native_numbers(workspace: Workspace, store: Store) -> None:
    terms = read_terms(workspace.ontology / "context.jsonld")
    for subject in (OECD, NamedNode(f"{IDENTIFIERS}verona-trento-2024/p23")):
        triples = {quad.triple for quad in store.quads_for_pattern(subject, None, None, ox.DefaultGraph())}
        document = compact(subject, triples, terms)
        expanded = jsonld.to_rdf(document, {"format": "application/n-quads"})
        assert {quad.triple for quad in ox.parse(expanded, format=ox.RdfFormat.N_QUADS)} == triples
        node = document["@graph"][0]
        if subject == OECD:
            assert node["labels"]["it"] == "Organizzazione per la cooperazione e lo sviluppo economici"
            assert node["altLabels"] == {"fr": "OCDE", "it": "OCSE"}
        else:
            assert isinstance(node["order"], int)


@pytest.mark.parametrize("query", read_page_queries().values(), ids=lambda query: query.name)
def test_the_queries_of_pages_are_valid_in_another_language(query: CatalogueQuery) -> None:
    Store().query(ask_in(query.text, "fr"))
