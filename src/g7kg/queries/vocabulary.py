"""Terms of our namespace that a query names and that do not exist: it is answered, and warned of."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, RdfFormat, parse

from g7kg.rdf.lexer import LONG, read_tokens
from g7kg.rdf.suggestions import find_near
from g7kg.rdf.vocab import G7

WARNING_SEPARATOR: Final = "; "
"""What parts the warnings in a header."""

_DECLARED: Final = re.compile(rf"(?i:prefix)\s+([^\s:<]*):\s*<{re.escape(G7.iri)}>")
_FULL: Final = re.compile(rf"<{re.escape(G7.iri)}([^<>]*)>")

_MOST: Final = 5
"""How many terms are warned of at once."""


def read_vocabulary(ontology: Path) -> frozenset[str]:
    """Return the names of the terms of our namespace that the Turtle file ``ontology`` describes."""
    subjects = (quad.subject for quad in parse(path=str(ontology), format=RdfFormat.TURTLE))
    return frozenset(
        subject.value.removeprefix(G7.iri)
        for subject in subjects
        if isinstance(subject, NamedNode) and subject.value.startswith(G7.iri)
    )


@lru_cache(maxsize=256)
def warn_of_unknown(query: str, known: frozenset[str]) -> tuple[str, ...]:
    """Return a sentence, in ASCII, for each term of our namespace in ``query`` that is not ``known``.

    A query of more than ``LONG`` characters is not looked at.
    """
    if G7.iri not in query or len(query) > LONG or _knows_all(query, known):
        return ()
    unknown = [name for name in dict.fromkeys(_find_names(read_tokens(query))) if name not in known]
    return tuple(_warn(name, known) for name in unknown[:_MOST])


def _knows_all(query: str, known: frozenset[str]) -> bool:
    """Whether every name that ``query`` may have of our namespace is ``known``; one in a text or a comment counts."""
    prefixes, full = _DECLARED.findall(query), _FULL.findall(query)
    if full.count("") != len(prefixes):
        return False
    short = re.findall(rf"(?:{'|'.join(map(re.escape, prefixes))}):([\w.:%\\-]*)", query) if prefixes else []
    return known.issuperset(name.rstrip(".") for name in (*short, *full) if name)


def _find_names(tokens: Sequence[re.Match[str]]) -> Iterator[str]:
    """Yield the names of our namespace in a query that consists of ``tokens``."""
    prefixes = set()
    declared = -1
    for n, token in enumerate(tokens):
        text = token[0]
        if text.upper() == "PREFIX":
            declared = n
        elif text.startswith(f"<{G7.iri}"):
            if declared == n - 2:
                prefixes.add(tokens[n - 1][0].removesuffix(":"))
            elif name := text[len(G7.iri) + 1 : -1]:
                yield name
        elif n != declared + 1 and (text[0] == ":" or token["local"]):
            prefix, _, local = text.partition(":")
            if prefix in prefixes and local:
                yield local.rstrip(".")


def _warn(name: str, known: frozenset[str]) -> str:
    near = " or ".join(f"g7:{other}" for other in find_near(name, known))
    warning = f"there is no term g7:{name}" + (f": did you mean {near}?" if near else "")
    return warning.encode("ascii", "backslashreplace").decode()
