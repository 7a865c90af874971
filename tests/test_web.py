"""The server, over HTTP."""

from __future__ import annotations

import csv
import io
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

import httpx
import pyoxigraph as ox
import pytest

from g7kg.errors import G7kgError, MappingError, Overload, QueryError, QueryTimeout
from g7kg.snapshot import Snapshot
from g7kg.web.failures import STATUSES

QUERY = """PREFIX g7: <https://w3id.org/g7kg/ontology#>
SELECT ?who WHERE { ?who a g7:Minister } ORDER BY ?who"""
WHO = ["https://w3id.org/g7kg/id/person/adolfo-urso", "https://w3id.org/g7kg/id/person/alessio-butti"]
ASK = "ASK { ?who a <https://w3id.org/g7kg/ontology#Minister> }"
CONSTRUCT = "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c . FILTER(?c = <https://w3id.org/g7kg/ontology#Minister>) }"


def test_healthz_names_the_snapshot(client: httpx.Client, snapshot: Snapshot) -> None:
    assert client.get("/healthz").json() == {
        "status": "ok",
        "snapshot": snapshot.manifest.digest,
        "modified": snapshot.manifest.modified,
    }


def read_who(response: httpx.Response) -> list[str]:
    media_type = response.headers["content-type"].partition(";")[0]
    match media_type:
        case "application/sparql-results+json":
            return [row["who"]["value"] for row in response.json()["results"]["bindings"]]
        case "application/sparql-results+xml":
            return [
                uri.text or ""
                for uri in ET.fromstring(response.text).iter("{http://www.w3.org/2005/sparql-results#}uri")
            ]
        case "text/csv":
            return [row["who"] for row in csv.DictReader(io.StringIO(response.text))]
        case "text/tab-separated-values":
            return [line.strip("<>") for line in response.text.splitlines()[1:]]
    raise AssertionError(media_type)


