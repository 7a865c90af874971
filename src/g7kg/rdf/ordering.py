"""ORDER BY as Oxigraph can follow it: numbers apart from everything else.

Oxigraph compares numbers by value and a number with any other literal by the letters, which is no total order
(9 < 10 < "2" < 9), and ends its process when sorting comes upon that. SPARQL leaves the order of such values open
(SPARQL 1.1 Query Language, section 15.1), so that putting the numbers last is as good as any. Left are mixtures that
our graph does not have: times with and without a zone or with strings, durations with strings, decimals with floats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from g7kg.rdf.lexer import TOKEN, keywords

_MAY_ORDER: Final = re.compile(r"(?i)\border(by)?\b")
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_PASSING: Final = frozenset({"COALESCE", "IF", "MIN", "MAX", "SAMPLE", "STRDT", "OBJECT"})

_Result = TypeVar("_Result")


def evaluate_ordered(evaluate: Callable[[str], _Result], query: str) -> _Result:
    """Return what ``evaluate`` makes of ``query`` with its numbers sorted apart; raise what it raises for ``query``."""
    ordered = separate_numbers(query)
    if ordered != query:
        try:
            return evaluate(ordered)
        except (SyntaxError, ValueError):  # what is wrong, and where, is told of the query as it was written
            pass
    return evaluate(query)


def separate_numbers(query: str) -> str:
    """Return ``query`` with ``isNumeric(…)`` before each value by which it orders, in the same direction.

    Left as they are: calls of functions whose values are of one kind, such as ``STR(?v)`` and ``COUNT(*)``.
    """
    if not _MAY_ORDER.search(query):
        return query
    tokens = [token for token in TOKEN.finditer(query) if not token[0].isspace() and token[0][0] != "#"]
    pieces, end = [], 0
    for condition in _find_conditions(tokens):
        place = condition[0].start()
        pieces += [query[end:place], _separate(query, condition)]
        end = place
    return "".join([*pieces, query[end:]])


def _find_conditions(tokens: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Yield the tokens of each condition of ORDER BY whose values may be of several kinds."""
    n = 0
    while n < len(tokens) - 1:
        if begun := _measure_keyword(tokens, n):
            n += begun
            while n < len(tokens) and (length := _measure_condition(tokens, n)):
                if _may_mix(tokens[n : n + length]):
                    yield tokens[n : n + length]
                n += length
        else:
            n += 1


def _measure_keyword(tokens: list[re.Match[str]], start: int) -> int:
    """Return of how many tokens ORDER BY at ``start`` is, 0 if it is not there; Oxigraph also takes it as one word."""
    word = tokens[start][0].upper()
    if word == "ORDER":
        return 2 if tokens[start + 1][0].upper() == "BY" else 0
    return int(word == "ORDERBY")


def _measure_condition(tokens: list[re.Match[str]], start: int) -> int:
    """Return of how many tokens the condition at ``start`` is, 0 if there is none.

    It is ``?v``, ``(…)``, ``word(…)``, or EXISTS or NOT EXISTS with ``{…}``.
    """
    if tokens[start][0][0] in "?$":
        return 1
    named = tokens[start]["words"] is not None or tokens[start][0][0] in "<:"
    words = 1 + (tokens[start][0].upper() == "NOT") if named else 0
    if start + words >= len(tokens):
        return 0
    expected = "{" if words and tokens[start + words - 1][0].upper() == "EXISTS" else "("
    return _find_closing(tokens, start + words) - start if tokens[start + words][0] == expected else 0


def _find_closing(tokens: list[re.Match[str]], opening: int) -> int:
    """Return the number of the token after the bracket that closes the one at ``opening``; the end if none does."""
    depth = 0
    for n in range(opening, len(tokens)):
        depth += (tokens[n][0] in _OPENING) - (tokens[n][0] in _CLOSING)
        if depth == 0:
            return n + 1
    return len(tokens)


def _may_mix(condition: list[re.Match[str]]) -> bool:
    """Whether ``condition`` is, or begins with, a variable, or a function that returns what it is given."""
    expression = condition[_has_direction(condition) :]
    first = next((token for token in expression if token[0] != "("), condition[0])
    return (first[0][0] in "?$" and first[0][1:] != "") or bool(keywords(first) & _PASSING)


def _separate(query: str, condition: list[re.Match[str]]) -> str:
    """Return the condition that ``query`` is to have before ``condition``."""
    directed = _has_direction(condition)
    direction = condition[0][0] if directed else ""
    return f"{direction}(isNumeric({query[condition[directed].start() : condition[-1].end()]})) "


def _has_direction(condition: list[re.Match[str]]) -> bool:
    return len(condition) > 1 and bool(keywords(condition[0]) & {"ASC", "DESC"})
