"""What is right SPARQL, is answered, and is hardly meant so.

A term of our namespace that does not exist; a variable of SELECT in HAVING, which comes before it.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, RdfFormat, parse

from g7kg.rdf.lexer import LONG, find_end, holds_any, keywords, name_variable, read_tokens
from g7kg.rdf.rewriting import list_aliases
from g7kg.rdf.suggestions import find_near
from g7kg.rdf.vocab import G7

WARNING_SEPARATOR: Final = "; "
"""What parts the warnings in a header."""

_DECLARED: Final = re.compile(rf"(?i:prefix)\s+([^\s:<]*):\s*<{re.escape(G7.iri)}>")
_FULL: Final = re.compile(rf"<{re.escape(G7.iri)}([^<>]*)>")
_AFTER: Final = frozenset({"ORDER", "LIMIT", "OFFSET", "VALUES"})

_MOST: Final = 5
"""How many terms, and variables, are warned of at once."""

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
    unknown = [name for name in dict.fromkeys(_find_names(tokens)) if name not in known] if named else []
    early = dict.fromkeys(_find_early(query, tokens))
    warnings = (*(_warn(name, known) for name in unknown[:_MOST]), *list(early)[:_MOST])
    return tuple(warning.encode("ascii", "backslashreplace").decode() for warning in warnings)


def _knows_all(query: str, known: frozenset[str]) -> bool:
    """Whether every name that ``query`` may have of our namespace is ``known``; one in a text or a comment counts."""
    prefixes, full = _DECLARED.findall(query), _FULL.findall(query)
    if full.count("") != len(prefixes):
        return False
    short = re.findall(rf"(?:{'|'.join(map(re.escape, prefixes))}):([\w.:%\\-]*)", query) if prefixes else []
    return known.issuperset(name.rstrip(".") for name in (*short, *full) if name)


def _find_names(tokens: Sequence[re.Match[str]]) -> Iterator[str]:
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
    return f"there is no term g7:{name}" + (f": did you mean {near}?" if near else "")


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
