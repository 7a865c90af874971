"""Linked data over HTTP: every format, typed links, conditional requests, what is gone, what leads machines here."""

import csv
import io
import re
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from pyld import jsonld
from pyoxigraph import NamedNode, RdfFormat, Store, Triple
from tests.helpers.project import QUICK, quiet
from tests.helpers.server import ask_server, serve_data

from g7kg.build.snapshot import Snapshot, build_snapshot
from g7kg.errors import G7kgError
from g7kg.mapping.workspace import Workspace

BASE = "https://w3id.org/g7kg/"
RDF_FORMATS = {
    "ttl": RdfFormat.TURTLE,
    "jsonld": RdfFormat.JSON_LD,
    "nt": RdfFormat.N_TRIPLES,
    "rdf": RdfFormat.RDF_XML,
    "trig": RdfFormat.TRIG,
    "nq": RdfFormat.N_QUADS,
}
MEDIA_TYPES = {
    "html": "text/html",
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "trig": "application/trig",
    "nq": "application/n-quads",
    "json": "application/json",
    "csv": "text/csv",
}
PATHS = [
    "doc/cernobbio-como-2024/p4/s3",
    "doc/undertaking/ai-public-sector-toolkit",
    "ontology",
    "scheme/topic",
    "scheme/speech-act/endorse",
    "dataset",
]


def parse(response: httpx.Response, name: str) -> set[Triple]:
    return {quad.triple for quad in ox.parse(response.content, format=RDF_FORMATS[name])}


@pytest.mark.parametrize("path", PATHS)
def test_all_formats_of_a_document_hold_the_same_triples(path: str, client: httpx.Client) -> None:
    graphs = {}
    for name in RDF_FORMATS:
        response = client.get(f"/{path}.{name}")
        assert (response.status_code, response.headers["content-location"]) == (200, f"/{path}.{name}")
        graphs[name] = parse(response, name)
    assert len(graphs["nt"]) > 5
    assert [name for name, graph in graphs.items() if graph != graphs["nt"]] == []
    assert any(triple.subject == NamedNode(BASE + path.replace("doc/", "id/")) for triple in graphs["nt"])


@pytest.mark.parametrize("path", PATHS[:3])
def test_another_json_ld_processor_reads_the_same_triples(path: str, client: httpx.Client) -> None:
    document = client.get(f"/{path}.jsonld").json()
    nquads = jsonld.to_rdf(document, {"format": "application/n-quads"})
    read = {quad.triple for quad in ox.parse(nquads, format=RdfFormat.N_QUADS)}
    assert read == parse(client.get(f"/{path}.nt"), "nt")
    assert document["@graph"][0]["id"] == BASE + path.replace("doc/", "id/")


def test_json_ld_is_in_the_terms_of_the_context(client: httpx.Client) -> None:
    first = client.get("/doc/cernobbio-como-2024/p4/s3.jsonld").json()["@graph"][0]
    assert first["type"] == "Statement"
    assert first["speechAct"] == "report"
    assert first["span"] == f"{BASE}id/cernobbio-como-2024/p4/s3/span"
    assert isinstance(first["gist"], str)


def test_quads_stand_in_their_graphs(client: httpx.Client, store: Store) -> None:
    response = client.get("/doc/undertaking/ai-public-sector-toolkit.nq")
    quads = set(ox.parse(response.content, format=RdfFormat.N_QUADS))
    document = NamedNode(f"{BASE}doc/undertaking/ai-public-sector-toolkit")
    own = {quad for quad in quads if quad.subject == document}
    assert quads - own <= set(store)
    assert {(quad.predicate.value.rpartition("/")[2], str(quad.object).strip("<>")) for quad in own} == {
        ("license", "https://creativecommons.org/licenses/by/4.0/"),
        ("isPartOf", f"{BASE}dataset"),
        ("primaryTopic", f"{BASE}id/undertaking/ai-public-sector-toolkit"),
    }
    assert {quad.graph_name.value for quad in quads if isinstance(quad.graph_name, NamedNode)} >= {
        f"{BASE}graph/registry",
        f"{BASE}graph/derived",
    }


def test_plain_json_and_csv_tell_the_same(client: httpx.Client) -> None:
    found = client.get("/doc/person/alessio-butti.json").json()
    assert (found["iri"], found["label"]) == (f"{BASE}id/person/alessio-butti", "Alessio Butti")
    assert "g7:Minister" in found["types"]
    assert {"type": "uri", "value": f"{BASE}ontology#Minister", "label": "minister"} in found["properties"]["rdf:type"]
    rows = list(csv.DictReader(io.StringIO(client.get("/doc/person/alessio-butti.csv").text)))
    own = [row for row in rows if row["subject"] == found["iri"]]
    assert len(own) == sum(len(values) for values in found["properties"].values())
    assert [row["value"] for row in own if row["property"].endswith("#label")] == ["Alessio Butti"]


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        *((media_type, name) for name, media_type in MEDIA_TYPES.items()),
        ("*/*", "html"),
        ("text/html,*/*;q=0.1", "html"),
        ("text/html;q=0.4, application/n-quads;q=0.5", "nq"),
        ("application/json, application/ld+json;q=0.9", "json"),
        ("application/ld+json, application/json;q=0.9", "jsonld"),
        ("application/xml", "rdf"),
        ("text/html;q=0, text/*;q=0.5", "ttl"),
    ],
)
def test_a_document_negotiates(accept: str, name: str, client: httpx.Client) -> None:
    response = client.get("/doc/organisation/oecd", headers={"Accept": accept})
    assert response.headers["content-location"] == f"/doc/organisation/oecd.{name}"
    assert response.headers["content-type"].partition(";")[0] == MEDIA_TYPES[name]
    assert "Accept" in response.headers["vary"].split(", ")


