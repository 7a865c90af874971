"""Queries as Oxigraph is to be asked, so that it answers them as SPARQL says; every other answer stays as it is.

Each function takes the tokens of a query (``lexer.read_tokens``). What cannot be mended so is refused, with the form
that works.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from g7kg.errors import QueryError
from g7kg.rdf.lexer import apply_edits, find_end, holds_any, keywords, may_be_deep, name_variable, read_tokens
from g7kg.rdf.ordering import AGGREGATES, separate_kinds
from g7kg.rdf.vocab import TEXT_TYPES

_Tokens = Sequence[re.Match[str]]
_Edit = tuple[int, int, str]
_Result = TypeVar("_Result")

_PLAIN: Final = ", ".join(map(str, TEXT_TYPES))
_COLLECTING: Final = frozenset({*AGGREGATES, "GROUP", "HAVING", "DISTINCT", "REDUCED", "LIMIT", "OFFSET"})
_CAREFUL: Final = ("SERVICE", "GRAPH", "GROUP_CONCAT", "ORDER", "*")
_NEW: Final = frozenset({"RAND", "UUID", "STRUUID", "BNODE"})
"""Functions with another value at each call: what they gave cannot be written out again."""
_MOST: Final = 100_000
"""The longest expression that an alias is written out as."""


def may_need_care(query: str) -> bool:
    """Whether any word of ``query`` may have ``evaluate_rewritten`` or a refusal change what Oxigraph makes of it.

    A paragraph is no GRAPH: no token ends before that.
    """
    return holds_any(query.upper().replace("PARAGRAPH", ""), _CAREFUL) or may_be_deep(query)


def evaluate_rewritten(
    evaluate: Callable[[str], _Result], name_columns: Callable[[str], Iterable[str]], query: str, tokens: _Tokens
) -> _Result:
    """Return what ``evaluate`` makes of ``query``, rewritten; raise what it raises for ``query`` as it was written.

    ``name_columns`` returns the variables of a query's result in any order. Raises ``QueryError`` for what no
    rewriting mends.
    """
    refuse_subqueries(tokens)
    rewritten = rewrite(query, tokens, name_columns)
    if rewritten != query:
        try:
            return evaluate(rewritten)
        except (SyntaxError, ValueError):  # what is wrong, and where, is told of the query as it was written
            pass
    try:
        return evaluate(query)
    except SyntaxError:
        expanded = expand_aliases(query, tokens)
        if expanded == query:
            raise
        try:
            return evaluate(rewrite(expanded, read_tokens(expanded), name_columns))
        except (SyntaxError, ValueError):
            pass
        raise


def rewrite(query: str, tokens: _Tokens, name_columns: Callable[[str], Iterable[str]]) -> str:
    """Return ``query`` with its columns named, what it concatenates made text, and its orders total."""
    edits = sorted([*_name_columns(query, tokens, name_columns), *_make_text(query, tokens)])
    if edits:
        query = apply_edits(query, edits)
        tokens = read_tokens(query)
    return separate_kinds(query, tokens)


def _name_columns(query: str, tokens: _Tokens, name_columns: Callable[[str], Iterable[str]]) -> Iterator[_Edit]:
    """Yield the columns for the first ``SELECT *``, in order of appearance (SPARQL 1.1, section 18.2.4.4)."""
    first = next((n for n, token in enumerate(tokens) if "SELECT" in keywords(token) or token["mark"] == "{"), None)
    if first is None or tokens[first]["mark"]:
        return
    star = first + 1 + (bool(keywords(tokens[first + 1]) & {"DISTINCT", "REDUCED"}) if first + 1 < len(tokens) else 0)
    if star >= len(tokens) or tokens[star][0] != "*":
        return
    try:
        left = set(name_columns(separate_kinds(query, tokens)))  # to name them may sort, too: what VALUES has
    except (SyntaxError, ValueError):
        return
    appearing = dict.fromkeys(map(name_variable, tokens))
    columns = [f"?{name}" for name in appearing if name in left]
    if columns and len(columns) == len(left):
        yield tokens[star].start(), tokens[star].end(), f" {' '.join(columns)} "


def _make_text(query: str, tokens: _Tokens) -> Iterator[_Edit]:
    """Yield text for IRIs, numbers and dates in GROUP_CONCAT, which Oxigraph has no value for (section 18.5.1.7).

    Strings stay with their languages. Left as they are: ``STR(…)``, and what holds a pattern.
    """
    for n, token in enumerate(tokens[:-1]):
        if "GROUP_CONCAT" not in keywords(token) or tokens[n + 1][0] != "(":
            continue
        start = n + 2 + (n + 2 < len(tokens) and "DISTINCT" in keywords(tokens[n + 2]))
        inside = tokens[start : find_end(tokens, start, ";")]
        if not inside or "STR" in keywords(inside[0]) or any(part[0] in "{}" for part in inside):
            continue
        value = query[inside[0].start() : inside[-1].end()]
        text = f"COALESCE(IF(DATATYPE({value}) IN ({_PLAIN}), {value}, STR({value})), STR({value}))"
        yield inside[0].start(), inside[-1].end(), text


def refuse_subqueries(tokens: _Tokens) -> None:
    """Raise ``QueryError`` for a subquery within GRAPH ?g that Oxigraph answers over all graphs as if they were one.

    That is where it does not name ``?g`` and counts, sorts out or cuts, or where ``?g`` is used elsewhere
    (SPARQL 1.1, section 18.6).
    """
    for n in range(len(tokens) - 2):
        name = tokens[n + 1][0]
        if tokens[n + 2][0] != "{" or name[0] not in "?$" or "GRAPH" not in keywords(tokens[n]):
            continue
        end = find_end(tokens, n + 3)
        for start in range(n + 3, end):
            if "SELECT" in keywords(tokens[start]) and _loses(tokens, start, n + 1):
                line = tokens[start].string.count("\n", 0, tokens[start].start()) + 1
                message = f"the subquery in line {line} would be answered over all graphs as if they were one"
                hint = f"put GRAPH {name} within it, with {name} in its SELECT, and in GROUP BY if it counts"
                raise QueryError(message, hint=hint)


def _loses(tokens: _Tokens, start: int, graph: int) -> bool:
    """Whether the subquery whose SELECT is at ``start`` loses the variable at ``graph``, and that can be seen."""
    inside = tokens[start : find_end(tokens, start)]
    name = tokens[graph][0][1:]
    clause = inside[: next((n for n, token in enumerate(inside) if token[0] == "{"), len(inside))]
    words = set().union(*map(keywords, inside))
    if name in map(name_variable, clause):
        return bool(words & {"LIMIT", "OFFSET"})
    used = sum(name_variable(token) == name for token in tokens) > 1
    selects = (n for n, token in enumerate(tokens[:start]) if "SELECT" in keywords(token))
    shows_all = any(token[0] == "*" for n in selects for token in tokens[n + 1 : min(n + 3, start)])
    return used or shows_all or bool(words & _COLLECTING)


def expand_aliases(query: str, tokens: _Tokens) -> str:
    """Return ``query`` with aliases that a SELECT uses again written out (section 16.1)."""
    edits: list[_Edit] = []
    for n, token in enumerate(tokens):
        if "SELECT" in keywords(token):
            edits += _expand_clause(query, tokens, n + 1)
    return apply_edits(query, edits)


def list_aliases(tokens: _Tokens, n: int) -> Iterator[tuple[_Tokens, str]]:
    """Yield expression and name of each alias in the SELECT clause that goes on at ``n``."""
    while n < len(tokens) and tokens[n][0] != "{":
        if tokens[n][0] == "(":
            end = find_end(tokens, n + 1)
            inside = tokens[n + 1 : end]
            if inside[:-2] and "AS" in keywords(inside[-2]):
                yield inside[:-2], name_variable(inside[-1])
            n = end
        n += 1


def _expand_clause(query: str, tokens: _Tokens, n: int) -> Iterator[_Edit]:
    """Yield what the expressions of the SELECT clause that goes on at ``n`` become."""
    known: dict[str, str] = {}
    for expression, name in list_aliases(tokens, n):
        text = _write_out(query, expression, known)
        yield expression[0].start(), expression[-1].end(), text
        if len(text) <= _MOST and not any(keywords(part) & _NEW for part in expression):
            known[name] = text


def _write_out(query: str, expression: _Tokens, known: dict[str, str]) -> str:
    start, end = expression[0].start(), expression[-1].end()
    edits = [
        (token.start() - start, token.end() - start, f"({known[name_variable(token)]})")
        for token in expression
        if name_variable(token) in known
    ]
    return apply_edits(query[start:end], edits)
