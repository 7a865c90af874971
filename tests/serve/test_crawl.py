"""A crawler: no page has a link that leads nowhere."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from pyoxigraph import Store
from tests.helpers.pages import list_retired

pytestmark = pytest.mark.soak

DATA = (".ttl", ".nt", ".jsonld", ".rdf", ".trig", ".nq", ".json", ".csv")
MOST = 2
"""Pages of one kind that are followed from each step to the next: ``test_published_site`` looks at all."""


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
            assert response.status_code == (410 if response.url.path.removeprefix("/doc/") in retired else 200), url
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
    return "/doc/" in url and urlsplit(url).path.endswith(DATA)