def links_of(response: httpx.Response) -> set[tuple[str, str, str]]:
    found = re.findall(r'<([^>]+)>; rel="([^"]+)"(?:; type="([^"]+)")?', response.headers["link"])
    return {(relation, target, media_type) for target, relation, media_type in found}


def test_typed_links_lead_from_the_page_to_the_data_and_back(client: httpx.Client) -> None:
    path = "/doc/cernobbio-como-2024"
    assert links_of(client.get(path, headers={"Accept": "text/html"})) >= {
        ("cite-as", f"{BASE}id/cernobbio-como-2024", ""),
        ("describedby", f"{path}.ttl", "text/turtle"),
        ("alternate", f"{path}.jsonld", "application/ld+json"),
        ("license", "https://creativecommons.org/licenses/by/4.0/", ""),
        ("type", "https://schema.org/AboutPage", ""),
        ("item", "https://g7.utoronto.ca/ict/241015-joint-statement.html", "text/html"),
        ("linkset", f"/linkset{path}", "application/linkset+json"),
    }
    assert links_of(client.get(f"{path}.ttl")) >= {
        ("describes", f"{BASE}id/cernobbio-como-2024", ""),
        ("collection", path, "text/html"),
        ("profile", f"{BASE}shapes", ""),
    }


def test_a_linkset_has_the_links_of_the_page_and_of_each_representation(client: httpx.Client, server: str) -> None:
    response = client.get("/linkset/doc/organisation/oecd")
    assert response.headers["content-type"] == "application/linkset+json"
    contexts = {context["anchor"]: context for context in response.json()["linkset"]}
    page = f"{server}/doc/organisation/oecd"
    assert set(contexts) == {page, *(f"{page}.{name}" for name in MEDIA_TYPES if name != "html")}
    assert contexts[page]["cite-as"] == [{"href": f"{BASE}id/organisation/oecd"}]
    assert {"href": f"{page}.csv", "type": "text/csv"} in contexts[page]["describedby"]
    assert contexts[f"{page}.nq"]["collection"] == [{"href": page, "type": "text/html"}]
    assert client.get("/linkset/doc/organisation/nobody").status_code == 404


