"""Derivation by rule: SPARQL CONSTRUCT files, applied once each in the order of their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import DefaultGraph, NamedNode, Quad, Triple

from g7kg.errors import Location, RuleError
from g7kg.vocab import graph_iri


@dataclass(frozen=True)
class Rule:
    """A rule: where it is written, and its query."""

    path: Path
    query: str


def read_rules(folder: Path) -> tuple[Rule, ...]:
    """Return the rules in ``folder`` in the order of application, which is that of their file names.

    The order makes the rules stratified: one that asks for the absence of something stands behind those that make it.
    """
    return tuple(Rule(path, path.read_text("utf-8")) for path in sorted(folder.glob("*.rq")))


def derive_quads(quads: Iterable[Quad], rules: Sequence[Rule]) -> list[Quad]:
    """Return what ``rules`` derive from ``quads``, in the derived graph, without what is stated already.

    A rule sees, as its default graph, all triples of ``quads`` and what the rules before it derived. Raises
    ``RuleError``, naming the file, if a rule is not a CONSTRUCT query.
    """
    store = ox.Store()
    store.bulk_extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    derived: list[Quad] = []
    for rule in rules:
        new = [triple for triple in _construct(store, rule) if _to_quad(triple, DefaultGraph()) not in store]
        store.extend(_to_quad(triple, DefaultGraph()) for triple in new)
        derived.extend(_to_quad(triple, graph_iri("derived")) for triple in new)
    return derived


def _to_quad(triple: Triple, graph: NamedNode | DefaultGraph) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, graph)


def _construct(store: ox.Store, rule: Rule) -> set[Triple]:
    location = Location(str(rule.path))
    try:
        result = store.query(rule.query)
    except SyntaxError as error:
        raise RuleError(f"the rule is not valid SPARQL: {error}", location=location) from error
    if not isinstance(result, ox.QueryTriples):
        raise RuleError("the rule is not a CONSTRUCT query", location=location)
    return set(result)
