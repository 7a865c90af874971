"""Facts once: what the graph also says in a more general property, or in one of other vocabularies, is folded."""

from __future__ import annotations

from typing import Final

from pyoxigraph import NamedNode

from g7kg.dataset.description import Values
from g7kg.pages.terms import read_term, read_terms
from g7kg.rdf.vocab import DCTERMS, G7

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
