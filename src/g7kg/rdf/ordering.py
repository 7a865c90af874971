"""ORDER BY as Oxigraph can follow it: kinds of values that have no order among them apart from each other.

Oxigraph compares by value what it can, and everything else by the letters, which is no total order: 9 < 10 < "2" < 9;
dateTimes with a zone and without one; a double that equals two decimals. It ends its process when sorting comes upon
that. SPARQL leaves the order of such values open (SPARQL 1.1 Query Language, section 15.1). So numbers are put last,
and before them dates, times and durations, by kind, unless they are without a zone: the letters of these are in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from g7kg.rdf.lexer import keywords

_MAY_ORDER: Final = re.compile(r"(?i)\border(by)?\b")
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_PASSING: Final = frozenset({"COALESCE", "IF", "MIN", "MAX", "SAMPLE", "STRDT", "OBJECT"})

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_TIMES: Final = ", ".join(
    f"<{_XSD}{name}>"
    for name in (
        *("dateTime", "date", "time", "gYear", "gYearMonth", "gMonthDay", "gMonth", "gDay"),
        *("duration", "dayTimeDuration", "yearMonthDuration"),
    )
)


def make_keys(value: str) -> tuple[str, str, str]:
    """Return expressions by which to order before ``value``, so that what is left to it has a total order.

    The first is empty for all but numbers and times that have kinds to be kept apart; the others order numbers.
    """
    number = f"isNumeric({value})"
    return (
        f'(IF({number}, IF({value} = {value}, "~", "~~"), COALESCE({_name_kind(value)}, "")))',
        f"(IF({number}, <{_XSD}double>({value}), 0))",
        f"(IF({number}, DATATYPE({value}) IN (<{_XSD}double>, <{_XSD}float>), false))",
    )


def _name_kind(value: str) -> str:
    """Return an expression for the kind of a time, empty if its letters are in order: with four digits, and no zone.

    No regular expressions: the engine takes longer to compile one than to answer most queries.
    """
    text, datatype = f"STR({value})", f"STR(DATATYPE({value}))"
    padded = f'CONCAT("      ", {text})'
    signed = f'SUBSTR({padded}, STRLEN({text}) + 1, 1) IN ("+", "-") && SUBSTR({padded}, STRLEN({text}) + 4, 1) = ":"'
    lettered = f'SUBSTR({text}, 5, 1) IN ("", "-") || SUBSTR({text}, 3, 1) = ":" || STRSTARTS({text}, "--")'
    days = f'STR(CONTAINS({text}, "D") || CONTAINS({text}, "T"))'
    apart = f'IF(CONTAINS({text}, "P") || !({lettered}), CONCAT({datatype}, {days}), "")'
    kind = f'IF(STRENDS({text}, "Z") || ({signed}), CONCAT({datatype}, "zone"), {apart})'
    return f'IF(DATATYPE({value}) IN ({_TIMES}), {kind}, "")'


def separate_kinds(query: str, tokens: Sequence[re.Match[str]]) -> str:
    """Return ``query``, whose ``tokens`` are given, with ``make_keys`` before each value by which it orders.

    Left as they are: calls of functions whose values are of one kind, such as ``STR(?v)`` and ``COUNT(*)``.
    """
    if not _MAY_ORDER.search(query):
        return query
    pieces, end = [], 0
    for condition in _find_conditions(tokens):
        place = condition[0].start()
        pieces += [query[end:place], _separate(query, condition)]
        end = place
    return "".join([*pieces, query[end:]])


def _find_conditions(tokens: Sequence[re.Match[str]]) -> Iterator[Sequence[re.Match[str]]]:
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


def _measure_keyword(tokens: Sequence[re.Match[str]], start: int) -> int:
    """Return of how many tokens ORDER BY at ``start`` is, 0 if it is not there; Oxigraph also takes it as one word."""
    word = tokens[start][0].upper()
    if word == "ORDER":
        return 2 if tokens[start + 1][0].upper() == "BY" else 0
    return int(word == "ORDERBY")


def _measure_condition(tokens: Sequence[re.Match[str]], start: int) -> int:
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


def _find_closing(tokens: Sequence[re.Match[str]], opening: int) -> int:
    """Return the number of the token after the bracket that closes the one at ``opening``; the end if none does."""
    depth = 0
    for n in range(opening, len(tokens)):
        depth += (tokens[n][0] in _OPENING) - (tokens[n][0] in _CLOSING)
        if depth == 0:
            return n + 1
    return len(tokens)


def _may_mix(condition: Sequence[re.Match[str]]) -> bool:
    """Whether ``condition`` is, or begins with, a variable, or a function that returns what it is given."""
    expression = condition[_has_direction(condition) :]
    first = next((token for token in expression if token[0] != "("), condition[0])
    return (first[0][0] in "?$" and first[0][1:] != "") or bool(keywords(first) & _PASSING)


def _separate(query: str, condition: Sequence[re.Match[str]]) -> str:
    """Return the conditions that ``query`` is to have before ``condition``."""
    directed = _has_direction(condition)
    direction = condition[0][0] if directed else ""
    keys = make_keys(query[condition[directed].start() : condition[-1].end()])
    return "".join(f"{direction}{key} " for key in keys)


def _has_direction(condition: Sequence[re.Match[str]]) -> bool:
    return len(condition) > 1 and bool(keywords(condition[0]) & {"ASC", "DESC"})
