"""The description of the dataset over HTTP, its dumps, and what leads search engines to its pages."""

import base64
import gzip
import hashlib
import json
import re
from html import unescape
from xml.etree import ElementTree as ET

import httpx
import pyoxigraph as ox
import pytest
from pyoxigraph import RdfFormat, Store, Triple
from tests.helpers.project import ROOT

from g7kg.build.snapshot import Snapshot

BASE = "https://w3id.org/g7kg/"


def parse(response: httpx.Response) -> set[Triple]:
    return {quad.triple for quad in ox.parse(response.content, format=RdfFormat.TURTLE)}


def values(graph: set[Triple], subject: str, property_: str) -> list[str]:
    found = [t.object for t in graph if str(t.subject) == f"<{subject}>" and t.predicate.value.endswith(property_)]
    return sorted(term.value for term in found if not isinstance(term, Triple))


def test_the_dataset_tells_every_dump_with_its_digest(client: httpx.Client, server: str) -> None:
    graph, *others = (
        parse(client.get(path, follow_redirects=True)) for path in ("/dataset.ttl", "/void.ttl", "/.well-known/void")
    )
    assert others == [graph, graph]
    dataset = f"{BASE}dataset"
    assert values(graph, dataset, "#sparqlEndpoint") == [f"{server}/sparql"]
    distributions = values(graph, dataset, "#distribution")
    assert len(distributions) == 11
    for distribution in distributions:
        [url], [size] = values(graph, distribution, "#downloadURL"), values(graph, distribution, "#byteSize")
        [checksum] = values(graph, distribution, "#checksum")
        body = httpx.get(url).content
        assert len(body) == int(size)
        assert values(graph, checksum, "#checksumValue") == [hashlib.sha256(body).hexdigest()]


def test_partitions_count_what_the_store_holds(client: httpx.Client, store: Store) -> None:
    graph = parse(client.get("/void.ttl"))
    counted = {}
    for part in values(graph, f"{BASE}dataset", "#classPartition"):
        counted[values(graph, part, "#class")[0]] = int(values(graph, part, "#entities")[0])
    for part in values(graph, f"{BASE}dataset", "#propertyPartition"):
        counted[values(graph, part, "#property")[0]] = int(values(graph, part, "#triples")[0])
    found = store.query(
        "SELECT ?term (COUNT(*) AS ?n) { { ?s a ?term } UNION { ?s ?term ?o } FILTER(isIRI(?term)) } GROUP BY ?term"
    )
    assert isinstance(found, ox.QuerySolutions)
    assert counted == {solution["term"].value: int(solution["n"].value) for solution in found}


def test_example_queries_stand_in_the_description_as_they_are(client: httpx.Client) -> None:
    graph = parse(client.get("/void.ttl"))
    example = f"{BASE}dataset#query-tasks-of-the-oecd"
    text = (ROOT / "queries" / "tasks-of-the-oecd.rq").read_text("utf-8")
    assert values(graph, example, "#select") == [text]
    assert values(graph, f"{BASE}dataset#prefix-g7", "#namespace") == [f"{BASE}ontology#"]


def test_a_dump_is_served_whole_and_in_ranges(client: httpx.Client, snapshot: Snapshot) -> None:
    response = client.get("/dumps/g7kg.nq.gz")
    path = f"/dataset/{snapshot.manifest.digest}/g7kg.nq.gz"
    assert (response.status_code, response.headers["location"]) == (302, path)
    whole = client.get(path)
    assert gzip.decompress(whole.content) == (snapshot.folder / "g7kg.nq").read_bytes()
    digest = hashlib.sha256(whole.content).digest()
    assert whole.headers["repr-digest"] == f"sha-256=:{base64.b64encode(digest).decode()}:"
    assert whole.headers["cache-control"].endswith("immutable")
    part = client.get(path, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert client.head(path).headers["content-length"] == str(len(whole.content))
    for missing in ("manifest.json", "store.json", "g7kg.nq", "..%2fmanifest.json", "search.db"):
        assert client.get(f"/dataset/{snapshot.manifest.digest}/{missing}").status_code == 404
        assert client.get(f"/dumps/{missing}").status_code == 404
    assert client.get("/dataset/0000/g7kg.nq.gz").status_code == 404


@pytest.mark.parametrize("asked", ["lines=0-5", "lines", "bytes-of-mine=0-5"])
def test_a_range_in_another_unit_is_ignored(client: httpx.Client, snapshot: Snapshot, asked: str) -> None:
    for path in (f"/dataset/{snapshot.manifest.digest}/g7kg.nq.gz", "/static/style.css"):
        answer = client.get(path, headers={"Range": asked})
        assert (answer.status_code, answer.content) == (200, client.get(path).content)


def test_the_dataset_has_an_address_for_each_version(client: httpx.Client, snapshot: Snapshot) -> None:
    current = parse(client.get(f"/dataset/{snapshot.manifest.digest}", headers={"Accept": "text/turtle"}))
    assert current == parse(client.get("/dataset.ttl"))
    assert client.get("/dataset/0000").status_code == 404


def test_the_site_map_lists_pages_that_are_there(client: httpx.Client, server: str) -> None:
    assert f"Sitemap: {server}/sitemap.xml" in client.get("/robots.txt").text.splitlines()
    tree = ET.fromstring(client.get("/sitemap.xml").content)
    found = [str(element.text) for element in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert len(found) == len(set(found)) > 200
    assert f"{server}/doc/cernobbio-como-2024/p4" in found
    for url in found[::40]:
        assert httpx.get(url).status_code == 200, url


def test_pages_describe_what_they_are_about_for_search_engines(client: httpx.Client, server: str) -> None:
    home, page = (client.get(path).text for path in ("/", "/doc/verona-trento-2024/p23/s1.html"))
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', home + page, re.DOTALL)
    dataset, statement = map(json.loads, blocks)
    assert (dataset["@type"], dataset["url"]) == ("Dataset", f"{server}/")
    assert next(part["contentUrl"].rpartition("/")[2] for part in dataset["distribution"]) == "g7kg.nq.gz"
    assert statement["@id"] == f"{BASE}id/verona-trento-2024/p23/s1"
    assert f'<meta name="description" content="{statement["description"]} Ministerial Declaration, ' in unescape(page)
    assert '<link rel="canonical" href="/doc/verona-trento-2024/p23/s1">' in page
