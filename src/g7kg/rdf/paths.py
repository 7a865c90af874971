"""SHACL property paths (https://www.w3.org/TR/shacl/#property-paths) as values, as SPARQL text and as triples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from pyoxigraph import BlankNode, NamedNode, Triple

from g7kg.rdf.terms import Term, to_term
from g7kg.rdf.vocab import RDF, Namespace

SH: Final = Namespace("http://www.w3.org/ns/shacl#")


class PathOperator(StrEnum):
    """What a path makes of its parts; the values are names in the SHACL vocabulary, but for a sequence, an RDF list."""

    ALTERNATIVE = "alternativePath"
    SEQUENCE = "sequence"
    INVERSE = "inversePath"
    ZERO_OR_MORE = "zeroOrMorePath"
    ONE_OR_MORE = "oneOrMorePath"
    ZERO_OR_ONE = "zeroOrOnePath"


@dataclass(frozen=True)
class PathExpression:
    """A path that is more than one predicate: alternatives and sequences have several parts, the others one."""

    operator: PathOperator
    parts: tuple[PropertyPath, ...]


PropertyPath: TypeAlias = str | PathExpression
"""A predicate path is its IRI."""

_SUFFIXES: Final = {PathOperator.ZERO_OR_MORE: "*", PathOperator.ONE_OR_MORE: "+", PathOperator.ZERO_OR_ONE: "?"}
_PREDICATE: Final = 4


def write_path(path: PropertyPath, write_iri: Callable[[str], str] = lambda iri: str(to_term(iri))) -> str:
    """Return ``path`` as SPARQL writes it (https://www.w3.org/TR/sparql11-query/#pp-language), predicates in brackets.

    There are no more parentheses than its grammar needs. ``write_iri`` may write predicates otherwise.
    """
    if isinstance(path, str):
        return write_iri(path)
    binding = _binding(path)
    texts = [
        text if _binding(part) > binding else f"({text})"
        for part in path.parts
        for text in [write_path(part, write_iri)]
    ]
    if path.operator is PathOperator.INVERSE:
        return "^" + "".join(texts)
    if path.operator in _SUFFIXES:
        return "".join(texts) + _SUFFIXES[path.operator]
    return ("/" if path.operator is PathOperator.SEQUENCE else "|").join(texts)


def _binding(path: PropertyPath) -> int:
    """Return how tightly ``path`` binds in SPARQL's grammar: alternatives the least."""
    if isinstance(path, str):
        return _PREDICATE
    order = (PathOperator.ALTERNATIVE, PathOperator.SEQUENCE, PathOperator.INVERSE)
    return order.index(path.operator) if path.operator in order else len(order)


def path_to_triples(path: PropertyPath, new_node: Callable[[], BlankNode]) -> tuple[Term, list[Triple]]:
    """Return the node that stands for ``path`` and the triples that describe it; ``new_node`` makes blank nodes."""
    if isinstance(path, str):
        return to_term(path), []
    nodes: list[Term] = []
    triples: list[Triple] = []
    for part in path.parts:
        node, described = path_to_triples(part, new_node)
        nodes.append(node)
        triples += described
    value: Term = nodes[0] if nodes else RDF("nil")
    if path.operator in {PathOperator.SEQUENCE, PathOperator.ALTERNATIVE}:
        value, listed = _list_to_triples(nodes, new_node)
        triples = listed + triples
    if path.operator is PathOperator.SEQUENCE:
        return value, triples
    head = new_node()
    return head, [Triple(head, SH(path.operator.value), value), *triples]


def _list_to_triples(items: list[Term], new_node: Callable[[], BlankNode]) -> tuple[Term, list[Triple]]:
    cells: list[BlankNode] = [new_node() for _ in items]
    rests: list[BlankNode | NamedNode] = [*cells[1:], RDF("nil")]
    triples: list[Triple] = []
    for cell, item, rest in zip(cells, items, rests, strict=False):
        triples += [Triple(cell, RDF("first"), item), Triple(cell, RDF("rest"), rest)]
    return (cells[0] if cells else RDF("nil")), triples
