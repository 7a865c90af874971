"""The SPARQL endpoint, over HTTP."""

import csv
import io
import time
from contextlib import ExitStack
from xml.etree import ElementTree as ET

import httpx
import pyoxigraph as ox
import pytest
from tests.helpers.attacks import ASK, SLOW, connect
from tests.helpers.server import Server

from g7kg.build.snapshot import Snapshot

QUERY = """PREFIX g7: <https://w3id.org/g7kg/ontology#>
SELECT ?who WHERE { ?who a g7:Minister } ORDER BY ?who"""
WHO = ["https://w3id.org/g7kg/id/person/adolfo-urso", "https://w3id.org/g7kg/id/person/alessio-butti"]
CONSTRUCT = "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c . FILTER(?c = <https://w3id.org/g7kg/ontology#Minister>) }"


def read_who(response: httpx.Response) -> list[str]:
    media_type = response.headers["content-type"].partition(";")[0]
    match media_type:
        case "application/sparql-results+json":
            return [row["who"]["value"] for row in response.json()["results"]["bindings"]]
        case "application/sparql-results+xml":
            found = ET.fromstring(response.text).iter("{http://www.w3.org/2005/sparql-results#}uri")
            return [uri.text or "" for uri in found]
        case "text/csv":
            return [row["who"] for row in csv.DictReader(io.StringIO(response.text))]
        case "text/tab-separated-values":
            return [line.strip("<>") for line in response.text.splitlines()[1:]]
    raise AssertionError(media_type)


SOLUTIONS = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}


