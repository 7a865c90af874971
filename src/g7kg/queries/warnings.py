"""What is right SPARQL, is answered, and is hardly meant so.

A term of our namespace that does not exist; another IRI that the graph does not know; a variable of SELECT in HAVING,
which comes before it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, RdfFormat, parse

from g7kg.rdf.lexer import LONG, find_end, holds_any, keywords, name_variable, read_tokens
from g7kg.rdf.rewriting import list_aliases
from g7kg.rdf.suggestions import find_near
from g7kg.rdf.vocab import BASE, G7, shorten_iri

WARNING_SEPARATOR: Final = "; "
"""What parts the warnings in a header."""

_DECLARED: Final = re.compile(rf"(?i:prefix)\s+([^\s:<]*):\s*<{re.escape(G7.iri)}>")
_FULL: Final = re.compile(rf"<{re.escape(G7.iri)}([^<>]*)>")
_SPACE: Final = re.compile(rf"(?i:prefix)\s+([^\s:<]*):\s*<({re.escape(BASE)}[^<>]*)>")
_OURS: Final = re.compile(rf"<({re.escape(BASE)}[^<>]*)>")
_OTHER: Final = re.compile(rf"<{re.escape(BASE)}(?!ontology#)")
_LOCAL: Final = re.compile(r"(?:[\w.:%-]|\\.)+")
_AFTER: Final = frozenset({"ORDER", "LIMIT", "OFFSET", "VALUES"})

MOST: Final = 5
"""How many terms, other IRIs, and variables, are warned of at once."""

_SHOWN: Final = 60
"""The longest expression that a warning repeats."""


def read_vocabulary(ontology: Path) -> frozenset[str]:
    """Return the names of the terms of our namespace that the Turtle file ``ontology`` describes."""
    subjects = (quad.subject for quad in parse(path=str(ontology), format=RdfFormat.TURTLE))
    return frozenset(
        subject.value.removeprefix(G7.iri)
        for subject in subjects
        if isinstance(subject, NamedNode) and subject.value.startswith(G7.iri)
    )


@lru_cache(maxsize=256)
def warn_of(query: str, known: frozenset[str]) -> tuple[str, ...]:
    """Return a sentence, in ASCII, for each of the first terms and variables in ``query`` that are hardly meant so.

    ``known`` are the terms of our namespace. A query of more than ``LONG`` characters is not looked at.
    """
    named = G7.iri in query and not _knows_all(query, known)
    if len(query) > LONG or not (named or holds_any(query, ("HAVING",))):
        return ()
    tokens = read_tokens(query)
    terms = [iri.removeprefix(G7.iri) for iri in _find_named(tokens) if iri.startswith(G7.iri)] if named else []
    unknown = [name for name in dict.fromkeys(terms) if name and name not in known]
    early = dict.fromkeys(_find_early(query, tokens))
    return (*(warn_of_term(name, known) for name in unknown[:MOST]), *map(_to_ascii, list(early)[:MOST]))


def warn_of_term(name: str, known: frozenset[str]) -> str:
    """Return the sentence, in ASCII, for the term ``name`` of our namespace, which is none of ``known``."""
    near = [f"g7:{other}" for other in find_near(name, known)]
    return _to_ascii(f"there is no term g7:{name}{_offer(near)}")


def warn_of_iri(iri: str, near: Iterable[str]) -> str:
    """Return the sentence, in ASCII, for ``iri``, which the graph does not know; one of ``near`` may be meant."""
    return _to_ascii(f"the graph does not know {shorten_iri(iri)}{_offer([*map(shorten_iri, near)])}")


def list_named(query: str) -> tuple[str, ...]:
    """Return the IRIs of ours, terms aside, that ``query`` may name; one in a text or a comment counts.

    It takes microseconds. A query of more than ``LONG`` characters is not looked at, nor is a BASE.
    """
    if len(query) > LONG or not _OTHER.search(query):
        return ()
    found = chain(_OURS.findall(query), *(_list_short(query, *pair) for pair in dict(_SPACE.findall(query)).items()))
    return tuple(filter(_is_thing, dict.fromkeys(found)))


def _list_short(query: str, prefix: str, space: str) -> Iterator[str]:
    """Yield what ``query`` may name with ``prefix``, which stands for ``space``.

    An expression made for the prefix would take twenty times as long.
    """
    for before, after in pairwise(query.split(f"{prefix}:")) if space != G7.iri else ():
        if not before[-1:].isalnum() and (local := _LOCAL.match(after)):
            yield _join(space, local[0])


def _is_thing(iri: str) -> bool:
    """Whether ``iri``, one of ours, is well-formed, and neither a term nor a namespace."""
    with suppress(ValueError):
        return not iri.startswith(G7.iri) and iri[-1] not in "/#" and bool(NamedNode(iri))
    return False


def find_named(query: str) -> set[str]:
    """Return the IRIs of ours that ``query`` names."""
    return {*_find_named(read_tokens(query))}


def _knows_all(query: str, known: frozenset[str]) -> bool:
    """Whether every name that ``query`` may have of our namespace is ``known``; one in a text or a comment counts."""
    prefixes, full = _DECLARED.findall(query), _FULL.findall(query)
    if full.count("") != len(prefixes):
        return False
    short = re.findall(rf"(?:{'|'.join(map(re.escape, prefixes))}):([\w.:%\\-]*)", query) if prefixes else []
    return known.issuperset(name.rstrip(".") for name in (*short, *full) if name)


def _find_named(tokens: Sequence[re.Match[str]]) -> Iterator[str]:
    spaces: dict[str, str] = {}
    declared = -3  # nowhere: the first IRI of a query may be its second token
    for n, token in enumerate(tokens):
        text = token[0]
        if text.upper() == "PREFIX":
            declared = n
        elif text.startswith(f"<{BASE}"):
            if declared == n - 2:
                spaces[tokens[n - 1][0].removesuffix(":")] = text[1:-1]
            else:
                yield text[1:-1]
        elif n != declared + 1 and (text[0] == ":" or token["local"]):
            prefix, _, local = text.partition(":")
            if prefix in spaces and local:
                yield _join(spaces[prefix], local)


def _join(space: str, local: str) -> str:
    """Return the IRI that ``local``, as it stands in a query, is in ``space``."""
    return space + local.rstrip(".").replace("\\", "")


def _offer(near: Sequence[str]) -> str:
    return f": did you mean {' or '.join(near)}?" if near else ""


def _to_ascii(warning: str) -> str:
    return warning.encode("ascii", "backslashreplace").decode()


def _find_early(query: str, tokens: Sequence[re.Match[str]]) -> Iterator[str]:
    """Yield a warning of each variable in a HAVING whose SELECT gives it its value (SPARQL 1.1, section 18.2.4.2)."""
    for n, token in enumerate(tokens):
        if "SELECT" in keywords(token):
            aliases = {name: expression for expression, name in list_aliases(tokens, n + 1) if name}
            for name in filter(aliases.get, map(name_variable, _read_having(tokens, n))):
                stated = " ".join(query[aliases[name][0].start() : aliases[name][-1].end()].split())
                meant = stated if len(stated) <= _SHOWN and WARNING_SEPARATOR[0] not in stated else "what it stands for"
                yield f"?{name} has no value in HAVING, which comes before SELECT: write {meant} there"


def _read_having(tokens: Sequence[re.Match[str]], select: int) -> Iterator[re.Match[str]]:
    """Yield the tokens of the HAVING that belongs to the SELECT at ``select``, but those of patterns."""
    inside, depth = False, 0
    for token in tokens[select : find_end(tokens, select)]:
        depth += (token[0] == "{") - (token[0] == "}")
        if depth == 0 and (words := keywords(token)):
            inside = "HAVING" in words or (inside and not words & _AFTER)
        elif depth == 0 and inside:
            yield token
