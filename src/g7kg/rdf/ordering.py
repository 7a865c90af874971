"""ORDER BY as Oxigraph can follow it: kinds of values that have no order among them apart from each other.

Oxigraph compares by value what it can, and everything else by the letters, which is no total order: 9 < 10 < "2" < 9;
dateTimes with a zone and without one; a double that equals two decimals. It ends its process when sorting comes upon
that. SPARQL leaves the order of such values open (SPARQL 1.1 Query Language, section 15.1). So numbers are put last,
and before them dates, times and durations, by kind, unless they are without a zone: the letters of these are in order.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from g7kg.rdf.lexer import apply_edits, find_end, keywords, name_variable
from g7kg.rdf.vocab import RDF, XSD, Term

_Tokens = Sequence[re.Match[str]]

AGGREGATES: Final = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})

_MAY_ORDER: Final = re.compile(r"(?i)\border(by)?\b")
_PASSING: Final = frozenset({"COALESCE", "IF", "MIN", "MAX", "SAMPLE", "STRDT", "OBJECT"})
_UNIFORM: Final = frozenset({"COUNT", "STRLEN", "YEAR", "STR", "LCASE", "UCASE", "CONCAT", "GROUP_CONCAT", "LANG"})

_TIMES: Final = frozenset(
    XSD(name).value
    for name in (
        *("dateTime", "date", "time", "gYear", "gYearMonth", "gMonthDay", "gMonth", "gDay"),
        *("duration", "dayTimeDuration", "yearMonthDuration"),
    )
)
_FLOATING: Final = frozenset({XSD("double"), XSD("float")})
_LETTERED: Final = f"{XSD('string')}, {RDF('langString')}, {XSD('integer')}"
"""Datatypes whose values are in order among themselves, and with what is no number, or a decimal."""

_KIND: Final = NamedNode("urn:g7kg:order-kind")


def make_keys(value: str) -> tuple[str, str]:
    """Return the expressions by which to order before ``value``, so that what is left to it has a total order.

    The first is a double, the second a text; it calls ``KEY_FUNCTIONS`` for values that are not of a common kind.
    """
    number = f'IF(isNumeric({value}), {XSD("double")}({value}), "-INF"^^{XSD("double")})'
    plain = f"isIRI({value}) || (isLiteral({value}) && DATATYPE({value}) IN ({_LETTERED}))"
    return number, f"IF({plain}, STR(isNumeric({value})), {_KIND}({value}, isNumeric({value})))"


def _find_kind(value: Term, numeric: Term) -> Literal | None:
    """Return the kind of the literal ``value``, which may be ``numeric``; a triple term, each of its kind, is last."""
    if isinstance(value, Triple):
        return Literal(f"~{value}")
    if not isinstance(value, Literal) or not isinstance(numeric, Literal):
        return None
    if numeric.value == "false":
        return Literal(f"false{_name_kind(value.value, value.datatype.value)}")
    return Literal(f"true{'floating' * (value.datatype in _FLOATING)}")


KEY_FUNCTIONS: Final[Mapping[NamedNode, Callable[..., Literal | None]]] = {_KIND: _find_kind}
"""What keys are made by, for ``Store.query``."""


def _name_kind(text: str, datatype: str) -> str:
    """Return the kind of a time, empty if its letters are in order: with four digits, and no zone."""
    if datatype not in _TIMES:
        return ""
    if text.endswith("Z") or (text[-6:-5] in {"+", "-"} and text[-3:-2] == ":"):
        return f"{datatype}zone"
    lettered = text[4:5] in {"", "-"} or text[2:3] == ":" or text.startswith("--")
    return "" if lettered and "P" not in text else f"{datatype}{'D' in text or 'T' in text}"


def separate_kinds(query: str, tokens: _Tokens) -> str:
    """Return ``query``, whose ``tokens`` are given, with ``make_keys`` before each value by which it orders.

    The engine evaluates what it orders by each time it compares two solutions: so where the keys can be values of
    variables of the pattern, they are. Left as they are: calls of functions whose values are of one kind, such as
    ``STR(?v)`` and ``COUNT(*)``, and variables that have nothing else.
    """
    if not _MAY_ORDER.search(query):
        return query
    pairs = _match_brackets(tokens)
    uniform = _find_uniform(tokens, pairs)
    edits = []
    for keyword, conditions in _find_orders(tokens):
        mixed = [condition for condition in conditions if _may_mix(condition, uniform)]
        group = _find_group(tokens, pairs, keyword, mixed) if mixed else None
        if group is None:
            for condition in mixed:
                direction, value = _part(query, condition)
                keys = "".join(f"{direction}({key}) " for key in make_keys(value))
                edits.append((condition[0].start(), condition[0].start(), keys))
        else:
            edits += _bind_keys(query, mixed, tokens[group].start(), tokens[pairs[group]].end())
    return apply_edits(query, sorted(edits))


def _find_orders(tokens: _Tokens) -> Iterator[tuple[int, list[_Tokens]]]:
    """Yield the number of the first token of each ORDER BY, and the tokens of each of its conditions."""
    n = 0
    while n < len(tokens) - 1:
        start, n = n, n + (_measure_keyword(tokens, n) or 1)
        conditions = []
        while n < len(tokens) and _measure_keyword(tokens, start) and (length := _measure_condition(tokens, n)):
            conditions.append(tokens[n : n + length])
            n += length
        if conditions:
            yield start, conditions


def _match_brackets(tokens: _Tokens) -> dict[int, int]:
    pairs, opened = {}, []
    for n, token in enumerate(tokens):
        if token[0] in {"(", "[", "{"}:
            opened.append(n)
        elif token[0] in {")", "]", "}"} and opened:
            pairs[n] = opened.pop()
            pairs[pairs[n]] = n
    return pairs


def _find_group(tokens: _Tokens, pairs: Mapping[int, int], keyword: int, conditions: Iterable[_Tokens]) -> int | None:
    """Return where the pattern of the SELECT opens that ORDER BY at ``keyword`` ends, if it binds what is ordered by.

    ``None`` where it may not: solutions are grouped, have aliases or later VALUES, or all variables are selected.
    """
    opening = pairs.get(keyword - 1) if tokens[keyword - 1][0] == "}" else None
    if opening is None or any("VALUES" in keywords(token) for token in tokens[keyword:]):
        return None
    start = opening
    while start and "SELECT" not in keywords(tokens[start]):
        start -= 1
        if tokens[start][0] in {"{", "}"}:
            return None
    clause = tokens[start:opening]
    if "SELECT" not in keywords(clause[0]) or any(token[0] == "*" for token in clause[1:3]):
        return None
    aliases = {name[0][1:] for word, name in pairwise(clause) if "AS" in keywords(word)}
    ordered = [token for condition in conditions for token in condition]
    if aliases.intersection(map(name_variable, ordered)):
        return None
    return None if any(keywords(token) & AGGREGATES for token in (*clause, *ordered)) else opening


def _find_uniform(tokens: _Tokens, pairs: Mapping[int, int]) -> set[str]:
    """Return the names of variables that have the value of a call whose values are of one kind, and no other."""
    uniform: set[str] = set()
    others: set[str] = set()
    depth = 0
    for n, token in enumerate(tokens):
        depth += (token[0] == "{") - (token[0] == "}")
        name = name_variable(token)
        if name and n and "AS" in keywords(tokens[n - 1]):
            (uniform if _is_uniform_call(tokens, pairs, n - 1) else others).add(name)
        elif name and depth:
            others.add(name)
    return uniform - others


def _is_uniform_call(tokens: _Tokens, pairs: Mapping[int, int], end: int) -> bool:
    """Whether just one call, of a function whose values are of one kind, is named by AS at ``end``."""
    opening = pairs.get(end - 1, 0) if tokens[end - 1][0] == ")" else 0
    return opening > 1 and bool(keywords(tokens[opening - 1]) & _UNIFORM) and tokens[opening - 2][0] == "("


def _bind_keys(query: str, conditions: Iterable[_Tokens], start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Yield what is put in where, so that the pattern from ``start`` to ``end`` has the keys of ``conditions``."""
    prefix = "key"
    while f"{prefix}_" in query:
        prefix += "_"
    binds = []
    for n, condition in enumerate(conditions):
        direction, value = _part(query, condition)
        number, kind = make_keys(value)
        binds.append(f"BIND({number} AS ?{prefix}_{n}) BIND({kind} AS ?{prefix}_{n}k)")
        yield (place := condition[0].start()), place, f"{direction}(?{prefix}_{n}) {direction}(?{prefix}_{n}k) "
    yield start, start, "{ "
    yield end, end, f" {' '.join(binds)} }}"


