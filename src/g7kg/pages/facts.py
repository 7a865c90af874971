"""Facts once: what the graph also says in a more general property, or in one of other vocabularies, is folded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pyoxigraph import NamedNode

from g7kg.dataset.description import Values
from g7kg.rdf.vocab import DCTERMS, G7, OA, SCHEMA, SKOS

_NAMING: Final = (
    *("about", "addressee", "beneficiary", "buildsOn", "debtor", "outcome", "proposedBy", "recalls", "recipient"),
    *("speaker", "supportedBy"),
)
"""What a statement says of a thing beside naming it."""

_REPEATED: Final[Mapping[NamedNode, tuple[NamedNode, ...]]] = {
    DCTERMS("creator"): (G7("issuedBy"), G7("speaker")),
    DCTERMS("date"): (DCTERMS("issued"),),
    DCTERMS("subject"): (G7("topic"),),
    OA("hasSelector"): (G7("span"),),
    OA("hasSource"): (G7("inParagraph"),),
    SCHEMA("endDate"): (G7("latest"),),
    SCHEMA("startDate"): (G7("earliest"),),
    SKOS("inScheme"): (SKOS("topConceptOf"),),
    G7("expresses"): (G7("restates"),),
    G7("followUpOf"): (G7("restates"),),
    G7("mentions"): tuple(map(G7, _NAMING)),
    G7("refersTo"): (G7("elaboratedIn"),),
}
"""Properties whose values the rules also take from others (``ontology/rules``), by these."""

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
    return any(term in values.get(special, ()) for special in _REPEATED.get(property_, ()))
