"""Profiles of what documents speak of, what is mentioned together, and the page of any resource."""

from collections.abc import Iterator
from itertools import pairwise

import httpx
import pytest
from pyoxigraph import NamedNode, QuerySolutions, Store, Variable
from tests.helpers.markup import Element, read_page
from tests.helpers.pages import ask, fetch, page
from tests.helpers.server import serve_data

from g7kg.pages.things import NEIGHBOURS, STATEMENTS, group_neighbours
from g7kg.rdf.vocab import PREFIXES

MINISTRY = "“Undersecretary of State for Technological Innovation, Presidency of the Council of Ministers”"


_ON_A_THING = """
PREFIX g7: <https://w3id.org/g7kg/ontology#>
SELECT DISTINCT ?thing ?document ?order ?start ?statement WHERE {
  ?statement g7:mentions|g7:topic|g7:addressee|g7:supportedBy|g7:recipient|g7:proposedBy|g7:recalls|g7:buildsOn
    |g7:refersTo|g7:speechAct|g7:speechAct/<http://www.w3.org/2004/02/skos/core#broader>|g7:strength ?thing ;
    g7:inDocument ?document ;
    g7:inParagraph/g7:order ?order ;
    g7:span/<http://www.w3.org/ns/oa#start> ?start .
}"""


def neighbour(label: str, class_: str, statements: int) -> dict[str, str]:
    return {"neighbour": label, "label": label, "class": class_, "statements": str(statements)}


def test_no_kind_of_neighbour_crowds_out_another_and_none_is_listed_twice() -> None:
    person, concept = "http://xmlns.com/foaf/0.1/Person", "http://www.w3.org/2004/02/skos/core#Concept"
    rows = [neighbour(f"who{n}", person, 50 - n) for n in range(20)]
    rows = [neighbour("topic", concept, 60), *rows, neighbour("who1", f"{PREFIXES['org']}Organization", 49)]
    found = group_neighbours(rows)
    listed = {kind: [row["label"] for row in group] for kind, group in found.items()}
    assert listed == {"who": [f"who{n}" for n in range(NEIGHBOURS)], "topic": ["topic"]}
    assert list(listed) == ["who", "topic"]


def section(found: Element, heading: str) -> list[Element]:
    """Return the elements between the heading of that name and the next of its rank."""
    place = next(h for tag in ("h2", "h3") for h in found.find(tag) if h.words.startswith(heading))
    assert place.parent is not None
    siblings = [child for child in place.parent.children if isinstance(child, Element)]
    after = siblings[siblings.index(place) + 1 :]
    ends = {"h2"} if place.tag == "h2" else {"h2", "h3"}
    end = next((n for n, element in enumerate(after) if element.tag in ends), len(after))
    return after[:end]


def links(elements: list[Element], class_: str = "") -> list[str]:
    return [link.attributes["href"] for element in elements for link in element.find("a", class_)]


@pytest.mark.parametrize(
    "name", ["topic/international-cooperation", "strength/none", "speech-act/will", "topic/ai", "role/chair"]
)
def test_the_statements_that_are_listed_are_the_first_of_all(name: str, client: httpx.Client, store: Store) -> None:
    thing = f"https://w3id.org/g7kg/scheme/{name}"
    found = store.query(_ON_A_THING, substitutions={Variable("thing"): NamedNode(thing)})
    assert isinstance(found, QuerySolutions)
    first = [
        (row["document"].value, int(row["order"].value), int(row["start"].value), row["statement"].value)
        for row in found
    ]
    expected = [statement.replace("https://w3id.org/g7kg/id", "/doc") for *_, statement in sorted(first)]
    shown = fetch(client, f"/scheme/{name}")
    gists = [link.attributes["href"] for link in shown.find("a", "gist")]
    assert sorted(gists) == sorted(expected[:STATEMENTS])
    cut = [line.words for line in shown.find("p", "pages") if "raise its limit" in line.words]
    assert bool(cut) == (len(expected) > STATEMENTS)


def test_a_person_has_each_role_with_the_title_as_it_was_styled_there(client: httpx.Client) -> None:
    found = page(client, "person/alessio-butti")
    assert found.find("p", "kind")[0].words == "person, minister"
    (roles,) = found.find("ul", "roles")
    shown = [
        (row.find("a", "badge")[0].text, row.find("a")[1].attributes["href"], row.find("span", "styled")[0].words)
        for row in roles.find("li")
    ]
    office = "Undersecretary of State to the Presidency of the Council of Ministers"
    assert shown == [
        ("co-chair", "/doc/meeting/verona-trento-2024", f"“Mr. Alessio Butti”, “{office}”"),
        ("chair", "/doc/meeting/cernobbio-como-2024", f"“Sen. Alessio Butti”, {MINISTRY}"),
    ]


def test_an_organisation_has_what_is_asked_of_it_with_status(client: httpx.Client) -> None:
    asked = section(page(client, "organisation/oecd"), "Asked of it")
    assert [row.words for element in asked for row in element.find("li")] == [
        "Compendium of Digital Government Services commitment delivered",
        "Consider analysis on the impact of policy developments request later documents silent",
        "Disseminate the mapping exercise outside the G7 request no later document",
        "Mapping Exercise of Digital Identity Approaches commitment delivered",
        "Report on follow-up of the mapping exercise request no later document",
    ]