def _measure_keyword(tokens: _Tokens, start: int) -> int:
    """Return of how many tokens ORDER BY at ``start`` is, 0 if it is not there; Oxigraph also takes it as one word."""
    word = tokens[start][0].upper()
    if word == "ORDER":
        return 2 if tokens[start + 1][0].upper() == "BY" else 0
    return int(word == "ORDERBY")


def _measure_condition(tokens: _Tokens, start: int) -> int:
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
    return find_end(tokens, start + words + 1) + 1 - start if tokens[start + words][0] == expected else 0


def _may_mix(condition: _Tokens, uniform: Collection[str]) -> bool:
    """Whether ``condition`` is, or begins with, a variable, or a function that may return values of several kinds.

    That is one that returns what it is given, or a cast: ``xsd:dateTime(?v)`` has a zone or none.
    """
    expression = condition[_has_direction(condition) :]
    first = next((token for token in expression if token[0] != "("), condition[0])
    name = name_variable(first)
    if name in uniform and sum(token[0] not in {"(", ")"} for token in expression) == 1:
        return False
    by_iri = first["local"] is not None or first[0][0] in "<:"
    return bool(name or by_iri or keywords(first) & _PASSING)


def _part(query: str, condition: _Tokens) -> tuple[str, str]:
    directed = _has_direction(condition)
    return condition[0][0] if directed else "", query[condition[directed].start() : condition[-1].end()]


def _has_direction(condition: _Tokens) -> bool:
    return len(condition) > 1 and bool(keywords(condition[0]) & {"ASC", "DESC"})
