"""SHACL property paths (https://www.w3.org/TR/shacl/#property-paths) as values, as SPARQL text and as triples."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from g7kg.rdf.terms import Term, to_term
from g7kg.rdf.vocab import RDF, SH


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
_BY_SUFFIX: Final = {sign: operator for operator, sign in _SUFFIXES.items()}
_BINDING: Final = {PathOperator.ALTERNATIVE: 0, PathOperator.SEQUENCE: 1, PathOperator.INVERSE: 2}
"""How tightly operators bind; what has a suffix more than these, a predicate most."""

_TOKEN: Final = re.compile(r"<[^<>]*>|[\^()/|*+?]")


def write_path(path: PropertyPath, write_iri: Callable[[str], str] = lambda iri: str(to_term(iri))) -> str:
    """Return ``path`` as SPARQL writes it (https://www.w3.org/TR/sparql11-query/#pp-language), predicates in brackets.

    There are no more parentheses than its grammar needs. ``write_iri`` may write predicates otherwise.
    """
    if isinstance(path, str):
        return write_iri(path)
    binding = _binding(path)
    parts = [(part, write_path(part, write_iri)) for part in path.parts]
    texts = [text if _binding(part) > binding else f"({text})" for part, text in parts]
    if path.operator is PathOperator.INVERSE:
        return "^" + "".join(texts)
    if path.operator in _SUFFIXES:
        return "".join(texts) + _SUFFIXES[path.operator]
    return ("/" if path.operator is PathOperator.SEQUENCE else "|").join(texts)


def _binding(path: PropertyPath) -> int:
    return 4 if isinstance(path, str) else _BINDING.get(path.operator, 3)


def read_path(text: str) -> PropertyPath:
    """Return the path that ``text`` writes as SPARQL does, predicates in brackets; ``ValueError`` if it is none."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != "".join(text.split()):
        raise ValueError(f"not a property path: {text}")
    path = _read_parts(tokens, "|", PathOperator.ALTERNATIVE)
    if tokens:
        raise ValueError(f"not a property path: {text}")
    return path


def _read_parts(tokens: list[str], separator: str, operator: PathOperator) -> PropertyPath:
    def read() -> PropertyPath:
        return _read_parts(tokens, "/", PathOperator.SEQUENCE) if separator == "|" else _read_step(tokens)

    parts = [read()]
    while tokens and tokens[0] == separator:
        tokens.pop(0)
        parts.append(read())
    return parts[0] if len(parts) == 1 else PathExpression(operator, tuple(parts))


def _read_step(tokens: list[str]) -> PropertyPath:
    first = tokens.pop(0) if tokens else ""
    if first == "^":
        return PathExpression(PathOperator.INVERSE, (_read_step(tokens),))
    path: PropertyPath = first[1:-1]
    if first == "(":
        path = _read_parts(tokens, "|", PathOperator.ALTERNATIVE)
        if not tokens or tokens.pop(0) != ")":
            raise ValueError("a parenthesis of a path is not closed")
    elif not path:
        raise ValueError("a predicate of a path is missing")
    while tokens and tokens[0] in _BY_SUFFIX:
        path = PathExpression(_BY_SUFFIX[tokens.pop(0)], (path,))
    return path


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


def values_of(graph: ox.Dataset, node: Term | Triple, name: str) -> list[Term]:
    """Return the values of ``sh:name`` at ``node`` of ``graph``."""
    if not isinstance(node, NamedNode | BlankNode):
        return []
    predicate = SH(name)
    quads = (quad for quad in graph.quads_for_subject(node) if quad.predicate == predicate)
    return [quad.object for quad in quads if isinstance(quad.object, NamedNode | BlankNode | Literal)]


def read_list(graph: ox.Dataset, head: Term | Triple, *, strict: bool = False) -> list[Term]:
    """Return the items of the list at ``head`` of ``graph``, up to where it is none: ``ValueError`` if ``strict``.

    Each of its nodes has one first item and one rest (https://www.w3.org/TR/shacl/#dfn-shacl-list).
    """
    items: list[Term] = []
    while head != RDF("nil"):
        stated = list(graph.quads_for_subject(head)) if isinstance(head, NamedNode | BlankNode) else []
        firsts, rests = ([quad.object for quad in stated if quad.predicate == RDF(name)] for name in ("first", "rest"))
        endless = len(items) >= len(graph)
        if strict and ([len(firsts), len(rests)] != [1, 1] or endless):
            raise ValueError("no list of nodes with one rdf:first and one rdf:rest, which ends in rdf:nil")
        if endless or not firsts or not isinstance(firsts[0], NamedNode | BlankNode | Literal):
            break
        items.append(firsts[0])
        head = rests[0] if rests else RDF("nil")
    return items


def path_from_triples(
    graph: ox.Dataset, node: Term | Triple, *, strict: bool = False, inside: tuple[Term | Triple, ...] = ()
) -> PropertyPath:
    """Return the path that ``node`` of ``graph`` stands for; see ``read_list``. ``inside``: the paths around it."""
    if isinstance(node, NamedNode):
        return node.value
    stated = [(operator, value) for operator in PathOperator for value in values_of(graph, node, operator.value)]
    about = graph.quads_for_subject(node) if isinstance(node, BlankNode) else ()
    sequence = not stated or any(quad.predicate == RDF("first") for quad in about)
    operator, value = (PathOperator.SEQUENCE, node) if sequence else stated[0]
    listed = operator in {PathOperator.SEQUENCE, PathOperator.ALTERNATIVE}
    parts = read_list(graph, value, strict=strict) if listed else [value]
    if strict and ((len(stated) > 1 and not sequence) or (listed and len(parts) == 1) or not parts or node in inside):
        raise ValueError("no path: it has two operators, a list of less than two, or itself in it")
    paths = (path_from_triples(graph, part, strict=strict, inside=(*inside, node)) for part in parts)
    return PathExpression(operator, tuple(paths))
