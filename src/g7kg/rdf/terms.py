"""Terms of RDF as the text that a report holds, and back."""

from typing import TypeAlias

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple

Term: TypeAlias = NamedNode | BlankNode | Literal


def from_term(term: Term | Triple) -> str:
    """Return ``term`` as N-Triples writes it (https://www.w3.org/TR/n-triples/#n-triples-grammar), an IRI bare.

    Nothing is lost: an IRI begins with a letter, a literal with a quotation mark, a blank node with ``_:``.
    """
    return term.value if isinstance(term, NamedNode) else str(term)


def to_term(text: str) -> Term:
    """Return the term that ``from_term`` made ``text`` of; text that is none of its results gives a plain literal.

    Half a surrogate pair, which no term can hold, is a question mark.
    """
    text = text.encode("utf-8", "replace").decode()
    try:
        if text.startswith('"'):
            return _read_literal(text)
        return BlankNode(text[2:]) if text.startswith("_:") else NamedNode(text)
    except (ValueError, SyntaxError):
        return Literal(text)


def _read_literal(text: str) -> Literal:
    found = list(ox.parse(f"<x:s> <x:p> {text} .", format=RdfFormat.N_TRIPLES))
    literal = found[0].object if len(found) == 1 else None
    if not isinstance(literal, Literal) or str(literal) != text:
        raise ValueError("no literal in the form that from_term gives")
    return literal
