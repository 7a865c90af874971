"""Pages of a server beside what the graph says."""

import httpx
from pyoxigraph import NamedNode, Store
from tests.helpers.markup import Element, read_page
from tests.helpers.sparql import select

from g7kg.rdf.vocab import IDENTIFIERS, OWL


def ask(store: Store, query: str) -> list[list[str]]:
    solutions = select(store, f"BASE <{IDENTIFIERS}> {query}")
    return [[getattr(term, "value", "").removeprefix(IDENTIFIERS) for term in row] for row in solutions]


def fetch(client: httpx.Client, path: str) -> Element:
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200
    return read_page(response.text)


def page(client: httpx.Client, path: str) -> Element:
    return fetch(client, f"/doc/{path}.html")


def list_retired(store: Store) -> set[str]:
    """Return the names of the things that mean nothing any more: they answer 410, and say what replaces them."""
    return {
        quad.subject.value.removeprefix(IDENTIFIERS)
        for quad in store.quads_for_pattern(None, OWL("deprecated"), None)
        if isinstance(quad.subject, NamedNode) and quad.subject.value.startswith(IDENTIFIERS)
    }