def test_an_undertaking_stands_on_a_profile_once(client: httpx.Client, store: Store) -> None:
    shown = links(section(page(client, "organisation/oecd"), "Promises"))
    found = ask(
        store,
        """SELECT DISTINCT ?u { { ?u a g7:Undertaking ; ?p <organisation/oecd> }
        UNION { ?s g7:mentions <organisation/oecd> ; g7:expresses ?u } }""",
    )
    assert sorted(shown) == sorted(f"/doc/{iri}" for (iri,) in found)
    assert len(shown) > 10


@pytest.mark.parametrize("path", ["organisation/oecd", "country/italy", "initiative/hiroshima-ai-process"])
def test_mentions_are_counted_and_listed_by_document(path: str, client: httpx.Client, store: Store) -> None:
    mentions = section(page(client, path), "What is said of it")
    found = ask(
        store,
        f"""SELECT DISTINCT ?s {{ ?s ?p <{path}>
        FILTER(?p IN (g7:mentions, g7:addressee, g7:supportedBy, g7:recipient, g7:proposedBy)) ?s a g7:Statement }}""",
    )
    assert sorted(links(mentions, "gist")) == sorted(f"/doc/{iri}" for (iri,) in found)
    counts = [int(heading.find("span")[0].text.split()[0]) for heading in mentions if heading.tag == "h3"]
    assert sum(counts) == len(found) > 4


def test_a_country_leads_to_its_exact_match(client: httpx.Client) -> None:
    (facts, *_) = page(client, "country/italy").find("dl", "facts")
    row = next(row for row in facts.find("div") if row.find("dt")[0].text == "Same as")
    assert [link.attributes["href"] for link in row.find("a")] == [
        "http://publications.europa.eu/resource/authority/country/ITA",
        "http://www.wikidata.org/entity/Q38",
        "https://sws.geonames.org/3175395/",
    ]
    assert "Italy Wikidata Q38" in " ".join(entry.words for entry in row.find("dd"))


def test_a_meeting_has_its_participants_by_role(client: httpx.Client) -> None:
    (took_part,) = [e for e in section(page(client, "meeting/verona-trento-2024"), "Who took part") if e.tag == "dl"]
    shown = {
        row.find("dt")[0].words: [span.words for span in row.find("dd")[0].children if isinstance(span, Element)]
        for row in took_part.find("div")
    }
    assert shown == {
        "Co-chair": [
            "Adolfo Urso “Minister of Enterprises and Made in Italy” for Italy",
            "Alessio Butti “Undersecretary of State to the Presidency of the Council of Ministers” for Italy",
        ],
        "Invited country": ["Brazil", "Republic of Korea", "Ukraine", "United Arab Emirates"],
        "Invited organisation": ["International Telecommunication Union", "UN Secretary-General’s Envoy on Technology"],
        "Knowledge partner": [
            "Organisation for Economic Co-operation and Development",
            "United Nations Development Programme",
            "United Nations Educational, Scientific and Cultural Organisation",
        ],
    }


def test_a_meeting_has_its_dates_places_documents_and_undertakings(client: httpx.Client, store: Store) -> None:
    found = page(client, "meeting/cernobbio-como-2024")
    facts = {row.find("dt")[0].text: row.find("dd")[0].words for row in found.find("dl", "facts")[0].find("div")}
    assert facts == {
        "Date as stated": "15 October 2024",
        "Place": "Cernobbio-Como",
        "Adopted": "Declaration of the G7 Digital and Tech Ministers",
        "Held under": "Italy’s G7 presidency in 2024",
        "Evidence": ask(store, "SELECT ?g { <cernobbio-como-2024/p1/s1> g7:gist ?g }").pop()[0],
    }
    expressed = ask(store, "SELECT DISTINCT ?u { ?s g7:inDocument <cernobbio-como-2024> ; g7:expresses ?u }")
    shown = links(section(found, "In the documents that it adopted"))
    assert sorted(shown) == sorted(f"/doc/{iri}" for (iri,) in expressed)


def test_a_topic_has_its_broader_and_narrower_ones_and_its_statements(client: httpx.Client, store: Store) -> None:
    found = read_page(client.get("/scheme/topic/ai.html").text)
    rows = {row.find("dt")[0].text: row.find("dd")[0].words for row in found.find("dl", "facts")[0].find("div")}
    narrower = ask(store, "SELECT ?l { ?c skos:broader topic:ai ; skos:prefLabel ?l FILTER(LANG(?l) = 'en') }")
    assert rows["Narrower"] == " ".join(sorted((label for (label,) in narrower), key=str.casefold))
    statements = ask(store, "SELECT ?s { ?s g7:topic topic:ai ; a g7:Statement }")
    assert sorted(links(section(found, "What is said of it"), "gist")) == sorted(f"/doc/{iri}" for (iri,) in statements)


