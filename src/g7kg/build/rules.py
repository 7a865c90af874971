"""Derivation by rule: SPARQL CONSTRUCT files, applied once each in the order of their names."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from g7kg.errors import Location, RuleError
from g7kg.texts.files import read_text

_MOST: Final = 1 << 20
"""The most bytes of a rule."""

_BATCH: Final = 200_000
_FEW: Final = 10_000
"""Up to so many quads a transaction takes less time than a bulk load."""


@dataclass(frozen=True)
class Rule:
    """A rule: where it is written, and its query."""

    path: Path
    query: str


def read_rules(folder: Path) -> tuple[Rule, ...]:
    """Return the rules in ``folder`` in the order of application, which is that of their file names.

    The order makes the rules stratified: one that asks for the absence of something stands behind those that make it.
    """
    return tuple(Rule(path, read_text(path, RuleError, most=_MOST)) for path in sorted(folder.glob("*.rq")))


def derive_triples(store: ox.Store, rules: Sequence[Rule]) -> Iterator[Triple]:
    """Yield what ``rules`` derive from the default graph of ``store`` and it does not hold; put it there, too.

    A rule sees what the rules before it derived. Raises ``RuleError``, naming the file, if one is no CONSTRUCT query,
    cannot be evaluated, or derives something of a blank node, or of what nothing else is said of.
    """
    for rule in rules:
        constructed = _construct(store, rule)  # evaluated on the store as it was when the rule began
        while batch := {Quad(*triple): None for triple in islice(constructed, _BATCH)}:
            new = [quad for quad in batch if quad not in store]
            _check_subjects(store, rule, {quad.subject for quad in new})
            (store.bulk_extend if len(new) > _FEW else store.extend)(new)
            yield from (quad.triple for quad in new)


def _check_subjects(store: ox.Store, rule: Rule, subjects: Iterable[NamedNode | BlankNode | Triple]) -> None:
    """Raise ``RuleError`` unless something is said of each of ``subjects``: what is new would belong to no document."""
    for subject in subjects:
        if not isinstance(subject, NamedNode) or not any(store.quads_for_pattern(subject, None, None, DefaultGraph())):
            message = f"the rule derives something of {subject}, of which nothing is stated"
            raise RuleError(message, location=Location(str(rule.path)), hint="derive it of what a mapping defines")


def _construct(store: ox.Store, rule: Rule) -> Iterator[Triple]:
    location = Location(str(rule.path))
    try:
        result = store.query(rule.query)
        if not isinstance(result, ox.QueryTriples):
            raise RuleError("the rule is not a CONSTRUCT query", location=location)
        yield from result
    except SyntaxError as error:
        raise RuleError(f"the rule is not valid SPARQL: {error}", location=location) from error
    except (RuntimeError, OSError) as error:
        raise RuleError(f"the rule cannot be evaluated: {error}", location=location) from error
