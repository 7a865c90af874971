"""The pages of the ontology, the schemes and the shapes, over HTTP; what they are drawn and read from, by itself."""

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

import httpx
import pyoxigraph as ox
import pytest
from tests.helpers.markup import Element
from tests.helpers.pages import fetch
from tests.helpers.sparql import select

from g7kg.pages.drawing import bars
from g7kg.pages.drawing.bars import SCALE, stack_bars
from g7kg.pages.shapes import ShapeGroup, group_requirements
from g7kg.rdf.vocab import BASE, G7


def ask(store: ox.Store, query: str) -> Iterator[list[str]]:
    for solution in select(store, query):
        yield [value.value if isinstance(value, ox.NamedNode | ox.Literal) else "" for value in solution]


def at(page: Element, anchor: str) -> Element:
    (found,) = page.find(id=anchor)
    return found


def facts(element: Element) -> dict[str, str]:
    (listed,) = element.find("dl", "facts")
    return {row.find("dt")[0].words: row.find("dd")[0].words for row in listed.find("div")}


def test_bars_stand_one_after_the_other_on_one_scale() -> None:
    rows: list[bars.Row] = [("one", [("low", 1, None), ("high", 3, "/h")]), ("two", [("none", 2, None)])]
    chart = stack_bars(rows, ["high", "low"])
    assert chart.legend == ("high", "low", "none")
    assert [(bar.label, bar.total, bar.words) for bar in chart.bars] == [("one", 4, "high 3, low 1"), ("two", 2, "")]
    assert chart.bars[0].segments == (
        bars.Segment("high", 3, "/h", 1, 0.0, 750.0),
        bars.Segment("low", 1, None, 2, 750.0, 250.0),
    )
    assert chart.bars[1].segments == (bars.Segment("none", 2, None, 3, 0.0, 500.0),)


def test_bars_may_be_parts_of_a_whole() -> None:
    (bar,) = stack_bars([("one", [("covered", 5, None)])], whole=20).bars
    assert bar.segments[0].length == SCALE / 4


@pytest.mark.parametrize("rows", [[], [("empty", [])], [("none", [("low", 0, None)])]], ids=str)
def test_bars_of_nothing_have_no_length(rows: list[tuple[str, list[tuple[str, int, None]]]]) -> None:
    chart = stack_bars(rows)
    assert sum(part.length for bar in chart.bars for part in bar.segments) == 0


SHAPES = """
@prefix : <https://w3id.org/g7kg/shapes#> .
@prefix g7: <https://w3id.org/g7kg/ontology#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
:LakeShape a sh:NodeShape ; sh:targetClass g7:Event ; sh:name "lake"@en ; sh:property :LakeShape-01 .
:LakeShape-01 a sh:PropertyShape ; sh:path ( [ sh:inversePath g7:about ] [ sh:zeroOrMorePath g7:buildsOn ] ) ;
  sh:maxCount 1 ; sh:class g7:Statement ; sh:name "depth"@en ;
  sh:message "LK-01 (lake): one tells its depth. Repair: add about."@en ; sh:severity sh:Warning .
:LakeShape-02 a sh:NodeShape ; sh:targetClass g7:Event ;
  sh:or ( [ sh:property [ sh:path g7:due ; sh:maxCount 0 ] ] [ sh:class g7:Meeting ] ) ;
  sh:message "LK-02 (lake): it is not due. Repair: mend it."@en .
:LakeShape-03 a sh:NodeShape ; sh:targetClass g7:Event ; sh:closed true ; sh:ignoredProperties ( g7:gist g7:due ) ;
  sh:message "LK-03 (lake): closed."@en .
:RiverShape-90 a sh:NodeShape ; sh:nodeKind sh:Literal ; sh:message "RV-90 (river): it flows. Repair: dig."@en ;
  sh:target [ a sh:SPARQLTarget ; sh:select \"\"\"
    SELECT ?this WHERE {
      ?this g7:order ?order .
    }\"\"\" ] .
"""


@pytest.fixture(scope="module")
def groups() -> dict[str, ShapeGroup]:
    quads = ox.parse(SHAPES.encode(), format=ox.RdfFormat.TURTLE)
    return {group.anchor: group for group in group_requirements(quads)}


def test_requirements_are_grouped_by_their_shape(groups: Mapping[str, ShapeGroup]) -> None:
    lake, river = groups["LakeShape"], groups["RiverShape"]
    assert (lake.name, lake.prefix, lake.classes) == ("lake", "LK", (f"{BASE}ontology#Event",))
    assert (river.name, river.prefix, river.classes) == ("river", "RV", ())
    assert [one.shape.id for one in lake.requirements] == ["LK-01", "LK-02", "LK-03"]


