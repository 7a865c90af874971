"""The queries that pages are made of, and their rows. What varies is bound as a term, never written into the text.

Each is a file here, with a header as in the catalogue, so that a page can show which question it answers, and how.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode
from starlette.requests import Request

from g7kg.engine import EngineRequest
from g7kg.rdf.binding import bind_terms
from g7kg.errors import EngineError
from g7kg.queries.catalogue import CatalogueQuery, read_queries
from g7kg.rdf.vocab import Term
from g7kg.serve.answers import read_answer
from g7kg.serve.site import engine_of, gate_of, site_of

ROWS_BYTES: Final = 64 << 20
"""The largest answer, in bytes, that a page is made of."""

Row = dict[str, str]
Value = NamedNode | Literal


@dataclass(frozen=True)
class Selection:
    """A question that was asked for a page, the terms that its variables were bound to, and its solutions.

    Each row is a dictionary from variable to lexical form or IRI; what a solution leaves unbound is not in it.
    """

    query: CatalogueQuery
    bindings: Mapping[str, Value]
    rows: tuple[Row, ...]

    @property
    def text(self) -> str:
        """The query that has the same solutions by itself: the terms stand in VALUES blocks."""
        return bind_terms(self.query.text, self.bindings)


def read_selections() -> Mapping[str, CatalogueQuery]:
    """Return the queries of the pages by name."""
    return {query.name: query for query in read_queries(Path(__file__).parents[1] / "queries" / "pages")}


async def select(request: Request, name: str, **bindings: Value) -> Selection:
    """Return the selection ``name`` with ``bindings``, of the snapshot that ``request`` is answered from.

    Raises ``EngineError`` if it has more than ``ROWS_BYTES``, and what the engine raises.
    """
    library = site_of(request).library
    return await ask(request, library.selections[name], **bindings)


async def ask(request: Request, query: CatalogueQuery, **bindings: Value) -> Selection:
    """Return the selection that ``query``, any SELECT with a header, makes; see ``select``."""
    solutions = json.loads(await evaluate(request, query, bindings))["results"]["bindings"]
    rows = tuple({name: value["value"] for name, value in solution.items()} for solution in solutions)
    return Selection(query, bindings, rows)


async def select_terms(request: Request, name: str, **bindings: Value) -> list[dict[str, Term]]:
    """Return the solutions of the selection ``name`` as terms by variable; see ``select``."""
    query = site_of(request).library.selections[name]
    body = await evaluate(request, query, bindings)
    solutions = ox.parse_query_results(body, ox.QueryResultsFormat.JSON)
    if not isinstance(solutions, ox.QuerySolutions):
        raise TypeError("a selection is a SELECT")
    names = [variable.value for variable in solutions.variables]
    return [
        {name: term for name, term in zip(names, solution, strict=True) if term is not None} for solution in solutions
    ]


async def evaluate(request: Request, query: CatalogueQuery, bindings: Mapping[str, Value]) -> bytes:
    """Return the solutions of ``query`` with ``bindings`` in SPARQL's JSON; errors: see ``select``."""
    async with gate_of(request):
        answer = await engine_of(request).run(EngineRequest(query.text, "json", None, bindings=bindings))
        body = await read_answer(answer, ROWS_BYTES)
    if body is None:
        raise EngineError("the page would be too large", hint="query the endpoint instead")
    return body
