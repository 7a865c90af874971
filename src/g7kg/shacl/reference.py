"""Validation by pySHACL, the reference engine.

Where shapes keep to what the engines were compared in, the nodes of their targets are found as for the fast engine:
rdflib takes longer for those of SPARQL targets than pySHACL for all the rest. pySHACL finds them where rules could
change the data first, and where functions of the shapes' own could be called.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

import pyoxigraph as ox
import pyshacl
from pyoxigraph import Quad, Triple
from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.core.property_pair_constraints import (
    LessThanConstraintComponent,
    LessThanOrEqualsConstraintComponent,
)
from rdflib import SH as SHACL
from rdflib import BNode, Graph, Literal, URIRef

from g7kg.errors import DataError, ShapesError
from g7kg.rdf.terms import from_term
from g7kg.rdf.vocab import RDF, SH
from g7kg.shacl.constraints import read_shapes
from g7kg.shacl.focus import Found, find_at_targets, list_targets
from g7kg.shacl.report import Engine, Finding, Report
from g7kg.shacl.results import keep_own_messages, read_findings, to_literal
from g7kg.shacl.strings import LanguageIn, MinLength, Pattern, Results, Value
from g7kg.shacl.syntax import refuse_ill_formed
from g7kg.shacl.targets import add_imported_prefixes
from g7kg.shacl.trusted import list_untrusted


class _LessThan(LessThanConstraintComponent):
    def _compare_lt(self, values: Iterable[Value], others: Iterable[Value], graph: Graph, focus: Value) -> Results:
        found = _find_violating(values, "<", others)
        return bool(found), [self.make_v_result(graph, focus, value_node=value) for value in found]


class _LessThanOrEquals(LessThanOrEqualsConstraintComponent):
    def _compare_ltoe(self, values: Iterable[Value], others: Iterable[Value], graph: Graph, focus: Value) -> Results:
        found = _find_violating(values, "<=", others)
        return bool(found), [self.make_v_result(graph, focus, value_node=value) for value in found]


def install_comparisons() -> None:
    """Have pySHACL compare so, and texts as ``strings`` says, in this process; it has no other way to be told."""
    CONSTRAINT_PARAMETERS_MAP[SHACL.minLength] = MinLength
    CONSTRAINT_PARAMETERS_MAP[SHACL.languageIn] = LanguageIn
    CONSTRAINT_PARAMETERS_MAP[SHACL.pattern] = Pattern
    CONSTRAINT_PARAMETERS_MAP[SHACL.lessThan] = _LessThan
    CONSTRAINT_PARAMETERS_MAP[SHACL.lessThanOrEquals] = _LessThanOrEquals


def _find_violating(values: Iterable[Value], operator: str, others: Iterable[Value]) -> list[Value]:
    compared = list(others)
    return [value for value in values for other in compared if not _holds(value, operator, other)]


def _holds(first: Value, operator: str, second: Value) -> bool:
    if not isinstance(first, Literal) or not isinstance(second, Literal):
        return False
    return bool(ox.Store().query(f"ASK {{ FILTER({to_literal(first)} {operator} {to_literal(second)}) }}"))


ENGINE: Final = f"pySHACL {pyshacl.__version__}"
"""What reports call the engine."""

_PROBE: Final = "urn:x-g7kg:probe:"
_ANY, _NONE = (ox.NamedNode(f"urn:x-g7kg:{name}") for name in ("any", "none"))
_EMPTY: Final = {SH("and"): _ANY, SH("or"): _NONE, SH("xone"): _NONE}
"""What stands for an empty list of shapes: a list of one shape, itself, which every node conforms to, or none."""


def validate_quads(quads: Iterable[Quad], shapes: Iterable[Quad]) -> Report:
    """Return the report on the union of the graphs of ``quads`` under ``shapes``; nothing is inferred.

    SPARQL targets (SHACL Advanced Features, section 3.1) are evaluated, each once for the whole graph. Blank nodes keep
    their labels in the findings. Raises ``DataError`` for terms that RDF 1.1 does not know, ``ShapesError`` for shapes
    that are ill-formed by themselves (``syntax``).
    """
    data, stated = dict.fromkeys(quad.triple for quad in quads), tuple(shapes)
    triples = add_imported_prefixes(quad.triple for quad in stated)
    graph = ox.Dataset(Quad(*triple) for triple in triples)
    refuse_ill_formed(graph)
    found = None if list_untrusted(graph) else _find_where_oxigraph_selects(triples, data)
    findings, focus = found or _part(load_engine((*triples, *_make_probes(graph)))(data))
    return Report(findings, len(data), read_shapes(stated), ENGINE, focus)


def load_engine(shapes: Iterable[Triple]) -> Engine:
    """Return what gives the findings on triples under ``shapes``, as often as it is asked."""
    install_comparisons()
    graph = _to_graph(_fill_lists(shapes))

    def find(data: Collection[Triple]) -> tuple[Finding, ...]:
        _, results, _ = pyshacl.validate(
            _to_graph(data), shacl_graph=graph, advanced=True, inplace=True, do_owl_imports=False, allow_infos=True
        )
        if not isinstance(results, Graph):
            raise TypeError("pySHACL returned no graph of results")
        keep_own_messages(results, graph)
        return read_findings(results)

    return find


def _fill_lists(shapes: Iterable[Triple]) -> Iterator[Triple]:
    """Yield ``shapes`` with a shape in each empty list of shapes, which pySHACL refuses.

    Every node conforms to a conjunction of none, no node to a disjunction (https://www.w3.org/TR/shacl/#core-components-logical).
    """
    for triple in shapes:
        filled = _EMPTY.get(triple.predicate) if triple.object == RDF("nil") else None
        yield Triple(triple.subject, triple.predicate, filled) if filled else triple
    for shape in (_ANY, _NONE):
        yield from (Triple(shape, RDF("first"), shape), Triple(shape, RDF("rest"), RDF("nil")))
        yield Triple(shape, RDF("type"), SH("NodeShape"))
    yield Triple(_NONE, SH("not"), _ANY)


def _find_where_oxigraph_selects(shapes: Sequence[Triple], data: Collection[Triple]) -> Found | None:
    try:
        return find_at_targets(shapes, data, load_engine)
    except ShapesError:  # a query that it does not accept: pySHACL evaluates it, or says what is wrong
        return None


def _make_probes(shapes: ox.Dataset) -> Iterator[Triple]:
    """Yield a shape for each of ``shapes`` with targets, which has the same ones and is violated by every node.

    So pySHACL tells the nodes of targets with functions of the shapes' own, and those that rules bring about.
    """
    for target in list_targets(shapes):
        probe = ox.NamedNode(_PROBE + from_term(target.subject))
        yield Triple(probe, RDF("type"), SH("NodeShape"))
        yield Triple(probe, SH("hasValue"), probe)
        yield Triple(probe, target.predicate, target.object)


def _part(findings: Iterable[Finding]) -> Found:
    """Return the findings proper, and what those of probes tell: the focus nodes of each shape."""
    kept, focus = [], defaultdict[str, set[str]](set)
    for finding in findings:
        if finding.source_shape.startswith(_PROBE):
            focus[finding.source_shape.removeprefix(_PROBE)].add(finding.focus_node)
        else:
            kept.append(finding)
    return tuple(kept), {shape: frozenset(nodes) for shape, nodes in focus.items()}


def _to_graph(triples: Iterable[Triple]) -> Graph:
    """Return ``triples`` as an rdflib graph in which a term that stands in many of them is one object."""
    graph, known = Graph(bind_namespaces="none"), dict[object, URIRef | BNode | Literal]()

    def convert(term: object) -> URIRef | BNode | Literal:
        found = known.get(term)
        return known.setdefault(term, _to_node(term)) if found is None else found

    for triple in triples:
        graph.add((convert(triple.subject), convert(triple.predicate), convert(triple.object)))
    return graph


def _to_node(term: object) -> URIRef | BNode | Literal:
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if not isinstance(term, ox.Literal) or term.direction:
        raise DataError(f"{term} is of RDF 1.2", hint="pySHACL knows RDF 1.1 only; leave it out")
    if term.language:
        return Literal(term.value, lang=term.language)
    plain = term.datatype == ox.Literal("").datatype
    return Literal(term.value, datatype=None if plain else URIRef(term.datatype.value), normalize=False)
