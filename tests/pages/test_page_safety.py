"""Pages that stay up: whatever is asked for, and whatever other people's data says in our terms."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import product
from pathlib import Path
from string import ascii_lowercase

import httpx
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple
from tests.helpers.server import Server, serve_data
from tests.helpers.sparql import PREFIXES

from g7kg.dataset.description import Description
from g7kg.pages.contents import arrange_parts
from g7kg.pages.ontology import DEEPEST, ConceptEntry, TermEntry, arrange_concepts, order_classes
from g7kg.pages.shapes import group_requirements
from g7kg.rdf.jsonld import Terms, compact
from g7kg.rdf.vocab import BASE, G7, IDENTIFIERS, RDF, RDFS, SH, SKOS
from g7kg.search import Wish, read_wording
from g7kg.search.finding import find
from g7kg.snapshot.index import open_index, write_index

E = "http://e/"
OWN = "PREFIX : <https://w3id.org/g7kg/id/> PREFIX scheme: <https://w3id.org/g7kg/scheme/>\n"
FOREIGN = """\
:中 a g7:Initiative ; rdfs:label "<b>中" ; foaf:page <https://例.jp/é>, <javascript:alert(1)> .
:undated a g7:Declaration ; dcterms:title "No day" .
:part a g7:Paragraph ; g7:inDocument :undated .
:lost a g7:Undertaking, g7:Request ; rdfs:label "Lost" .
:report a g7:FollowUp ; g7:followUpOf :lost ; g7:evidence :evidence ; g7:status :done ; g7:confidence "maybe" .
:evidence g7:inDocument :unknown .
:done rdfs:label "done" .
:circle a skos:Concept ; rdfs:label "Circle" ; skos:broader :circle ; dcterms:isPartOf :circle .
:circle g7:about [ g7:about [] ] .
:ontology a owl:Ontology .
:owed a g7:Undertaking ; rdfs:label "Owed" .
scheme:deep a skos:ConceptScheme ; rdfs:label "Deep" .
"""
"""Data of other people: IRIs that are not ASCII, documents without a day or never described, circles, blank nodes."""

DEBTORS = 3000


def write_foreign() -> str:
    chain = "".join(
        f':c{n} skos:inScheme scheme:deep ; rdfs:label "c{n}" ; skos:definition "d" ; skos:broader :c{n - 1} .\n'
        for n in range(600)
    )
    lattice = "".join(
        f":k{n} a owl:Class ; rdfs:isDefinedBy :ontology ; rdfs:subClassOf :k{n - n % 2 - 1}, :k{n - n % 2 - 2} .\n"
        for n in range(60)
    ).replace(":k-", ":none")
    debtors = ", ".join(f":debtor{n}" for n in range(DEBTORS))
    labels = "".join(f':debtor{n} rdfs:label "debtor {n}" .\n' for n in range(DEBTORS))
    return f"{PREFIXES}{OWN}{FOREIGN}{chain}{lattice}:owed g7:debtor {debtors} .\n{labels}"


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve_data(tmp_path_factory.mktemp("foreign"), write_foreign(), "--workers", "4") as (_, server):
        yield server


def get(server: Server, path: str, accept: str = "text/html") -> httpx.Response:
    return httpx.get(server.base + path, headers={"Accept": accept}, timeout=20)


PAGES = (
    *("/", "/undertakings", "/undertakings.csv", "/undertakings.json", "/coverage", "/dataset", "/sitemap.xml"),
    *("/compare", "/glossary", "/about", "/help", "/embed/doc/lost", "/embed/doc/owed", "/undertakings.xlsx"),
    *(f"/doc/{name}" for name in ("undated", "lost", "report", "evidence", "circle", "ontology", "owed")),
    *("/scheme/deep", "/search?q=debtor&size=1000", "/queries/undertakings"),
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_other_peoples_data_is_there(foreign: Server, path: str) -> None:
    assert get(foreign, path).status_code == 200


@pytest.mark.parametrize("extension", ["html", "ttl", "jsonld", "json", "csv", "trig"])
def test_a_thing_whose_iri_is_not_ascii_is_described_and_its_headers_are_uris(foreign: Server, extension: str) -> None:
    response = get(foreign, f"/doc/%E4%B8%AD.{extension}")
    assert response.status_code == 200
    assert response.headers["content-location"] == f"/doc/%E4%B8%AD.{extension}"
    assert f'<{IDENTIFIERS}%E4%B8%AD>; rel="cite-as"' in response.headers["link"]
    if extension == "html":
        assert '<https://%E4%BE%8B.jp/%C3%A9>; rel="item"' in response.headers["link"]
        assert "<b>" not in response.text
        assert 'href="javascript:' not in response.text


def test_the_linkset_of_a_thing_whose_iri_is_not_ascii_has_addresses_that_answer(foreign: Server) -> None:
    page, *_ = get(foreign, "/linkset/doc/%E4%B8%AD", "*/*").json()["linkset"]
    addresses = [link["href"] for link in page["describedby"]]
    assert addresses[0] == f"{foreign.base}/doc/%E4%B8%AD.ttl"
    assert {httpx.get(address, timeout=20).status_code for address in addresses} == {200}


def test_sixteen_thousand_parameters_are_read(client: httpx.Client) -> None:
    names = ("".join(letters) for letters in product(ascii_lowercase, repeat=3))
    parameters = "&".join(name for name, _ in zip(names, range(16_000), strict=False))
    assert client.get(f"/queries/undertakings?{parameters}").status_code == 200


ADDRESSES = (
    *("/doc/%00", "/doc/..%2f..%2fetc/passwd", "/doc/%22%3E", "/doc/%0d%0aX:y", "/doc/" + "a/" * 2000),
    *("/static/%00", "/static/..%2fapp.py", "/query/editor/..%2f..%2fapp.py", "/dataset/x/..%2fmanifest.json"),
    *("/q/a", "/q/" + "a" * 20_000, "/q/%00", "/undertakings?page=%D9%A1", "/undertakings?due-from=0000-00-00"),
    *("/search?q=" + "%20".join("abcdefghijklmnopqrstuvwxyz" * 9), "/search?q=%ED%A0%80&size=1000", "/search.ttl?q=x"),
    *("/queries/undertakings?size=%C2%B2", "/queries/undertakings.", "/ontology.html.html", "/ontology?after=%00"),
    *("/graph/%E4%B8%AD", "/linkset/graph/registry", "/linkset/%22", "/store?graph=%22", "/validation.%00", "//doc/x"),
    *("/id//e.example", "/undertakings/", "/.well-known/"),
)


@pytest.mark.parametrize("accept", ["text/html", "*/*", "text/csv;q=0.1, application/json;q=0"])
def test_no_address_makes_a_defect_show(client: httpx.Client, accept: str) -> None:
    for address in ADDRESSES:
        response = client.get(address, headers={"Accept": accept})
        assert response.status_code < 500, address
        if response.headers.get("content-type", "").startswith("text/html"):
            assert "default-src 'none'" in response.headers["content-security-policy"], address


def to_term(name: str, *supers: str) -> TermEntry:
    return TermEntry(name, name, "", "", {"Subclass of": supers} if supers else {}, 0)


def test_classes_in_circles_and_with_many_superclasses_stand_once() -> None:
    names = ("a", "b", "c", "d", "e")
    classes = [to_term(name) for name in names]
    known: dict[str, tuple[str, ...]] = {"a": (), "b": ("a",), "c": ("a", "b"), "d": ("e",), "e": ("d",), "f": ("f",)}
    lattice = [to_term(name, *supers) for name, supers in known.items()]
    assert [(term.iri, term.depth) for term in order_classes(classes)] == [(name, 0) for name in names]
    ordered = [(term.iri, term.depth) for term in order_classes(lattice)]
    assert ordered == [("a", 0), ("b", 1), ("c", 1), ("d", 0), ("e", 1), ("f", 0)]


def count_levels(concepts: tuple[ConceptEntry, ...]) -> int:
    return 1 + max(count_levels(concept.narrower) for concept in concepts) if concepts else 0


def test_a_chain_of_concepts_is_shown_whole_and_its_lists_end(foreign: Server) -> None:
    page = get(foreign, "/scheme/deep").text
    assert [f'id="c{number}"' in page for number in range(600)] == [True] * 600
    assert page.count('<ul class="concepts">') == DEEPEST + 1


def test_concepts_in_a_circle_come_last_each_once() -> None:
    scheme = NamedNode(f"{BASE}scheme/s")
    broader = {"a": "b", "b": "a", "c": "c", "z": ""}
    quads = [Quad(NamedNode(E + name), SKOS("inScheme"), scheme) for name in broader]
    quads += [Quad(NamedNode(E + name), SKOS("definition"), Literal("d")) for name in broader]
    quads += [Quad(NamedNode(E + name), SKOS("broader"), NamedNode(E + other)) for name, other in broader.items()]
    concepts = arrange_concepts(Description(scheme, tuple(quads), "", None), {})
    assert [(one.name, [two.name for two in one.narrower]) for one in concepts] == [("z", []), ("a", ["b"]), ("c", [])]
    assert count_levels(concepts) == 2


def test_twenty_thousand_labels_become_json_ld_each_once() -> None:
    thing = NamedNode(E + "thing")
    triples = [Triple(thing, RDFS("label"), Literal(f"label {number}")) for number in range(20_000)]
    [node] = compact(thing, triples * 2, Terms({}))["@graph"]
    assert len(node["rdfs:label"]) == 20_000


def test_circles_of_blank_nodes_in_the_shapes_are_cut() -> None:
    shape, path, ring, inner = NamedNode(E + "S-1"), BlankNode(), BlankNode(), BlankNode()
    quads = [
        Quad(shape, SH("message"), Literal("S-1 (s): is needed. Repair: add it.")),
        Quad(shape, SH("path"), path),
        Quad(path, SH("inversePath"), path),
        Quad(shape, SH("in"), ring),
        Quad(ring, RDF("first"), Literal("1")),
        Quad(ring, RDF("rest"), ring),
        Quad(shape, SH("node"), inner),
        Quad(inner, SH("not"), inner),
        Quad(shape, SH("minCount"), Literal("1")),
    ]
    [group] = group_requirements(quads)
    assert [(one.path, one.parameters) for one in group.requirements] == [("", (("minCount", "1"),))]


def test_a_text_that_says_a_word_ten_thousand_times_is_shown_by_its_beginning(tmp_path: Path) -> None:
    store = Store()
    store.add(Quad(NamedNode(E + "a"), RDFS("label"), Literal("Label")))
    store.add(Quad(NamedNode(E + "a"), RDFS("comment"), Literal("word " * 40_000)))
    write_index(store, tmp_path)
    with closing(open_index(tmp_path)) as index:
        [hit] = find(index, Wish(read_wording("word"))).hits
    [run] = hit.snippet  # to mark the words takes SQLite time with the square of the length
    assert (run.text[-6:], run.marked) == ("word …", False)


def test_a_span_without_numbers_covers_nothing() -> None:
    part = {"part": "d/p", "document": "d", "parent": "d", "class": G7("Paragraph").value, "text": "Words."}
    row = {"statement": "d/p/s", "part": "d/p", "start": "first", "end": "9" * 5000}
    [arranged] = arrange_parts([part], [row], [])
    assert [(segment.text, segment.numbers) for segment in arranged.words] == [("Words.", ())]
    assert len(arranged.statements) == 1


def test_a_client_that_opens_many_pages_at_once_gets_them_all(client: httpx.Client, server: str) -> None:
    """A page asks a dozen questions; they must not use up their own client's share of the queue."""
    names = ("oecd", "unesco", "undp", "itu", "g7-ministers-industry-technology-digital", "gpai", "g7")
    paths = [f"/doc/organisation/{name}" for name in names]
    paths = [path for path in paths if client.head(f"{path}.nt").status_code == 200]
    assert len(paths) >= 5
    addresses = [f"{server}{path}.html?after={number}" for path in paths for number in range(4)]
    with ThreadPoolExecutor(len(addresses)) as pool:
        found = Counter(
            response.status_code for response in pool.map(lambda url: httpx.get(url, timeout=600), addresses)
        )
    assert found == {200: len(addresses)}