@pytest.mark.parametrize(
    "media_type",
    ["application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"],
)
def test_solutions_by_accept(media_type: str, client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": QUERY}, headers={"Accept": media_type})
    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == media_type
    assert "Accept" in response.headers["vary"].split(", ")
    assert read_who(response) == WHO


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_solutions_by_format(name: str, client: httpx.Client) -> None:
    assert read_who(client.get("/sparql", params={"query": QUERY, "format": name})) == WHO


@pytest.mark.parametrize(
    "send",
    [
        lambda client: client.post("/sparql", data={"query": QUERY}),
        lambda client: client.post("/sparql", content=QUERY, headers={"Content-Type": "application/sparql-query"}),
        lambda client: client.post(
            "/sparql", content=QUERY.encode(), headers={"Content-Type": "application/sparql-query; charset=utf-8"}
        ),
        lambda client: client.request("GET", "/sparql", params={"query": QUERY}, headers={"Accept": "*/*"}),
    ],
    ids=["form", "direct", "direct-with-charset", "get"],
)
def test_every_way_of_sending_a_query(send: object, client: httpx.Client) -> None:
    assert callable(send)
    assert read_who(send(client)) == WHO


def test_ask_is_a_boolean(client: httpx.Client) -> None:
    assert client.get("/sparql", params={"query": ASK}).json() == {"head": {}, "boolean": True}
    xml = client.get("/sparql", params={"query": ASK, "format": "xml"}).text
    assert "<boolean>true</boolean>" in xml


@pytest.mark.parametrize(
    "media_type", ["text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml"]
)
def test_graphs_by_accept(media_type: str, client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": CONSTRUCT}, headers={"Accept": media_type})
    assert response.headers["content-type"].partition(";")[0] == media_type
    format_ = ox.RdfFormat.from_media_type(media_type)
    assert sorted(quad.subject.value for quad in ox.parse(response.content, format=format_)) == WHO


def test_the_dataset_parameters_mean_what_the_protocol_says(client: httpx.Client, snapshot: Snapshot) -> None:
    query = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    graphs = ["registry", "derived"]
    uris = [f"https://w3id.org/g7kg/graph/{name}" for name in graphs]
    parameters = httpx.QueryParams({"query": query, "default-graph-uri": uris})
    rows = client.get("/sparql", params=parameters).json()["results"]["bindings"]
    assert rows[0]["n"]["value"] == str(sum(snapshot.manifest.graphs[name] for name in graphs))


@pytest.mark.parametrize(
    ("request_", "status", "detail"),
    [
        (("GET", {"params": {"query": "SELECT"}}), 400, "the query is not valid"),
        (("GET", {"params": [("query", ASK), ("query", ASK)]}), 400, "the parameter query is given 2 times"),
        (("POST", {"data": {"update": "CLEAR ALL"}}), 400, "the parameter query is given 0 times"),
        (("POST", {"content": b"\xff", "headers": {"Content-Type": "application/sparql-query"}}), 400, "not UTF-8"),
        (("POST", {"content": "x", "headers": {"Content-Type": "text/plain"}}), 415, "not sent as “text/plain”"),
        (("POST", {"content": "x", "headers": {"Content-Type": "application/sparql-update"}}), 415, "not sent as"),
        (("GET", {"params": {"query": ASK}, "headers": {"Accept": "image/png"}}), 406, "acceptable to “image/png”"),
        (("GET", {"params": {"query": ASK, "format": "png"}}), 406, "there is no format “png” here"),
        (("GET", {"params": {"query": CONSTRUCT, "format": "csv"}}), 406, "the query returns a graph"),
        (("PUT", {"content": "x"}), 405, ""),
    ],
    ids=lambda value: "" if isinstance(value, tuple) else str(value),
)
def test_what_breaks_the_protocol_is_refused(
    request_: tuple[str, dict[str, object]], status: int, detail: str, client: httpx.Client
) -> None:
    method, keys = request_
    response = client.request(method, "/sparql", **keys)  # type: ignore[arg-type]  # parameters of httpx
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert detail in problem["detail"]


def test_a_slow_query_ends_at_the_deadline_and_short_ones_are_answered_meanwhile(client: httpx.Client) -> None:
    slow = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    response = client.get("/sparql", params={"query": slow})
    assert response.status_code == 504
    assert response.json()["detail"] == "the query ran into its deadline"
    assert client.get("/sparql", params={"query": ASK}).json()["boolean"] is True


def test_a_result_that_cannot_be_finished_is_broken_off_and_never_well_formed(client: httpx.Client) -> None:
    endless = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    body = b""
    with (
        pytest.raises(httpx.RemoteProtocolError),
        client.stream("GET", "/sparql", params={"query": endless}) as response,
    ):
        assert response.status_code == 200
        for chunk in response.iter_raw():
            body += chunk[:100]
    assert body
    assert client.get("/healthz").status_code == 200


def test_a_thing_redirects_to_its_document(client: httpx.Client) -> None:
    response = client.get("/id/cernobbio-como-2024/p4/s3")
    assert (response.status_code, response.headers["location"]) == (303, "/doc/cernobbio-como-2024/p4/s3")


PATHS = [
    "cernobbio-como-2024",
    "cernobbio-como-2024/p4/s3",
    "organisation/oecd",
    "undertaking/ai-public-sector-toolkit",
]


@pytest.mark.parametrize("path", PATHS)
def test_all_formats_of_a_document_hold_the_same_triples(path: str, client: httpx.Client) -> None:
    graphs = []
    for name, format_ in (("ttl", "TURTLE"), ("nt", "N_TRIPLES"), ("jsonld", "JSON_LD"), ("rdf", "RDF_XML")):
        response = client.get(f"/doc/{path}.{name}")
        assert response.status_code == 200
        assert response.headers["content-location"] == f"/doc/{path}.{name}"
        graphs.append({quad.triple for quad in ox.parse(response.content, format=getattr(ox.RdfFormat, format_))})
    assert len(graphs[0]) > 10
    assert all(graph == graphs[0] for graph in graphs)
    assert any(triple.subject.value == f"https://w3id.org/g7kg/id/{path}" for triple in graphs[0])


@pytest.mark.parametrize(
    ("accept", "name"),
    [("text/turtle", "ttl"), ("application/ld+json", "jsonld"), ("text/html,*/*;q=0.1", "html"), ("*/*", "html")],
)
def test_a_document_negotiates(accept: str, name: str, client: httpx.Client) -> None:
    response = client.get("/doc/organisation/oecd", headers={"Accept": accept})
    assert response.headers["content-location"] == f"/doc/organisation/oecd.{name}"
    assert "Accept" in response.headers["vary"].split(", ")
    assert '</doc/organisation/oecd.ttl>; rel="alternate"; type="text/turtle"' in response.headers["link"]


def test_what_was_never_minted_is_not_found(client: httpx.Client) -> None:
    for path in ("/doc/organisation/nobody", "/doc/", "/nothing", "/ontology/9.9.9", "/scheme/none"):
        response = client.get(path, headers={"Accept": "application/json"})
        assert (path, response.status_code) == (path, 404)


def test_a_document_that_no_format_fits_lists_the_formats(client: httpx.Client) -> None:
    response = client.get("/doc/organisation/oecd", headers={"Accept": "image/png"})
    assert response.status_code == 406
    assert "text/turtle (ttl)" in response.json()["hint"]


def test_the_page_of_a_declaration_shows_every_statement_with_a_link_to_its_words(
    client: httpx.Client, store: ox.Store
) -> None:
    query = """PREFIX g7: <https://w3id.org/g7kg/ontology#>
        SELECT ?s WHERE { ?s a g7:Statement ; g7:inDocument <https://w3id.org/g7kg/id/cernobbio-como-2024> }"""
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    statements = len(list(solutions))
    page = client.get("/doc/cernobbio-como-2024.html").text
    assert page.count('class="gist"') == statements > 30
    links = re.findall(
        r'class="words" href="(https://g7\.utoronto\.ca/ict/241015-joint-statement\.html#:~:text=[^"]+)"', page
    )
    assert len(links) == statements
    assert (
        "https://g7.utoronto.ca/ict/241015-joint-statement.html#:~:text=We%20are%20grateful%20for%20the%20efforts,%28UNESCO%29%20as%20knowledge%20partners"
        in links
    )


def test_text_of_the_data_is_escaped_in_pages(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": "SELECT ('<script>x</script>' AS ?a) {}", "format": "html"})
    assert "<script>" not in response.text
    assert "&lt;script&gt;" in response.text
    assert "script-src" not in response.headers["content-security-policy"]
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_browser_gets_pages_and_a_page_for_errors(client: httpx.Client) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    assert "<h1>Query</h1>" in client.get("/sparql", headers=browser).text
    assert (
        '<td><a href="/doc/person/adolfo-urso">' in client.get("/sparql", params={"query": QUERY}, headers=browser).text
    )
    refused = client.get("/sparql", params={"query": "SELECT"}, headers=browser)
    assert (refused.status_code, "<h1>Bad Request</h1>" in refused.text) == (400, True)


def local_links(page: str, url: str) -> Iterator[str]:
    for link in re.findall(r'(?:href|src|action)="([^"]+)"', page):
        target = urljoin(url, link.replace("&amp;", "&"))
        if urlsplit(target).netloc == urlsplit(url).netloc:
            yield target.partition("#")[0]


def test_links_near_the_home_page_lead_somewhere(client: httpx.Client, server: str) -> None:
    """Fetch all that the home page links to, and every eighth of what is linked from there."""
    seen: set[str] = set()
    level = {f"{server}/"}
    for step in (1, 1, 8):
        found: set[str] = set()
        for url in sorted(level - seen)[::step]:
            response = client.get(url, headers={"Accept": "text/html, */*;q=0.5"})
            assert response.status_code == 200, url
            seen.add(url)
            if response.headers["content-type"].startswith("text/html"):
                found |= set(local_links(response.text, url))
        level = found
    assert len(seen) > 50


def test_the_context_is_served_as_json_ld(client: httpx.Client) -> None:
    response = client.get("/context.jsonld")
    assert response.headers["content-type"] == "application/ld+json"
    assert json.loads(response.text)["@context"]["@version"] == 1.1


def test_every_error_has_a_status() -> None:
    def status(error: type[G7kgError]) -> int:
        return next(STATUSES[class_] for class_ in error.__mro__ if class_ in STATUSES).value

    shown = {error: status(error) for error in (QueryError, QueryTimeout, Overload, MappingError)}
    assert shown == {QueryError: 400, QueryTimeout: 504, Overload: 503, MappingError: 500}


def test_the_server_says_what_it_serves_in_openapi(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/sparql", "/healthz", "/doc/{path}", "/id/{path}"} <= paths.keys()


@pytest.mark.parametrize(
    "path", ["/", "/sparql?query=ASK{}", "/doc/organisation/oecd.ttl", "/healthz", "/static/style.css"]
)
def test_head_has_the_headers_of_get_and_no_body(path: str, client: httpx.Client) -> None:
    get, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


def test_scripts_of_other_sites_may_query(client: httpx.Client) -> None:
    origin = {"Origin": "https://example.org"}
    answer = client.get("/sparql", params={"query": ASK}, headers=origin)
    assert answer.headers["access-control-allow-origin"] == "*"
    preflight = client.options("/sparql", headers={**origin, "Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 200
    assert "POST" in preflight.headers["access-control-allow-methods"]


@pytest.mark.parametrize(
    ("query", "detail", "hint"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", "SERVICE in line 1 is refused", "yourself"),
        ("SELECT * { ?s g7:due ?o }", "the query is not valid", "declare every prefix"),
        ("INSERT DATA { <http://e/a> <http://e/b> 1 }", "the query is not valid", "no updates"),
        ("SELECT *\nWHERE { ?s ?p }", "the query is not valid", "see https://www.w3.org/TR/sparql11-query/"),
    ],
    ids=["service", "prefix", "update", "syntax"],
)
def test_a_refused_query_says_what_to_do(query: str, detail: str, hint: str, client: httpx.Client) -> None:
    problem = client.get("/sparql", params={"query": query}).json()
    assert problem["status"] == 400
    assert detail in problem["detail"]
    assert hint in problem["detail"] + problem.get("hint", "")
    assert len(problem["detail"]) < 200


def test_a_word_that_only_looks_like_service_is_not_refused(client: httpx.Client) -> None:
    query = """PREFIX service: <http://e/service#> # SERVICE
    ASK { BIND("SERVICE 'x" AS ?service) FILTER(STRLEN(?service) > 0)
    OPTIONAL { <http://e/SERVICE> service:service \'\'\'a SERVICE\'\'\'@service } }"""
    assert client.get("/sparql", params={"query": query}).json()["boolean"] is True


@pytest.mark.parametrize("name", ["registry", "cssii-2020", "ontology"])
def test_a_graph_is_served_whole(name: str, client: httpx.Client, snapshot: Snapshot) -> None:
    body = client.get(f"/graph/{name}.nt").content
    assert len(set(ox.parse(body, format=ox.RdfFormat.N_TRIPLES))) == snapshot.manifest.graphs[name]


def test_the_shapes_are_served_whole(client: httpx.Client, snapshot: Snapshot) -> None:
    body = client.get("/shapes.ttl").content
    assert len(set(ox.parse(body, format=ox.RdfFormat.TURTLE))) == snapshot.manifest.graphs["shapes"]


def test_the_page_of_a_statement_links_to_its_words(client: httpx.Client) -> None:
    page = client.get("/doc/cernobbio-como-2024/p2/s1.html").text
    assert "joint-statement.html#:~:text=We%20are%20grateful" in page


def count_short_answers(client: httpx.Client, times: int) -> int:
    return sum(client.get("/sparql", params={"query": ASK}, timeout=10).status_code == 200 for _ in range(times))


def test_clients_that_do_not_read_hold_no_worker_beyond_the_deadline(server: str, client: httpx.Client) -> None:
    host, port = urlsplit(server).netloc.split(":")
    long = "SELECT%20*%20WHERE%20%7B%20?a%20?b%20?c%20.%20?d%20?e%20?f%20%7D"
    with ExitStack() as stack:
        for _ in range(4):
            stalled = stack.enter_context(socket.create_connection((host, int(port))))
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stalled.sendall(f"GET /sparql?query={long} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(4)
        assert count_short_answers(client, 4) == 4


def test_a_client_that_leaves_ends_its_query(server: str, client: httpx.Client) -> None:
    slow = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    for _ in range(4):
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{server}/sparql", params={"query": slow}, timeout=0.3)
    started = time.monotonic()
    assert count_short_answers(client, 2) == 2
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "path", ["/doc/a%20b", "/doc/%3Cx%3E", "/doc/%22", "/doc/%FF", "/doc/a%5Cb", "/scheme/%7Bx%7D"]
)
def test_what_is_no_iri_is_not_found(path: str, client: httpx.Client) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_a_redirect_keeps_path_and_query_as_they_were_sent(client: httpx.Client) -> None:
    response = client.get("/id/a%3Fb%23c?x=%20y")
    assert response.headers["location"] == "/doc/a%3Fb%23c?x=%20y"


@pytest.mark.parametrize("query", ["%FF", "%C3%28", "%ED%A0%80"])
def test_parameters_that_are_not_utf8_are_refused(query: str, client: httpx.Client) -> None:
    response = client.get(f"/sparql?query={query}")
    assert (response.status_code, response.json()["detail"]) == (400, "the parameters are not UTF-8")


def test_a_body_that_is_too_large_is_refused(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/sparql-query"}
    response = client.post("/sparql", content=b"#" * (2 << 20), headers=headers)
    assert response.status_code == 413


def test_several_accept_headers_count_as_one(client: httpx.Client) -> None:
    headers = [("Accept", "application/pdf"), ("Accept", "text/turtle")]
    response = client.get("/doc/organisation/oecd", headers=headers)
    assert response.headers["content-type"] == "text/turtle; charset=utf-8"


def test_an_address_that_is_not_of_the_web_is_no_link(client: httpx.Client) -> None:
    query = "SELECT (<javascript:alert(1)> AS ?x) {}"
    page = client.get("/sparql", params={"query": query, "format": "html"}).text
    assert 'href="javascript' not in page
