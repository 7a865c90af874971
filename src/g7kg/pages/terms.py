"""What the pages make of terms: tables in ``terms.toml``; facts told once."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from pyoxigraph import NamedNode

from g7kg.dataset.description import Values
from g7kg.rdf.vocab import DCTERMS, G7, expand_name

_BOUNDS: Final = (G7("earliest"), G7("latest"))


def fold(values: Values) -> Values:
    """Return ``values`` without those that stand in a more particular property too, and one day where two are equal.

    The earliest and the latest day that something can have been are not told beside the date as it is stated.
    """
    told = {one: [term for term in terms if not _is_repeated(one, term, values)] for one, terms in values.items()}
    stated, first, last = (told.get(one) for one in (G7("dateStated"), *_BOUNDS))
    if first and first == last and not stated:
        told[DCTERMS("date")] = first
    left_out = _BOUNDS if stated or first == last else ()
    return {one: terms for one, terms in told.items() if terms and one not in left_out}


def _is_repeated(property_: NamedNode, term: object, values: Values) -> bool:
    return any(term in values.get(read_term(special), ()) for special in read_terms("repeated").get(property_, ()))


@cache
def read_table(name: str) -> Mapping[str, Any]:
    """Return the table ``name`` as it is written, in its order."""
    table: dict[str, Any] = tomllib.loads((files("g7kg.pages") / "terms.toml").read_text("utf-8"))[name]
    return table


@cache
def read_terms(name: str) -> Mapping[NamedNode, Any]:
    """Return the table ``name`` by the terms that its keys stand for."""
    return {read_term(key): value for key, value in read_table(name).items()}


@cache
def read_order(name: str) -> Sequence[NamedNode]:
    """Return the terms in the list ``name``."""
    return tuple(map(read_term, read_table("orders")[name]))


def read_term(name: str) -> NamedNode:
    """Return the term that a prefixed name stands for."""
    return NamedNode(expand_name(name))
