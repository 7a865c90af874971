"""What the store changes of what it is given: the values of numbers and dates stay, their spelling does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Store

from g7kg.rdf.vocab import XSD, shorten_iri

_KEPT: Final = frozenset(
    {
        "http://www.w3.org/2001/XMLSchema#string",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#dirLangString",
    }
)
_SURE: Final = {
    XSD("integer"): re.compile(r"0|-?[1-9][0-9]{0,17}"),
    XSD("date"): re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}Z?"),
    XSD("boolean"): re.compile("true|false"),
}
"""What is known to stay as it is, so that it need not be tried."""

_PLACE: Final = NamedNode("urn:x-place")


@dataclass
class Change:
    """How many values of one datatype are changed, with the first one ``before`` and ``after``."""

    count: int
    before: str
    after: str


def count_changes(quads: Iterable[Quad]) -> dict[str, Change]:
    """Return by datatype (its IRI) what a store changes of the literals that are objects of ``quads``."""
    found: dict[str, Change] = {}
    for quad in quads:
        literal = quad.object
        if not isinstance(literal, Literal) or literal.datatype.value in _KEPT:
            continue
        after = _store(literal)
        if after != literal:
            found.setdefault(literal.datatype.value, Change(0, str(literal), str(after))).count += 1
    return found


def tell_changes(changes: Iterable[tuple[str, Change]]) -> Iterator[str]:
    """Yield what is told of ``changes``, by the IRIs of the datatypes: those of one datatype together."""
    found: dict[str, Change] = {}
    for datatype, change in changes:
        found.setdefault(datatype, Change(0, change.before, change.after)).count += change.count
    for datatype, change in sorted(found.items()):
        name = shorten_iri(datatype)
        yield f"{change.count:,} × {name} is stored in another form, such as {change.before} as {change.after}"


@lru_cache(maxsize=1 << 16)
def _store(literal: Literal) -> object:
    """Return ``literal`` as a store gives it back."""
    sure = _SURE.get(literal.datatype)
    if sure and sure.fullmatch(literal.value):
        return literal
    store = Store()
    store.add(Quad(_PLACE, _PLACE, literal))
    return next(iter(store)).object