def test_what_is_mentioned_together_is_listed_by_kind_the_nearest_first(client: httpx.Client) -> None:
    (listed,) = page(client, "organisation/oecd").find("dl", "neighbours")
    rows = {row.find("dt")[0].words: [span.words for span in row.find("span")] for row in listed.find("div")}
    assert list(rows) == ["Who", "What", "When and where", "Topic"]
    unesco = "United Nations Educational, Scientific and Cultural Organisation"
    assert rows["Who"][:2] == [f"{unesco} 13", "Global Partnership on AI 11"]
    assert rows["Topic"][0] == "Hiroshima AI Process 18"
    (link,) = listed.find("span")[1].find("a")
    assert link.attributes["href"] == "/doc/organisation/gpai"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("instrument/ict-and-industry-ministers-declaration", ["Adopted by", "Earliest", "Issued by", "Latest"]),
        ("instrument/sustainable-development-goals", ["Issued by", "Source", "Date"]),
        ("meeting/takamatsu", ["Place", "Adopted"]),
        ("apulia-2024/p176/s1", ["Speech act", "Strength", "Speaker", "Who is to act", "Promise that it restates"]),
    ],
)
def test_a_fact_stands_once_whatever_else_repeats_it(path: str, told: list[str], client: httpx.Client) -> None:
    names = [name.words for facts in page(client, path).find("dl", "facts") for name in facts.find("dt")]
    assert names[: len(told)] == told
    assert {"Made by", "Adopted by", "Promise that it reports on"} & {*names[len(told) :]} == set()


def test_the_page_of_any_resource_calls_properties_by_their_names(client: httpx.Client) -> None:
    (properties, *_) = page(client, "cernobbio-como-2024/p1/s2/f1").find("dl", "properties")
    names = [row.find("dt")[0].words for row in properties.find("div")]
    assert {"confidence g7:confidence", "promise that it reports on g7:followUpOf", "kind rdf:type"} <= set(names)


MANY = 450


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server on a document with ``MANY`` statements that mention one organisation, whose name tries to be markup."""
    folder = tmp_path_factory.mktemp("crowded")
    statements = "\n".join(
        f"<d/p1/s{n}> a g7:Statement ; g7:inDocument <d> ; g7:inParagraph <d/p1> ; g7:gist 'g{n}' ; rdfs:label 'g{n}' ;"
        f" g7:speechAct <act> ; g7:strength <low> ; g7:span <d/p1/s{n}/span> ; g7:mentions <organisation/o> .\n"
        f"<d/p1/s{n}/span> oa:start {n} ; oa:end {n + 1} ."
        for n in range(MANY)
    )
    text = f"""@prefix g7: <https://w3id.org/g7kg/ontology#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        @prefix oa: <http://www.w3.org/ns/oa#> . @prefix org: <http://www.w3.org/ns/org#> .
        @prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        @base <https://w3id.org/g7kg/id/> .
        <organisation/o> a org:Organization ; rdfs:label "<script>o</script>" ; skos:altLabel "<b>" ;
          skos:exactMatch <javascript:alert(1)> .
        <act> rdfs:label "act" . <low> rdfs:label "low" . <d> rdfs:label "d" . <d/p1> g7:order 1 . {statements}"""
    with serve_data(folder, text) as (client, _):
        yield client


def test_a_long_list_is_cut_and_says_so(crowded: httpx.Client) -> None:
    mentions = section(page(crowded, "organisation/o"), "What is said of it")
    assert mentions[0].words == f"d {MANY} statements"
    assert links(mentions, "gist") == [f"/doc/d/p1/s{n}" for n in range(100)]
    (more,) = [element for element in mentions if element.tag == "p"]
    assert more.words == "Only the first 100 are listed. Open the query and raise its limit for more."
    assert links([more])[0].startswith("/query?query=")


def test_what_points_to_a_resource_is_paged_to_its_end(crowded: httpx.Client) -> None:
    path, shown, pages = "/doc/organisation/o.html", set[str](), 0
    while path:
        found = read_page(crowded.get(path).text)
        (everything,) = found.find("details", "everything")
        shown |= {link for link in links(everything.find("dl", "properties")[1:]) if link.startswith("/doc/d/")}
        path = next((link.attributes["href"] for link in everything.find("a", rel="next")), "")
        pages += 1
    assert (len(shown), pages) == (MANY, 3)


def test_the_page_of_a_resource_of_each_class_is_well_formed(client: httpx.Client, store: Store) -> None:
    """One of each class: a tag for each end, one heading of the first rank and none skipped, no id twice."""
    query = 'SELECT (MIN(STR(?s)) AS ?one) { ?s a ?class FILTER(CONTAINS(STR(?s), "/g7kg/id/")) } GROUP BY ?class'
    found = ask(store, query)
    assert len(found) > 25
    for (path,) in found:
        shown = page(client, path)
        ranks = [int(element.tag[1]) for element in shown.find() if element.tag in {"h1", "h2", "h3", "h4"}]
        assert (path, ranks[0], ranks.count(1)) == (path, 1, 1)
        assert all(after <= before + 1 for before, after in pairwise(ranks)), path
        names = [element.attributes["id"] for element in shown.find() if "id" in element.attributes]
        assert len(names) == len(set(names)), path
