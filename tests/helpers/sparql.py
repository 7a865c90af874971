"""Queries of the tests: with all prefixes of the project, and for solutions."""

from collections.abc import Mapping

from pyoxigraph import QuerySolution, QuerySolutions, Store, Variable

from g7kg.rdf.vocab import PREFIXES as SPACES
from g7kg.rdf.vocab import Term

PREFIXES = "".join(f"PREFIX {prefix}: <{space}>\n" for prefix, space in SPACES.items())


def select(store: Store, query: str, substitutions: Mapping[Variable, Term] | None = None) -> list[QuerySolution]:
    """Return the solutions of ``query``, a SELECT that may use ``PREFIXES``."""
    solutions = store.query(query, prefixes=SPACES, substitutions=dict(substitutions) if substitutions else None)
    assert isinstance(solutions, QuerySolutions)
    return [*solutions]


def find(store: Store, pattern: str) -> set[str]:
    """Return the values of ``?u`` that ``pattern`` has in the store."""
    return {solution["u"].value for solution in select(store, f"SELECT ?u WHERE {{ {pattern} }}")}


NOT_EARLIER = """
        FILTER NOT EXISTS {
          ?s g7:inDocument ?document . ?document dcterms:issued ?d .
          ?t g7:expresses ?u ; g7:inDocument ?other . ?other dcterms:issued ?e .
          FILTER(?e < ?d || ?e = ?d && STR(?other) < STR(?document))
        }"""
"""Of ``?u``, that ``?s`` is in the first document that expresses it."""
