"""Pages of a server beside what the graph says."""

from __future__ import annotations

import httpx
from pyoxigraph import QuerySolutions, Store
from tests.helpers.markup import Element, read_page


def ask(store: Store, query: str) -> list[list[str]]:
    prefixes = """PREFIX g7: <https://w3id.org/g7kg/ontology#> PREFIX dcterms: <http://purl.org/dc/terms/>
        PREFIX oa: <http://www.w3.org/ns/oa#> PREFIX schema: <https://schema.org/>
        BASE <https://w3id.org/g7kg/id/> """
    solutions = store.query(prefixes + query)
    assert isinstance(solutions, QuerySolutions)
    return [[getattr(term, "value", "").removeprefix("https://w3id.org/g7kg/id/") for term in row] for row in solutions]


def page(client: httpx.Client, path: str) -> Element:
    response = client.get(f"/doc/{path}.html")
    assert response.status_code == 200
    return read_page(response.text)
