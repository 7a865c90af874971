"""The tokens of a query, and what they tell before it is evaluated.

That it asks for federation, that it is nested deeper than an engine can follow, that its answer may vary.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from g7kg.errors import QueryError

MOST: Final = 3000
"""The deepest that is followed, in the weights below: a hundred brackets within each other, 3000 terms of a sum.

An engine survived about twice to four times as much with the usual stack of eight megabytes."""

_BRACKET: Final = 30
_CHAINED: Final = frozenset({"UNION", "MINUS", "OPTIONAL", "FILTER", "BIND"})
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
        return int(not level.data)
    return 3 * (token[0].upper() in _CHAINED)


def _locate(token: re.Match[str]) -> str:
    before = token.string[: token.start()]
    return f"at line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"


TOKEN: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?'  # long strings; what is not closed goes to the end
    r"|'''(?:[^'\\]|\\.|'(?!''))*+(?:''')?"
    r'|"(?:[^"\\\n\r]|\\.)*+"?'  # strings
    r"|'(?:[^'\\\n\r]|\\.)*+'?"
    r'|<[^<>"{}|^`\\\x00-\x20]*+>'  # IRIs
    r"|\#[^\n\r]*+"  # comments
    r"|[?$@][\w\u00b7\u0300-\u036f\u203f\u2040]++"  # variables, language tags
    r"|(?P<blank>_:)[\w.-]*+"  # blank nodes
    r"|:(?:[\w.:%-]|\\.)*+"  # names with an empty prefix
    r"|(?P<words>\w[\w.-]*+)(?P<local>:(?:[\w.:%-]|\\.)*+)?"  # prefixed names, keywords
    r"|(?P<mark>[][(){}])"
    r"|\s++"
    r"|.",
    re.DOTALL,
)
"""Tokens of SPARQL as far as is needed to tell keywords and brackets (SPARQL 1.1 Query Language, section 19.8).

Quantifiers are possessive, so that no text takes more than linear time.
"""

_VARYING: Final = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})
_MAY_VARY: Final = (*_VARYING, "CONSTRUCT")

_RELATIVE: Final = re.compile(r'<(?![A-Za-z][A-Za-z0-9+.-]*:)[^<>"{}|^`\x00-\x20]*>')
"""A relative IRI, which may have escapes."""

_MAKING: Final = re.compile(r"(?i)\b[iu]ri\b")
"""A function that makes an IRI of a text."""

LONG: Final = 20_000
"""A query of more characters is not looked at closely where that would hold up others: its answer counts as varying."""


def read_tokens(query: str) -> list[re.Match[str]]:
    """Return the tokens of ``query`` without blanks and comments."""
    return [token for token in TOKEN.finditer(query) if not token[0].isspace() and token[0][0] != "#"]


def apply_edits(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Return ``text`` with ``edits``, in their order: where each piece starts and ends, what stands in its place."""
    pieces, done = [], 0
    for start, end, put in edits:
        pieces += [text[done:start], put]
        done = end
    return "".join([*pieces, text[done:]])


def name_variable(token: re.Match[str]) -> str:
    """Return the name of the variable that ``token`` is; empty if it is none."""
    return token[0][1:] if token[0][0] in "?$" else ""


def find_end(tokens: Sequence[re.Match[str]], start: int, separator: str = "") -> int:
    """Return the number of the token that closes the brackets around ``start``, or of the ``separator`` before it."""
    depth = 0
    for n in range(start, len(tokens)):
        depth += (tokens[n][0] in {"(", "{", "["}) - (tokens[n][0] in {")", "}", "]"})
        if depth < 0 or (depth == 0 and tokens[n][0] == separator):
            return n
    return len(tokens)


def refuse_federation(tokens: Iterable[re.Match[str]]) -> None:
    """Raise ``QueryError`` if ``tokens`` have the keyword SERVICE outside strings, IRIs, names and comments."""
    for token in tokens:
        if "SERVICE" in keywords(token):
            line = token.string.count("\n", 0, token.start()) + 1
            message = f"SERVICE in line {line} is refused: this endpoint asks no other"
            raise QueryError(message, hint="query the other one yourself")


def keywords(token: re.Match[str]) -> set[str]:
    """Return the words that ``token`` is made of, in upper case, if it is no name: ``1.SERVICE`` has a keyword."""
    if token["words"] is None or token["local"] is not None:
        return set()
    return set(re.split(r"[.-]", token["words"].upper()))


def may_need_base(query: str) -> bool:
    """Whether ``query`` may have a relative IRI, or make one, which is resolved against the address of the endpoint."""
    return _RELATIVE.search(query) is not None or (holds_any(query, ("RI",)) and _MAKING.search(query) is not None)


def holds_any(query: str, words: Iterable[str]) -> bool:
    """Whether ``query`` has any of ``words`` (in upper case) anywhere; an expression that finds them takes ten times
    as long, of which every query that is asked for the first time would have several.
    """  # noqa: D205 - one sentence
    text = query.upper()
    return any(word in text for word in words)


def is_repeatable(query: str) -> bool:
    """Whether ``query`` has the same answer, to the byte, each time it is asked of the same data.

    Functions that give new values (NOW, RAND, UUID, STRUUID, BNODE) and blank nodes in a CONSTRUCT template do not.
    """
    if not holds_any(query, _MAY_VARY):
        return True
    return len(query) <= LONG and not any(_find_varying(query))


def _find_varying(query: str) -> Iterator[str]:
    template = ""
    for token in TOKEN.finditer(query):
        words, mark = keywords(token), token["mark"]
        yield from _VARYING & words
        if "CONSTRUCT" in words or (template and mark == "{"):
            template += token[0]
        elif mark == "}":
            template = ""
        elif len(template) > len("CONSTRUCT") and (token["blank"] or mark in {"[", "("}):
            yield token[0]
