"""Pages of a server beside what the graph says."""

import httpx
from pyoxigraph import Store
from tests.helpers.markup import Element, read_page
from tests.helpers.sparql import select

from g7kg.rdf.vocab import IDENTIFIERS


def ask(store: Store, query: str) -> list[list[str]]:
    solutions = select(store, f"BASE <{IDENTIFIERS}> {query}")
    return [[getattr(term, "value", "").removeprefix(IDENTIFIERS) for term in row] for row in solutions]


def fetch(client: httpx.Client, path: str) -> Element:
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200
    return read_page(response.text)


def page(client: httpx.Client, path: str) -> Element:
    return fetch(client, f"/doc/{path}.html")
