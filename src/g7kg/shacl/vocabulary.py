"""Terms of the SHACL namespace: a misspelt one constrains nothing, and no engine says so."""

from difflib import get_close_matches
from typing import Final

from rdflib import SH as VOCABULARY

from g7kg.rdf.vocab import SH

_EARLIER: Final = "nodeShape"
"""A name from before SHACL was a recommendation, which the W3C's own tests still have."""

_EXPRESSIONS: Final = (
    "values minus distinct count groupConcat max min sum orderBy desc limit offset if then else exists"
)
_TERMS: Final = frozenset(
    {*VOCABULARY.__annotations__, *["and", "class", "in", "not", "or"], *_EXPRESSIONS.split(), _EARLIER, ""}
)
"""Local names of SHACL, of its advanced features (https://www.w3.org/TR/shacl-af/) and its JavaScript extensions."""


def is_known(iri: str) -> bool:
    """Whether ``iri`` is outside the SHACL namespace, or a term of it."""
    return not iri.startswith(SH.iri) or iri.removeprefix(SH.iri) in _TERMS


def find_nearest(iri: str) -> str | None:
    """Return the term that is spelt most like ``iri``, a misspelt one, as ``sh:name``; none if none is near."""
    names = {name.lower(): name for name in sorted(_TERMS - {_EARLIER, ""})}
    near = get_close_matches(iri.removeprefix(SH.iri).lower(), names, 1)
    return f"sh:{names[near[0]]}" if near else None