def test_a_requirement_is_told_in_words(groups: Mapping[str, ShapeGroup]) -> None:
    path, either, closed = groups["LakeShape"].requirements
    assert (path.path, path.parameters) == ("^g7:about/g7:buildsOn*", (("class", "g7:Statement"), ("maxCount", "1")))
    assert (path.sentence, path.shape.repair) == ("One tells its depth.", "add about.")
    assert either.parameters == (("or", "(g7:due maxCount 0), (class g7:Meeting)"),)
    assert closed.parameters == (("closed", "true"), ("ignoredProperties", "g7:gist, g7:due"))
    (query,) = groups["RiverShape"].requirements
    assert query.query == "SELECT ?this WHERE {\n  ?this g7:order ?order .\n}"


def test_a_requirement_names_the_terms_that_it_holds(groups: Mapping[str, ShapeGroup]) -> None:
    found = [{iri.removeprefix(G7.iri) for iri in one.terms} for group in groups.values() for one in group.requirements]
    assert found == [{"about", "buildsOn", "Statement"}, {"Event", "due", "Meeting"}, {"Event"}, {"order"}]


def test_every_term_of_the_ontology_stands_at_its_fragment(client: httpx.Client, store: ox.Store) -> None:
    page = fetch(client, "/ontology")
    query = """SELECT ?term ?label ?definition ?example WHERE {
        ?term rdfs:isDefinedBy <https://w3id.org/g7kg/ontology> ; rdfs:label ?label ;
          skos:definition ?definition ; skos:example ?example }"""
    terms = list(ask(store, query))
    assert len(terms) > 90
    for iri, label, definition, example in terms:
        entry = at(page, iri.removeprefix(G7.iri))
        assert entry.words.startswith(f"{label} g7:{iri.removeprefix(G7.iri)} {definition}")
        assert f"Example: {example}" in entry.words


def test_a_term_tells_its_relations_its_use_and_what_holds_it(client: httpx.Client, store: ox.Store) -> None:
    page = fetch(client, "/ontology")
    told = facts(at(page, "Commitment"))
    ((count,),) = ask(store, "SELECT (COUNT(*) AS ?n) WHERE { ?s a g7:Commitment }")
    assert told["Subclass of"] == "g7:Undertaking"
    assert told["See also"] == "odrl:Duty"
    assert told["Used"] == f"{count} instances"
    assert "CommitmentShape" in told["Held by"].split(", ")
    told = facts(at(page, "expresses"))
    ((count,),) = ask(store, "SELECT (COUNT(*) AS ?n) WHERE { ?s g7:expresses ?o }")
    assert (told["Of"], told["Value"], told["Used"]) == ("g7:Statement", "g7:Undertaking", f"{count} times")
    assert {"ST-12", "ST-91"} <= set(told["Held by"].split(", "))


def test_the_use_of_a_term_leads_to_the_query_for_it(client: httpx.Client, store: ox.Store) -> None:
    entry = at(fetch(client, "/ontology"), "Minister")
    (link,) = [a for a in entry.find("a") if a.attributes["href"].startswith("/query?")]
    (query,) = parse_qs(urlsplit(link.attributes["href"]).query)["query"]
    assert f"{len(select(store, query))} instances" == link.words


def test_the_overview_tells_which_classes_each_property_links(client: httpx.Client) -> None:
    (table,) = fetch(client, "/ontology").find("table")
    rows = [[cell.words for cell in row.find("td")] for row in table.find("tr")]
    assert ["g7:Meeting", "g7:adopted", "g7:Document"] in rows
    assert ["g7:Statement", "g7:expresses, g7:followUpOf, g7:restates", "g7:Undertaking"] in rows
    properties = [name for _, names, _ in rows[1:] for name in names.split(", ")]
    assert len(properties) == len(set(properties)) > 20
    assert {a.attributes["href"] for a in table.find("a")} >= {"/ontology#Statement", "/ontology#Part"}


