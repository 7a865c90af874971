"""sh:lessThan and sh:lessThanOrEquals (https://www.w3.org/TR/shacl/#core-components-property-pairs) for pySHACL.

SHACL compares as SPARQL does, and values that cannot be compared violate. pySHACL raises an error for blank nodes, and
orders IRIs and literals of different types; so Oxigraph compares.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox
from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.core.property_pair_constraints import (
    LessThanConstraintComponent,
    LessThanOrEqualsConstraintComponent,
)
from rdflib import SH, Graph, Literal
from rdflib.term import IdentifiedNode

Value = IdentifiedNode | Literal

Results = tuple[bool, list[object]]
"""Whether a pair violates, and pySHACL's results."""


class _LessThan(LessThanConstraintComponent):
    def _compare_lt(self, values: Iterable[Value], others: Iterable[Value], graph: Graph, focus: Value) -> Results:
        found = _find_violating(values, "<", others)
        return bool(found), [self.make_v_result(graph, focus, value_node=value) for value in found]


class _LessThanOrEquals(LessThanOrEqualsConstraintComponent):
    def _compare_ltoe(self, values: Iterable[Value], others: Iterable[Value], graph: Graph, focus: Value) -> Results:
        found = _find_violating(values, "<=", others)
        return bool(found), [self.make_v_result(graph, focus, value_node=value) for value in found]


def install_comparisons() -> None:
    """Have pySHACL compare so, in this process; it has no other way to be told."""
    CONSTRAINT_PARAMETERS_MAP[SH.lessThan] = _LessThan
    CONSTRAINT_PARAMETERS_MAP[SH.lessThanOrEquals] = _LessThanOrEquals


def _find_violating(values: Iterable[Value], operator: str, others: Iterable[Value]) -> list[Value]:
    """Return the value of each pair of which the operator does not hold."""
    compared = list(others)
    return [value for value in values for other in compared if not _holds(value, operator, other)]


def _holds(first: Value, operator: str, second: Value) -> bool:
    if not isinstance(first, Literal) or not isinstance(second, Literal):
        return False
    return bool(ox.Store().query(f"ASK {{ FILTER({_to_literal(first)} {operator} {_to_literal(second)}) }}"))


def _to_literal(literal: Literal) -> ox.Literal:
    if literal.language:
        return ox.Literal(str(literal), language=literal.language)
    return ox.Literal(str(literal), datatype=ox.NamedNode(literal.datatype) if literal.datatype else None)
