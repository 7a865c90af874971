"""The page for queries: a form that works by itself, an editor in its place where there is one, results as a page."""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlencode

from g7kg.dataset.dataset import Dataset
from g7kg.engine import Answer, read_answer
from g7kg.errors import NotFound, RequestError
from g7kg.pages.naming import name_resources
from g7kg.pages.rendering import Page
from g7kg.pages.snippets import compose_snippets
from g7kg.queries.catalogue import CatalogueQuery
from g7kg.rdf.binding import bind_terms
from g7kg.rdf.formats import GRAPH_FORMATS, RESULT_FORMATS
from g7kg.rdf.vocab import BASE, IDENTIFIERS, PREFIXES

PAGE_BYTES: Final = 1 << 20
"""The largest result that is shown as a page."""

PAGE_CELLS: Final = 20_000
"""The largest table that is shown as a page, in cells."""

FIRST_QUERY: Final = """\
PREFIX g7: <https://w3id.org/g7kg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?undertaking ?label ?status
WHERE {
  ?undertaking a g7:Undertaking ;
    rdfs:label ?label ;
    g7:status/rdfs:label ?status .
}
ORDER BY ?status ?label
"""
"""What the page asks before anybody has written anything."""

EDITOR: Final = {"yasqe.min.js": "text/javascript", "yasqe.min.css": "text/css", "LICENCES.txt": "text/plain"}
"""The files of the editor, where it was installed, by name, and their media types."""


def show_query(query: str, example: str | None, queries: Sequence[CatalogueQuery], link: str, base: str) -> Page:
    """Return the page with ``query``, the ``example`` of that name if it is one, in its form.

    ``link`` is its address, ``base`` the address of the server, ending in a slash.
    """
    values = {
        "query": query,
        "example": example,
        "queries": queries,
        "editor": "yasqe.min.js" in read_editor(),
        "link": link,
        "snippets": compose_snippets(f"{base}sparql", query),
        "base": BASE,
        "identifiers": IDENTIFIERS,
    }
    return Page("query.html", values)


async def list_vocabulary(dataset: Dataset) -> dict[str, Any]:
    """Return the prefixes and terms that the editor completes: classes, properties, concepts and things of this graph.

    Each term is its IRI, its kind, its label, its definition, and its other names.
    """
    rows = (await dataset.select("vocabulary")).rows
    terms = [[row.get(name, "") for name in ("term", "kind", "label", "definition", "others")] for row in rows]
    return {"prefixes": PREFIXES, "terms": terms}


def choose_query(queries: Sequence[CatalogueQuery], query: str | None, example: str | None) -> str:
    """Return ``query``, or the ``example`` of that name, or a first query where neither is given.

    The parameters of an example are bound to what its header gives for each.

    Raises ``RequestError`` for both, ``NotFound`` for an example that there is not.
    """
    if query is not None and example is not None:
        raise RequestError("a query and an example exclude each other", hint="give one of them")
    if example is None:
        return FIRST_QUERY if query is None else query
    found = [bind_example(known) for known in queries if known.name == example]
    if not found:
        raise NotFound(f"there is no example {example}", hint="the page /query lists them")
    return found[0]


def bind_example(query: CatalogueQuery) -> str:
    """Return the text of ``query`` with its parameters bound to their examples, so that it has an answer as it is."""
    examples = {parameter.name: parameter.default or parameter.example for parameter in query.parameters}
    asked, terms = query.bind(examples)
    return bind_terms(asked.text, terms)


@cache
def read_editor() -> dict[str, bytes]:
    """Return the files of the editor by name, none if it was not installed."""
    folder = files("g7kg.pages") / "editor"
    return {name: (folder / name).read_bytes() for name in EDITOR if (folder / name).is_file()}


def read_browser_files() -> dict[str, bytes]:
    """Return all that was installed for browsers, by name: the editor, and what answers in place of a server."""
    folder = files("g7kg.pages") / "editor"
    return {file.name: file.read_bytes() for file in folder.iterdir()} if folder.is_dir() else {}


async def show_results(
    dataset: Dataset, answer: Answer, query: str, parameters: Sequence[tuple[str, str]], warnings: Sequence[str]
) -> Page:
    """Return the page that shows ``answer``, in JSON or Turtle, to ``query``; resources are called by their names.

    ``parameters`` are the protocol's, of the dataset, which the links to other formats repeat; ``warnings`` come first.
    """
    body = await read_answer(answer, PAGE_BYTES)
    graph = answer.format == "ttl"
    values: dict[str, Any] = {
        "query": query,
        "warnings": warnings,
        "too_large": body is None,
        "columns": [],
        "rows": [],
        "boolean": None,
        "turtle": body.decode() if body is not None and graph else None,
        "formats": GRAPH_FORMATS if graph else RESULT_FORMATS,
        "link": urlencode([("query", query), *parameters]),
        "names": {},
    }
    if body is not None and not graph:
        values |= _read_table(body)
        iris = (cell["value"] for row in values["rows"] for cell in row.values() if cell["type"] == "uri")
        values["names"] = await name_resources(dataset, iris)
    return Page("results.html", values)


def _read_table(body: bytes) -> dict[str, Any]:
    """Return what the page shows of results in JSON; only that they are too large, if they have too many cells."""
    try:
        results = json.loads(body)
    except RecursionError:
        return {"too_large": True}
    columns, rows = results["head"].get("vars", []), results.get("results", {}).get("bindings", [])
    if len(columns) * len(rows) > PAGE_CELLS:
        return {"too_large": True}
    return {"boolean": results.get("boolean"), "columns": columns, "rows": rows}
