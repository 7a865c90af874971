"""Linked data, pages and operations, over HTTP."""

import json
import re

import httpx
import pyoxigraph as ox
import pytest
from tests.helpers.sparql import select

from g7kg.build.snapshot import Snapshot
from g7kg.errors import G7kgError, MappingError, Overload, QueryError, QueryTimeout
from g7kg.serve.failures import STATUSES

ASK = "ASK { ?who a <https://w3id.org/g7kg/ontology#Minister> }"


def test_readyz_names_the_snapshot(client: httpx.Client, snapshot: Snapshot) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {
        "status": "ready",
        "snapshot": snapshot.manifest.digest,
        "modified": snapshot.manifest.modified,
    }


def test_a_thing_redirects_to_its_document(client: httpx.Client) -> None:
    response = client.get("/id/cernobbio-como-2024/p4/s3")
    assert (response.status_code, response.headers["location"]) == (303, "/doc/cernobbio-como-2024/p4/s3")


def test_what_was_never_minted_is_not_found(client: httpx.Client) -> None:
    for path in ("/doc/organisation/nobody", "/doc/nothing", "/nothing", "/ontology/9.9.9", "/scheme/none"):
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
    solutions = select(store, query)
    statements = len(list(solutions))
    page = client.get("/doc/cernobbio-como-2024.html").text
    assert page.count('class="gist"') == statements > 30
    links = re.findall(
        r'<cite><a href="(https://g7\.utoronto\.ca/ict/241015-joint-statement\.html#:~:text=[^"]+)"', page
    )
    assert len(set(links)) == statements
    assert (
        "https://g7.utoronto.ca/ict/241015-joint-statement.html#:~:text=We%20are%20grateful%20for%20the%20efforts,%28UNESCO%29%20as%20knowledge%20partners"
        in links
    )


def test_the_context_is_served_as_json_ld(client: httpx.Client) -> None:
    response = client.get("/context.jsonld")
    assert response.headers["content-type"] == "application/ld+json"
    assert json.loads(response.text)["@context"]["@version"] == 1.1


def test_every_error_has_a_status() -> None:
    def status(error: type[G7kgError]) -> int:
        return next(STATUSES[class_] for class_ in error.__mro__ if class_ in STATUSES).value

    shown = {error: status(error) for error in (QueryError, QueryTimeout, Overload, MappingError)}
    assert shown == {QueryError: 400, QueryTimeout: 504, Overload: 503, MappingError: 500}


@pytest.mark.parametrize(
    "path", ["/", "/sparql?query=ASK{}", "/doc/organisation/oecd.ttl", "/healthz", "/static/style.css"]
)
def test_head_has_the_headers_of_get_and_no_body(path: str, client: httpx.Client) -> None:
    get, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize("name", ["registry", "cssii-2020", "ontology"])
def test_a_graph_is_served_whole(name: str, client: httpx.Client, snapshot: Snapshot) -> None:
    body = client.get(f"/graph/{name}.nt").content
    assert (
        len(set(ox.parse(body, format=ox.RdfFormat.N_TRIPLES)))
        == snapshot.manifest.graphs[f"https://w3id.org/g7kg/graph/{name}"]
    )


def test_the_shapes_are_served_whole(client: httpx.Client, snapshot: Snapshot) -> None:
    body = client.get("/shapes.ttl").content
    assert (
        len(set(ox.parse(body, format=ox.RdfFormat.TURTLE)))
        == snapshot.manifest.graphs["https://w3id.org/g7kg/graph/shapes"]
    )


def test_the_page_of_a_statement_links_to_its_words(client: httpx.Client) -> None:
    page = client.get("/doc/cernobbio-como-2024/p2/s1.html").text
    assert "joint-statement.html#:~:text=We%20are%20grateful" in page


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


def test_several_accept_headers_count_as_one(client: httpx.Client) -> None:
    headers = [("Accept", "application/pdf"), ("Accept", "text/turtle")]
    response = client.get("/doc/organisation/oecd", headers=headers)
    assert response.headers["content-type"] == "text/turtle; charset=utf-8"
