r"""Constraints on texts (https://www.w3.org/TR/shacl/#core-components-string) for pySHACL, as SPARQL evaluates them.

pySHACL takes patterns for Python's, which end before a last line break, know no ``\p{L}`` and two flags only, and a
language range for one subtag or the whole tag; it lets blank nodes have no length.
"""

import re
from collections.abc import Callable, Iterable, Mapping

import pyoxigraph as ox
from pyshacl.constraints.core.string_based_constraints import (
    LanguageInConstraintComponent,
    MinLengthConstraintComponent,
    PatternConstraintComponent,
    StringBasedConstraintBase,
)
from pyshacl.shape import Shape
from rdflib import BNode, Graph, Literal
from rdflib.term import IdentifiedNode

from g7kg.rdf.vocab import RDF

Value = IdentifiedNode | Literal

Values = Mapping[Value, Iterable[Value]]
"""The value nodes of each focus node."""

Results = tuple[bool, list[object]]
"""Whether any violates, and pySHACL's results."""


class MinLength(MinLengthConstraintComponent):
    """sh:minLength: a blank node violates any."""

    def _evaluate_string_rule(self, r: Literal, target_graph: Graph, f_v_dict: Values) -> Results:
        if int(r):
            found: Results = super()._evaluate_string_rule(r, target_graph, f_v_dict)  # type: ignore[no-untyped-call]
            return found
        return _report(self, target_graph, f_v_dict, lambda value: not isinstance(value, BNode))


class LanguageIn(LanguageInConstraintComponent):
    """sh:languageIn: ``zh-Hant`` is a range that ``zh-Hant-TW`` is in (RFC 4647, section 3.3.1)."""

    def _evaluate_string_rule(self, r: IdentifiedNode, target_graph: Graph, f_v_dict: Values) -> Results:
        ranges = [str(range_).lower() for range_ in self.shape.sg.graph.items(r)]

        def fits(value: Value) -> bool:
            tag = ((isinstance(value, Literal) and value.language) or "").lower()
            return any(tag and (one == "*" or f"{tag}-".startswith(f"{one}-")) for one in ranges)

        return _report(self, target_graph, f_v_dict, fits)


class Pattern(PatternConstraintComponent):
    """sh:pattern and sh:flags; what Oxigraph has no pattern for, such as one that looks ahead, stays Python's."""

    def __init__(self, shape: Shape) -> None:
        try:
            super().__init__(shape)
        except re.error:
            if not all(_is_pattern(str(rule), self._read_flags()) for rule in self.string_rules):
                raise

    def _evaluate_string_rule(self, r: Literal, target_graph: Graph, f_v_dict: Values) -> Results:
        pattern, flags = str(r), self._read_flags()
        if not _is_pattern(pattern, flags):
            found: Results = super()._evaluate_string_rule(r, target_graph, f_v_dict)  # type: ignore[no-untyped-call]
            return found
        texts = {str(value) for values in f_v_dict.values() for value in values if not isinstance(value, BNode)}
        matching = _find_matching(texts, pattern, flags)
        return _report(
            self, target_graph, f_v_dict, lambda value: not isinstance(value, BNode) and str(value) in matching
        )

    def _read_flags(self) -> str:
        return str(self.flags or "")


def _report(
    component: StringBasedConstraintBase, graph: Graph, values: Values, fits: Callable[[Value], bool]
) -> Results:
    found = [(focus, value) for focus, nodes in values.items() for value in nodes if not fits(value)]
    return bool(found), [component.make_v_result(graph, focus, value_node=value) for focus, value in found]


def _is_pattern(pattern: str, flags: str) -> bool:
    match = f"REGEX({ox.Literal('')}, {ox.Literal(pattern)}, {ox.Literal(flags)})"
    return bool(ox.Store().query(f"ASK {{ BIND({match} AS ?x) FILTER(BOUND(?x)) }}"))


def _find_matching(texts: Iterable[str], pattern: str, flags: str) -> set[str]:
    store = ox.Store()
    store.extend(ox.Quad(ox.BlankNode(), RDF("value"), ox.Literal(text)) for text in texts)
    match = f"REGEX(?text, {ox.Literal(pattern)}, {ox.Literal(flags)})"
    solutions = store.query(f"SELECT ?text {{ ?node ?value ?text FILTER({match}) }}")
    if not isinstance(solutions, ox.QuerySolutions):
        raise TypeError("a SELECT gave no solutions")
    return {row["text"].value for row in solutions}