def test_links_to_a_resource_come_in_pages_that_make_the_whole(client: httpx.Client, store: Store) -> None:
    iri = NamedNode(f"{BASE}id/verona-trento-2024")
    membership = ("isDefinedBy", "inScheme", "topConceptOf")
    expected = {
        quad.triple
        for quad in store.quads_for_pattern(None, None, iri, ox.DefaultGraph())
        if isinstance(quad.subject, NamedNode) and quad.subject != iri and not quad.predicate.value.endswith(membership)
    }
    assert len(expected) > 300
    found: set[Triple] = set()
    address: str | None = "/doc/verona-trento-2024.nt"
    pages = 0
    while address:
        response = client.get(address)
        about = {iri, NamedNode(f"{BASE}doc/verona-trento-2024")}
        links = {triple for triple in parse(response, "nt") if triple.object == iri and triple.subject not in about}
        assert len(links) <= 200
        found |= links
        following = [target for relation, target, _ in links_of(response) if relation == "next"]
        address, pages = (following[0] if following else None), pages + 1
    assert found == expected
    assert pages == -(-len(expected) // 200)


def test_a_client_that_has_the_representation_gets_no_body(client: httpx.Client) -> None:
    first = client.get("/doc/organisation/oecd.ttl")
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", modified)

    def ask(**headers: str) -> int:
        asked = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.get("/doc/organisation/oecd.ttl", headers=asked).status_code

    assert ask(If_None_Match=etag) == 304
    assert ask(If_Modified_Since=modified) == 304
    assert ask(If_Modified_Since="Thu, 01 Jan 2099 00:00:00 GMT") == 200
    assert ask(If_None_Match='"other"', If_Modified_Since=modified) == 200


RETIRED = """
<https://w3id.org/g7kg/id/organisation/{name}> owl:deprecated true ;
  rdfs:comment "Two entries for one organisation."@en ;
  dcterms:isReplacedBy <https://w3id.org/g7kg/id/organisation/oecd> .
"""


def test_what_was_retired_is_gone_and_says_what_replaces_it(built: tuple[Workspace, Snapshot], tmp_path: Path) -> None:
    changed, _ = built
    with (changed.ontology / "catalogue" / "retired.ttl").open("a", encoding="utf-8") as file:
        file.write(RETIRED.format(name="oecd-secretariat"))
    snapshot = build_snapshot(changed, changed.output, None, quiet, QUICK)
    with ask_server(tmp_path / "log", "--snapshot", snapshot.folder) as (client, _):
        client.follow_redirects = True
        for name in ("html", "ttl", "json"):
            response = client.get("/id/organisation/oecd-secretariat", headers={"Accept": MEDIA_TYPES[name]})
            assert response.status_code == 410
            assert f"{BASE}id/organisation/oecd" in response.text
            assert "Two entries for one organisation." in response.text


def test_an_iri_that_was_retired_is_never_used_again(small: Workspace) -> None:
    with (small.ontology / "catalogue" / "retired.ttl").open("a", encoding="utf-8") as file:
        file.write(RETIRED.format(name="g7"))
    with pytest.raises(G7kgError, match="organisation/g7 was retired"):
        build_snapshot(small, small.output, None, quiet, QUICK)


def test_an_address_that_was_set_wins_over_what_a_request_says(snapshot: Snapshot, tmp_path: Path) -> None:
    options = ("--snapshot", snapshot.folder, "--public-url", "https://g7kg.example.org")
    with ask_server(tmp_path / "log", *options) as (client, _):
        poison = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
        for path in ("/", "/void.ttl", "/sitemap.xml", "/robots.txt", "/linkset/dataset", "/sparql", "/opensearch.xml"):
            text = client.get(path, headers=poison).text
            assert "evil.example" not in text, path
        assert "https://g7kg.example.org/sparql" in client.get("/void.ttl").text


def test_a_table_is_described_and_a_304_says_where_it_stands(client: httpx.Client, snapshot: Snapshot) -> None:
    table = client.head(f"/dataset/{snapshot.manifest.digest}/g7kg-statements.csv")
    assert table.headers["Link"] == '<g7kg-tables.json>; rel="describedby"; type="application/csvm+json"'
    accept = {"Accept": "application/json, text/turtle"}
    lists = ("/search?q=toolkit", "/undertakings", "/queries/undertakings")
    for path in ("/doc/organisation/oecd", "/graph/registry", *lists):
        first = client.get(path, headers=accept)
        again = client.get(path, headers={**accept, "If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.headers["Content-Location"]) == (304, first.headers["Content-Location"]), path


def test_methods_and_codings_are_as_they_should(client: httpx.Client) -> None:
    for path, methods in {
        "/doc/organisation/oecd": "GET, HEAD, OPTIONS",
        "/sparql": "GET, HEAD, POST, OPTIONS",
        "/validate": "GET, HEAD, POST, OPTIONS",
    }.items():
        refused, told = client.request("DELETE", path), client.options(path)
        assert (refused.status_code, refused.headers["Allow"]) == (405, methods)
        assert (told.status_code, told.headers["Allow"]) == (204, methods)
        assert told.headers["access-control-allow-methods"] == methods
    ask = {"query": "ASK { }", "format": "json"}
    for path, parameters in {"/sparql": ask, "/doc/place/verona.csv": {}}.items():
        answer = client.get(path, params=parameters, headers={"Accept-Encoding": "gzip, identity;q=0"})
        assert answer.headers["Content-Encoding"] == "gzip", path


def test_a_proxy_that_is_not_trusted_cannot_speak_for_others(snapshot: Snapshot, tmp_path: Path) -> None:
    options = ("--snapshot", snapshot.folder, "--trusted-proxies", "10.9.8.7")
    with ask_server(tmp_path / "log", *options) as (client, server):
        forged = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4", "Forwarded": "host=evil.example"}
        page = client.get("/robots.txt", headers=forged).text
        assert f"Sitemap: {server.base}/sitemap.xml" in page


def test_an_iri_that_would_run_a_script_is_shown_and_not_linked(tmp_path: Path) -> None:
    text = """<https://w3id.org/g7kg/id/x> a <javascript:alert(1)> ; <http://example.org/p> <data:text/html,x> ;
        <http://example.org/q> "<script>alert(2)</script>" ; <http://www.w3.org/2000/01/rdf-schema#label> "<b>x</b>" .
        <vbscript:y> <http://example.org/p> <https://w3id.org/g7kg/id/x> ."""
    with serve_data(tmp_path, text) as (client, _):
        pages = ["/doc/x", "/dataset", "/search?q=alert", "/sparql?query=SELECT%20*%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D"]
        for path in pages:
            page = client.get(path, headers={"Accept": "text/html"}).text
            assert re.findall(r'(?:href|src|action)="(?:javascript|data|vbscript):', page) == [], path
            assert "<script>alert" not in page
            assert "<b>x</b>" not in page
        assert "javascript:alert(1)" in client.get("/doc/x.html").text
