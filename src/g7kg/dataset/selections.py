"""Solutions of queries as pages use them, with the query that they come from, so that a page can show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from g7kg.queries.catalogue import CatalogueQuery
from g7kg.rdf.binding import bind_terms

Row = dict[str, str]
Value = NamedNode | Literal


@dataclass(frozen=True)
class Selection:
    """A question that was asked, the terms that its variables were bound to, and its solutions.

    Each row is a dictionary from variable to lexical form or IRI; what a solution leaves unbound is not in it.
    """

    query: CatalogueQuery
    bindings: Mapping[str, Value]
    rows: tuple[Row, ...]

    @property
    def text(self) -> str:
        """The query that has the same solutions by itself: the terms stand in VALUES blocks."""
        return bind_terms(self.query.text, self.bindings)
