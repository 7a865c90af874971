"""A crawler: every IRI of ours answers, and no page has a link that leads nowhere."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

import httpx
import pyoxigraph as ox
import pytest
from pyoxigraph import NamedNode, RdfFormat, Store

pytestmark = pytest.mark.soak

MOST = 6
"""Pages of one kind that are followed from each step to the next: ``test_published_site`` looks at all."""

BASE = "https://w3id.org/g7kg/"
FORMATS = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "jsonld": RdfFormat.JSON_LD,
    "rdf": RdfFormat.RDF_XML,
    "trig": RdfFormat.TRIG,
    "nq": RdfFormat.N_QUADS,
}


def our_iris(store: Store) -> set[str]:
    """Return every IRI of ours that stands anywhere in the store."""
    found = {
        term.value
        for quad in store
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)
        if isinstance(term, NamedNode) and term.value.startswith(BASE)
    }
    datatypes = {
        quad.object.datatype.value for quad in store if isinstance(quad.object, ox.Literal) and not quad.object.language
    }
    return found | {iri for iri in datatypes if iri.startswith(BASE)}


def list_retired(store: Store) -> set[str]:
    """Return the paths of the things that mean nothing any more: they answer 410, and say what replaces them."""
    deprecated = NamedNode("http://www.w3.org/2002/07/owl#deprecated")
    found = (quad.subject for quad in store.quads_for_pattern(None, deprecated, None))
    things = {one.value for one in found if isinstance(one, NamedNode)}
    return {"/doc/" + iri.removeprefix(f"{BASE}id/") for iri in things if iri.startswith(f"{BASE}id/")}


def test_every_iri_of_ours_answers_with_a_description_of_it(client: httpx.Client, store: Store) -> None:
    iris, retired = our_iris(store), list_retired(store)
    assert len(iris) > 1000
    assert retired
    silent: list[str] = []
    documents: dict[str, set[str]] = {}
    for iri in sorted(iris):
        path, _, fragment = iri.removeprefix(BASE).partition("#")
        if path not in documents:
            response = client.get(f"/{path}", headers={"Accept": "text/turtle"})
            if path.startswith("id/"):
                assert response.status_code == 303, iri
                response = client.get(response.headers["location"], headers={"Accept": "text/turtle"})
            if response.url.path in retired:
                assert response.status_code == 410, iri
                continue
            documents[path] = subjects(response)
        described = f"{BASE}{path}#{fragment}" if fragment else iri
        if described not in documents[path] and not stands_for_others(path):
            silent.append(iri)
    assert silent == []


def subjects(response: httpx.Response) -> set[str]:
    assert response.status_code == 200, response.url
    media_type = response.headers["content-type"].partition(";")[0]
    if media_type == "application/ld+json":
        return set()
    return {quad.subject.value for quad in ox.parse(response.content, format=RdfFormat.TURTLE) if not is_blank(quad)}


def is_blank(quad: ox.Quad) -> bool:
    return not isinstance(quad.subject, NamedNode)


def stands_for_others(path: str) -> bool:
    """Whether what answers there is another thing by design: a graph's triples, a version's resource, a context."""
    return path.startswith("graph/") or path == "context.jsonld" or bool(re.search(r"/\d+\.\d+\.\d+$", path))


def test_a_spread_of_resources_parses_to_the_same_graph_in_every_format(client: httpx.Client, store: Store) -> None:
    paths = sorted({iri.removeprefix(BASE).partition("#")[0] for iri in our_iris(store)})
    named = [path.replace("id/", "doc/", 1) for path in paths if path.startswith(("id/", "scheme/"))]
    things = [path for path in named if f"/{path}" not in list_retired(store)]
    for path in things[::25]:
        graphs = {}
        for name, format_ in FORMATS.items():
            response = client.get(f"/{path}.{name}")
            assert response.status_code == 200, response.url
            graphs[name] = {quad.triple for quad in ox.parse(response.content, format=format_)}
        assert [name for name, graph in graphs.items() if graph != graphs["nt"]] == [], path


def local_links(page: str, url: str) -> Iterator[str]:
    for link in re.findall(r'(?:href|src|action)="([^"]*)"', page):
        target = urljoin(url, unescape(link))
        if urlsplit(target).netloc == urlsplit(url).netloc:
            yield target


def spread(urls: Iterable[str]) -> list[str]:
    """Return at most ``MOST`` of ``urls`` that have the same beginning, from all over them."""
    kinds: dict[str, list[str]] = {}
    for url in sorted(urls):
        kinds.setdefault("/".join(urlsplit(url).path.split("/")[:3]), []).append(url)
    return [url for kind in kinds.values() for url in kind[:: -(-len(kind) // MOST)]]


def test_the_links_of_pages_of_every_kind_lead_somewhere(client: httpx.Client, server: str, store: Store) -> None:
    """Follow links from the home page; of pages with parameters, which have no end, only those without."""
    seen: set[str] = set()
    retired = list_retired(store)
    anchors: dict[str, set[str]] = {}
    wanted: dict[str, set[str]] = {}
    level = {f"{server}/"}
    while level:
        found: set[str] = set()
        seen |= level
        for url in spread(level):
            response = client.get(url, headers={"Accept": "text/html, */*;q=0.5"}, follow_redirects=True)
            assert response.status_code == (410 if response.url.path in retired else 200), url
            if not response.headers["content-type"].startswith("text/html"):
                continue
            anchors[url] = set(re.findall(r' id="([^"]+)"', response.text))
            for link in local_links(response.text, url):
                target, _, fragment = link.partition("#")
                if fragment:
                    wanted.setdefault(target, set()).add(fragment)
                if not (urlsplit(url).query and urlsplit(target).query) and not is_data(target):
                    found.add(target)
        level = found - seen
    assert len(seen) > 800
    missing = {url: names - anchors[url] for url, names in wanted.items() if url in anchors and names - anchors[url]}
    assert missing == {}


def is_data(url: str) -> bool:
    """Whether ``url`` has a form for machines, which other tests read; one form of each kind is followed."""
    return urlsplit(url).path.rpartition(".")[2] in {*FORMATS, "json", "csv"} and "/doc/" in url
