"""How deep a query is nested: an engine that follows it further than its stack reaches ends its process."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from g7kg.errors import QueryError
from g7kg.rdf.lexer import keywords

MOST: Final = 3000
"""The deepest that is followed, in the weights below: a hundred brackets within each other, 3000 terms of a sum.

An engine survived about twice to four times as much with the usual stack of eight megabytes."""

_BRACKET: Final = 30
_CHAINED: Final = {"UNION": 3, "MINUS": 3, "OPTIONAL": 3, "FILTER": 3, "BIND": 3}
_OPERATORS: Final = frozenset("!+-*/|&")


@dataclass
class _Level:
    """What is in one pair of brackets: the weight of its chains, and of the deepest pair within.

    ``data``: it is the block of VALUES, whose signs are no operators.
    """

    weight: int
    data: bool
    deepest: int = 0


def may_be_deep(query: str) -> bool:
    """Whether ``query`` has so many brackets and letters that it may be nested too deep."""
    return _BRACKET * sum(map(query.count, "([{")) + len(query) > MOST


def refuse_depth(tokens: Iterable[re.Match[str]]) -> None:
    """Raise ``QueryError``, with line and column, where ``tokens`` are nested or chained too deep."""
    levels, total, values = [_Level(0, data=False)], 0, False
    for token in tokens:
        mark, level = token["mark"], levels[-1]
        if mark is None:
            weight = _weigh(token, level)
            level.weight += weight
            total += weight
            values = values or "VALUES" in keywords(token)
        elif mark in "([{":
            levels.append(_Level(_BRACKET, data=level.data or (values and mark == "{")))
            total += _BRACKET
            values = values and mark != "{"
        elif len(levels) > 1:
            levels.pop()
            total -= level.weight
            levels[-1].deepest = max(levels[-1].deepest, level.weight + level.deepest)
        if total + levels[-1].deepest > MOST:
            raise QueryError(f"the query is nested too deep {_locate(token)}", hint="split it, or write it flatter")


def _weigh(token: re.Match[str], level: _Level) -> int:
    if token[0] in _OPERATORS:
        return 0 if level.data else 1
    return 0 if token["words"] is None else _CHAINED.get(token[0].upper(), 0)


def _locate(token: re.Match[str]) -> str:
    before = token.string[: token.start()]
    return f"at line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"