@pytest.mark.parametrize(("name", "media_type"), SOLUTIONS.items())
def test_solutions_by_accept_and_by_format(name: str, media_type: str, client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": QUERY}, headers={"Accept": media_type})
    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == media_type
    assert "Accept" in response.headers["vary"].split(", ")
    assert read_who(response) == read_who(client.get("/sparql", params={"query": QUERY, "format": name})) == WHO


def test_every_way_of_sending_a_query(client: httpx.Client) -> None:
    assert read_who(client.get("/sparql", params={"query": QUERY})) == WHO
    assert read_who(client.post("/sparql", data={"query": QUERY})) == WHO
    for media_type in ("application/sparql-query", "application/sparql-query; charset=utf-8"):
        assert read_who(client.post("/sparql", content=QUERY, headers={"Content-Type": media_type})) == WHO


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


def test_an_answer_leads_to_the_licence_and_has_nothing_but_what_was_asked(client: httpx.Client) -> None:
    for query in (QUERY, CONSTRUCT):
        response = client.get("/sparql", params={"query": query})
        assert response.headers["link"] == '<https://creativecommons.org/licenses/by/4.0/>; rel="license"'
        assert "creativecommons" not in response.text


def test_the_dataset_parameters_mean_what_the_protocol_says(client: httpx.Client, snapshot: Snapshot) -> None:
    query = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    uris = [f"https://w3id.org/g7kg/graph/{name}" for name in ("registry", "derived")]
    parameters = httpx.QueryParams({"query": query, "default-graph-uri": uris})
    rows = client.get("/sparql", params=parameters).json()["results"]["bindings"]
    assert rows[0]["n"]["value"] == str(sum(snapshot.manifest.graphs[uri] for uri in uris))


@pytest.mark.parametrize(
    ("request_", "status", "detail"),
    [
        (("GET", {"params": {"query": "SELECT"}}), 400, "the query is not valid"),
        (("GET", {"params": [("query", ASK), ("query", ASK)]}), 400, "the parameter query is given 2 times"),
        (("POST", {"data": {"update": "CLEAR ALL"}}), 400, "this endpoint takes no updates"),
        (("POST", {"content": b"\xff", "headers": {"Content-Type": "application/sparql-query"}}), 400, "not UTF-8"),
        (("POST", {"content": "x", "headers": {"Content-Type": "text/plain"}}), 415, "not sent as “text/plain”"),
        (("POST", {"content": "x", "headers": {"Content-Type": "application/sparql-update"}}), 415, "not sent as"),
        (("GET", {"params": {"query": ASK}, "headers": {"Accept": "image/png"}}), 406, "acceptable to “image/png”"),
        (("GET", {"params": {"query": ASK, "format": "png"}}), 406, "there is no format “png” here"),
        (
            ("GET", {"params": {"query": CONSTRUCT, "format": "csv"}, "headers": {"Accept": "text/csv"}}),
            406,
            "the query returns a graph",
        ),
        (("PUT", {"content": "x"}), 405, ""),
    ],
    ids=lambda value: "" if isinstance(value, tuple) else str(value),
)
def test_what_breaks_the_protocol_is_refused(
    request_: tuple[str, dict[str, object]], status: int, detail: str, client: httpx.Client
) -> None:
    method, keys = request_
    response = client.request(method, "/sparql", **keys)  # type: ignore[arg-type]  # parameters of httpx
    problem = response.json()
    assert (response.status_code, problem["status"]) == (status, status)
    assert response.headers["content-type"] == "application/problem+json"
    assert detail in problem["detail"]


@pytest.mark.parametrize("parameter", ["default-graph-uri", "named-graph-uri", "graph"])
@pytest.mark.parametrize("name", ["", "a", "http://a b/", "_:a", "http://["])
def test_a_graph_that_is_no_iri_is_the_mistake_of_the_client(parameter: str, name: str, client: httpx.Client) -> None:
    path, query = ("/store", {}) if parameter == "graph" else ("/sparql", {"query": ASK})
    refused = [client.get(path, params={**query, parameter: name})]
    refused += [client.post(path, data={**query, parameter: name})] if query else []
    detail = f"the parameter {parameter} is “{name}”, which is no absolute IRI"
    assert {(response.status_code, response.json()["detail"]) for response in refused} == {(400, detail)}


def test_a_result_that_cannot_be_finished_is_broken_off_and_never_well_formed(client: httpx.Client) -> None:
    endless = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    body = b""
    with (
        pytest.raises(httpx.ReadError, match="reset"),
        client.stream("GET", "/sparql", params={"query": endless}) as response,
    ):
        assert response.status_code == 200
        for chunk in response.iter_raw():
            body += chunk[:100]
    assert body
    assert client.get("/healthz").status_code == 200


def test_text_of_the_data_is_escaped_in_pages(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": "SELECT ('<script>x</script>' AS ?a) {}", "format": "html"})
    assert "<script>" not in response.text
    assert "&lt;script&gt;" in response.text
    assert "script-src 'self';" in response.headers["content-security-policy"]
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_browser_gets_pages_and_a_page_for_errors(client: httpx.Client) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    assert "<h1>Query</h1>" in client.get("/sparql", headers=browser, follow_redirects=True).text
    assert (
        '<td><a href="/doc/person/adolfo-urso" title="https://w3id.org/g7kg/id/person/adolfo-urso">Adolfo Urso</a>'
        in client.get("/sparql", params={"query": QUERY}, headers=browser).text
    )
    refused = client.get("/sparql", params={"query": "SELECT"}, headers=browser)
    assert (refused.status_code, "<h1>Bad Request</h1>" in refused.text) == (400, True)


@pytest.mark.parametrize("query", ["ASK {}", "CONSTRUCT { <a:b> <a:c> 1 } WHERE {}"])
def test_who_takes_a_page_for_one_kind_of_result_has_the_other_as_it_is(query: str, client: httpx.Client) -> None:
    for accept in ("application/sparql-results+xml, text/html, *; q=.2", "application/rdf+xml, text/html, *; q=.2"):
        response = client.get("/sparql", params={"query": query}, headers={"Accept": accept})
        plain = ("rdf+xml" in accept) == query.startswith("CONSTRUCT")
        assert response.status_code == 200
        assert response.headers["content-type"].split(";")[0] == (accept.split(",")[0] if plain else "text/html")


def test_scripts_of_other_sites_may_query(client: httpx.Client) -> None:
    origin = {"Origin": "https://example.org"}
    answer = client.get("/sparql", params={"query": ASK}, headers=origin)
    assert answer.headers["access-control-allow-origin"] == "*"
    asked = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    preflight = client.options("/sparql", headers=asked)
    assert preflight.status_code == 204
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "Authorization" in preflight.headers["access-control-allow-headers"].split(", ")


@pytest.mark.parametrize(
    ("query", "detail", "hint"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", "SERVICE in line 1 is refused", "yourself"),
        ("SELECT * { ?s g7:due ?o }", "the query is not valid", "declare every prefix"),
        ("INSERT DATA { <http://e/a> <http://e/b> 1 }", "the query is not valid", "no updates"),
        ("# all\nBASE <http://e/> PREFIX a: <b> delete where { ?s ?p ?o }", "the query is not valid", "no updates"),
        ("SELECT *\nWHERE { ?s ?p }", "the query is not valid", "see https://www.w3.org/TR/sparql11-query/"),
    ],
    ids=["service", "prefix", "update", "update-behind-comments", "syntax"],
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


def count_short_answers(client: httpx.Client, times: int) -> int:
    return sum(client.get("/sparql", params={"query": ASK}, timeout=10).status_code == 200 for _ in range(times))


def test_clients_that_do_not_read_hold_no_worker_beyond_the_deadline(attacked: Server) -> None:
    long = b"SELECT%20*%20WHERE%20%7B%20?a%20?b%20?c%20.%20?d%20?e%20?f%20%7D"
    with ExitStack() as stack, httpx.Client(base_url=attacked.base, timeout=30) as client:
        for _ in range(4):
            request = b"GET /sparql?query=" + long + b" HTTP/1.1\r\nHost: x\r\n\r\n"
            stack.enter_context(connect(attacked, request, room=4096))
        time.sleep(2)
        assert count_short_answers(client, 4) == 4


@pytest.mark.parametrize("query", ["%FF", "%C3%28", "%ED%A0%80"])
def test_parameters_that_are_not_utf8_are_refused(query: str, client: httpx.Client) -> None:
    response = client.get(f"/sparql?query={query}")
    assert (response.status_code, response.json()["detail"]) == (400, "the parameters are not UTF-8")


def test_a_client_that_leaves_ends_its_query(server: str, client: httpx.Client) -> None:
    for _ in range(4):
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{server}/sparql", params={"query": SLOW}, timeout=0.3)
    assert count_short_answers(client, 2) == 2


def test_a_query_that_is_too_deep_is_told_where_and_ends_no_worker(client: httpx.Client) -> None:
    before = client.get("/metrics").text
    response = client.post("/sparql", data={"query": "SELECT *\n{ FILTER(" + "(" * 5000 + "1" + ")" * 5000 + ") }"})
    assert (response.status_code, "retry-after" in response.headers) == (400, False)
    assert response.json()["detail"].startswith("the query is nested too deep at line 2, column 1")
    assert count(before, "g7kg_worker_ends_total{") == count(client.get("/metrics").text, "g7kg_worker_ends_total{")


def count(metrics: str, name: str) -> float:
    return sum(float(line.rpartition(" ")[2]) for line in metrics.splitlines() if line.startswith(name))


def test_faults_of_clients_and_of_the_server_are_counted_apart(client: httpx.Client) -> None:
    def read() -> list[float]:
        text = client.get("/metrics").text
        return [count(text, f'g7kg_query_faults_total{{of="{of}"}}') for of in ("client", "server")]

    before = read()
    client.get("/sparql", params={"query": "SELECT"})
    client.get(
        "/sparql", params={"query": "SELECT ?x { ?a ?b ?c . ?d ?e ?f . ?g ?h ?x } ORDER BY ?x", "timeout": "0.05"}
    )
    assert read() == [before[0] + 1, before[1] + 1]


def test_an_address_with_a_slash_and_a_query_with_a_byte_order_mark_are_answered(client: httpx.Client) -> None:
    assert client.get("/sparql/", params={"query": f"\ufeff{ASK}"}).json()["boolean"] is True
    headers = {"Content-Type": "application/sparql-query"}
    assert client.post("/sparql/", content=f"\ufeff{ASK}".encode(), headers=headers).json()["boolean"] is True
