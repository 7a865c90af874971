"""Linked data, pages and operations, over HTTP."""

import re

import httpx
import pyoxigraph as ox
import pytest
from tests.helpers.project import ROOT

from g7kg.build.snapshot import Snapshot


def test_readyz_names_the_snapshot(client: httpx.Client, snapshot: Snapshot) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {
        "status": "ready",
        "snapshot": snapshot.manifest.digest,
        "modified": snapshot.manifest.modified,
    }


@pytest.mark.parametrize("path", ["cernobbio-como-2024/p4/s3", "a%3Fb%23c?x=%20y"])
def test_a_thing_redirects_to_its_document_with_path_and_query_as_they_were_sent(
    path: str, client: httpx.Client
) -> None:
    response = client.get(f"/id/{path}")
    assert (response.status_code, response.headers["location"]) == (303, f"/doc/{path}")


STREAMED = "/sparql?query=SELECT*{?s%20?p%20?o}OFFSET%202"


@pytest.mark.parametrize(
    "path", ["/", "/sparql?query=ASK{}", STREAMED, "/doc/organisation/oecd.ttl", "/healthz", "/static/style.css"]
)
def test_head_has_the_headers_of_get_and_no_body(path: str, client: httpx.Client) -> None:
    get, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.headers.get("etag") == get.headers.get("etag")


@pytest.mark.parametrize("path", ["/graph/registry.nt", "/graph/cssii-2020.nt", "/graph/ontology.nt", "/shapes.ttl"])
def test_a_graph_is_served_whole(path: str, client: httpx.Client, snapshot: Snapshot) -> None:
    name, _, extension = path.rpartition("/")[2].partition(".")
    triples = set(ox.parse(client.get(path).content, format=ox.RdfFormat.from_extension(extension)))
    assert len(triples) == snapshot.manifest.graphs[f"https://w3id.org/g7kg/graph/{name}"]


@pytest.mark.parametrize(
    "path",
    [
        *("/doc/a%20b", "/doc/%3Cx%3E", "/doc/%22", "/doc/%FF", "/doc/a%5Cb", "/scheme/%7Bx%7D"),
        *("/doc/organisation/nobody", "/doc/nothing", "/nothing", "/ontology/9.9.9", "/scheme/none"),
    ],
)
def test_what_is_no_iri_or_was_never_minted_is_not_found(path: str, client: httpx.Client) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


def test_several_accept_headers_count_as_one(client: httpx.Client) -> None:
    headers = [("Accept", "application/pdf"), ("Accept", "text/turtle")]
    response = client.get("/doc/organisation/oecd", headers=headers)
    assert response.headers["content-type"] == "text/turtle; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["id/verona-trento-2024/p23/s1", "ontology", "scheme/topic/ai-adoption", "dataset.ttl"]
)
def test_the_redirects_of_the_prefix_keep_path_and_format(path: str) -> None:
    lines = (ROOT / "docs" / "w3id" / ".htaccess").read_text("utf-8").splitlines()
    rules = [line.split()[1:3] for line in lines if line.startswith("RewriteRule")]
    targets = [
        target.replace("$1", match[1]) for rule, target in rules if (match := re.search(rule, path)) and match.re.groups
    ]
    assert targets == [f"https://g7kg.example.org/{path}"]


def test_lists_and_the_home_lead_on(client: httpx.Client) -> None:
    for path, status, target in (
        ("/scheme/topic/", 308, "/scheme/topic"),
        ("/doc/organisation/?a=%2F", 308, "/doc/organisation?a=%2F"),
        ("/\\elsewhere.example//", 308, "/%5Celsewhere.example"),
        ("/", 303, "/dataset"),
    ):
        answer = client.get(path, headers={"Accept": "text/turtle"})
        assert (answer.status_code, answer.headers["Location"]) == (status, target)
    assert 'href="/doc/organisation/oecd"' in client.get("/doc/organisation", headers={"Accept": "text/html"}).text


def test_what_is_no_host_is_refused(client: httpx.Client) -> None:
    for host in ('a"b', "a/b", "a b", "<script>", "a:99999999", ""):
        for path in ("/", "/void.ttl", "/sitemap.xml"):
            assert client.get(path, headers={"Host": host}).status_code == 400
