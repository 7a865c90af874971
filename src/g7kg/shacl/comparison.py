"""sh:lessThan and sh:lessThanOrEquals (https://www.w3.org/TR/shacl/#core-components-property-pairs) for pySHACL.

SHACL compares as SPARQL does, and values that cannot be compared violate. pySHACL raises an error for blank nodes, and
orders IRIs and literals of different types; so Oxigraph compares.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox
from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.core.property_pair_constraints import (
    LessThanConstraintComponent,
    LessThanOrEqualsConstraintComponent,
)
from rdflib import SH, Literal
from rdflib.term import Node


class _LessThan(LessThanConstraintComponent):  # type: ignore[misc] - pySHACL has no types
    def _compare_lt(self, values: Iterable[Node], others: Iterable[Node], graph: Any, focus: Node) -> tuple[bool, Any]:  # noqa: ANN401 - pySHACL's own
        return _compare(self, "<", values, others, graph, focus)


class _LessThanOrEquals(LessThanOrEqualsConstraintComponent):  # type: ignore[misc] - pySHACL has no types
    def _compare_ltoe(
        self,
        values: Iterable[Node],
        others: Iterable[Node],
        graph: Any,
        focus: Node,
    ) -> tuple[bool, Any]:
        return _compare(self, "<=", values, others, graph, focus)


def install_comparisons() -> None:
    """Have pySHACL compare so, in this process; it has no other way to be told."""
    CONSTRAINT_PARAMETERS_MAP[SH.lessThan] = _LessThan
    CONSTRAINT_PARAMETERS_MAP[SH.lessThanOrEquals] = _LessThanOrEquals


def _compare(  # noqa: PLR0913 - what pySHACL passes
    component: Any,
    operator: str,
    values: Iterable[Node],
    others: Iterable[Node],
    graph: Any,
    focus: Node,
) -> tuple[bool, list[Any]]:
    """Return whether a pair violates, and a result of pySHACL's for each that does."""
    compared = list(others)
    pairs = [value for value in values for other in compared if not _holds(value, operator, other)]
    return bool(pairs), [component.make_v_result(graph, focus, value_node=value) for value in pairs]


def _holds(first: Node, operator: str, second: Node) -> bool:
    if not isinstance(first, Literal) or not isinstance(second, Literal):
        return False
    return bool(ox.Store().query(f"ASK {{ FILTER({_to_literal(first)} {operator} {_to_literal(second)}) }}"))


def _to_literal(literal: Literal) -> ox.Literal:
    if literal.language:
        return ox.Literal(str(literal), language=literal.language)
    return ox.Literal(str(literal), datatype=ox.NamedNode(literal.datatype) if literal.datatype else None)