def test_every_requirement_stands_at_its_fragment_with_number_message_and_severity(
    client: httpx.Client, store: ox.Store
) -> None:
    page = fetch(client, "/shapes")
    query = "SELECT ?shape ?message ?severity WHERE { ?shape sh:message ?message ; sh:severity ?severity }"
    requirements = list(ask(store, query))
    assert len(requirements) > 300
    for iri, message, severity in requirements:
        entry = at(page, iri.rpartition("#")[2])
        number, _, rest = message.partition(" (")
        assert entry.find("p", "number")[0].words == number
        sentence = rest.partition("): ")[2]
        assert sentence[1:] in entry.words
        shown = [one.words for one in entry.find("span", "severity")]
        assert shown == ([] if severity.endswith("Violation") else [severity.rpartition("#")[2].lower()])
    for (iri,) in ask(store, "SELECT DISTINCT ?shape WHERE { ?shape sh:property ?other . FILTER(isIRI(?shape)) }"):
        assert at(page, iri.rpartition("#")[2]).find("h2")


def test_a_shape_tells_what_it_looks_at_and_how_many_that_are(client: httpx.Client, store: ox.Store) -> None:
    page = fetch(client, "/shapes")
    ((count,),) = ask(store, "SELECT (COUNT(*) AS ?n) WHERE { ?s a g7:Commitment }")
    assert f"Looks at g7:Commitment: {count} things in this graph." in at(page, "CommitmentShape").words
    assert "Looks at the whole graph by queries." in at(page, "LabelShape").words
    assert "Looks at owl:Ontology: 1 thing in this graph." in at(page, "OntologyShape").words
    assert "SELECT DISTINCT ?this WHERE {" in at(page, "LabelShape-91").find("pre")[0].text


def test_a_scheme_shows_its_concepts_below_one_another_with_their_use(client: httpx.Client, store: ox.Store) -> None:
    page = fetch(client, "/scheme/speech-act")
    query = "SELECT ?act (COUNT(*) AS ?n) WHERE { ?s g7:speechAct ?act } GROUP BY ?act"
    counts = {iri.rpartition("/")[2]: n for iri, n in ask(store, query)}
    assert len(counts) > 30
    for name, count in counts.items():
        assert (
            at(page, name).find("p", "uses")[0].find("span")[0].words == f"{count} {'use' if count == '1' else 'uses'}"
        )
    assert [item.attributes["id"] for item in at(page, "endorse").above() if item.tag == "li"] == ["declarative"]
    assert "To tell a fact without a verb of speaking." in at(page, "state").words
    assert f"used {sum(map(int, counts.values()))} times in this graph" in page.words


@pytest.mark.parametrize("name", ["confidence", "follow-up-status", "normalisation", "role", "strength", "topic"])
def test_every_scheme_has_a_page_with_all_its_concepts(name: str, client: httpx.Client, store: ox.Store) -> None:
    page = fetch(client, f"/scheme/{name}")
    concepts = list(ask(store, f"SELECT ?c WHERE {{ ?c skos:inScheme <{BASE}scheme/{name}> }}"))
    assert {item.attributes["id"] for item in page.find("li") if "id" in item.attributes} == {
        iri.rpartition("/")[2] for (iri,) in concepts
    }


@pytest.mark.parametrize("path", ["/ontology", "/shapes"])
def test_a_version_has_the_page_and_the_data_of_what_it_is_a_version_of(path: str, client: httpx.Client) -> None:
    assert fetch(client, f"{path}/1.2.0").find("h1")[0].words == fetch(client, path).find("h1")[0].words
    versioned, current = client.get(f"{path}/1.2.0.nt").content, client.get(f"{path}.nt").content
    triples = [set(ox.parse(body, format=ox.RdfFormat.N_TRIPLES)) for body in (versioned, current)]
    assert triples[0] == triples[1]


def test_the_context_is_cached_and_open_to_scripts(client: httpx.Client) -> None:
    response = client.get("/context.jsonld")
    assert (response.headers["content-type"], response.json()["@context"]["@version"]) == ("application/ld+json", 1.1)
    assert response.headers["access-control-allow-origin"] == "*"
    again = client.get("/context.jsonld", headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


PAGES_OF_QUERIES = ("/ontology", "/shapes", "/scheme/topic", "/coverage", "/validation", "/doc/organisation/oecd")


@pytest.mark.parametrize("path", [*PAGES_OF_QUERIES, "/doc/undertaking/ai-public-sector-toolkit"])
def test_each_page_shows_the_queries_that_it_is_made_of(path: str, client: httpx.Client) -> None:
    links = fetch(client, path).find("details", "evidence")[0].find("a")
    assert len(links) >= 2
    for link in links:
        (query,) = parse_qs(urlsplit(link.attributes["href"]).query)["query"]
        rows = client.get("/sparql", params={"query": query, "format": "csv"})
        assert rows.status_code == 200, query
        assert len(rows.text.splitlines()) > 1 or link.words == "What points to the resource?", query
