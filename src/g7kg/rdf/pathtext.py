"""Property paths read from SPARQL text (https://www.w3.org/TR/sparql11-query/#pp-language)."""

from __future__ import annotations

import re
from typing import Final

from g7kg.rdf.paths import PathExpression, PathOperator, PropertyPath

_TOKEN: Final = re.compile(r"<[^<>]*>|[\^()/|*+?]")
_SUFFIXES: Final = {"*": PathOperator.ZERO_OR_MORE, "+": PathOperator.ONE_OR_MORE, "?": PathOperator.ZERO_OR_ONE}


def read_path(text: str) -> PropertyPath:
    """Return the path that ``text`` writes, with predicates in brackets; ``ValueError`` if it is none."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != "".join(text.split()):
        raise ValueError(f"not a property path: {text}")
    path = _read_parts(tokens, "|", PathOperator.ALTERNATIVE)
    if tokens:
        raise ValueError(f"not a property path: {text}")
    return path


def _read_parts(tokens: list[str], separator: str, operator: PathOperator) -> PropertyPath:
    def read() -> PropertyPath:
        return _read_parts(tokens, "/", PathOperator.SEQUENCE) if separator == "|" else _read_step(tokens)

    parts = [read()]
    while tokens and tokens[0] == separator:
        tokens.pop(0)
        parts.append(read())
    return parts[0] if len(parts) == 1 else PathExpression(operator, tuple(parts))


def _read_step(tokens: list[str]) -> PropertyPath:
    first = tokens.pop(0) if tokens else ""
    if first == "^":
        return PathExpression(PathOperator.INVERSE, (_read_step(tokens),))
    path: PropertyPath = first[1:-1]
    if first == "(":
        path = _read_parts(tokens, "|", PathOperator.ALTERNATIVE)
        if not tokens or tokens.pop(0) != ")":
            raise ValueError("a parenthesis of a path is not closed")
    elif not path:
        raise ValueError("a predicate of a path is missing")
    while tokens and tokens[0] in _SUFFIXES:
        path = PathExpression(_SUFFIXES[tokens.pop(0)], (path,))
    return path
