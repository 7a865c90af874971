"""Which triples a query relies on: those with the predicates that it names, as its tokens tell.

What is not plainly known may be any triple: too much costs time, and too little makes a graph wrong without a sign.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from g7kg.rdf.lexer import TOKEN, apply_edits, find_end, keywords, name_variable, read_tokens
from g7kg.rdf.vocab import RDF

_OTHER: Final = re.compile("BASE|DESCRIBE|FROM|GRAPH|SERVICE|UNDEF")
"""Keywords of other graphs, and of what is not followed here, alone or in one word with another (``trueGRAPH``)."""

_PLAIN: Final = re.compile(
    r"""["'].*|[?$@]\w+|_:\w+"""
    r"|(?:[A-Za-z]\w*)?:(?:\w[\w-]*)?\.?"  # names without dots, signs and escapes
    r"|<[A-Za-z][\w+.-]*:[^)]*>"  # whole IRIs, no comparison that goes out of its brackets: (?a<?b)?s:p?o.FILTER(?c>?d)
    r"|[A-Za-z]\w*|\d+(?:\.\d+)?\.?|[][(){}.;,*/|^+?=<>!&-]",
    re.ASCII | re.DOTALL,
)
"""Tokens that an engine separates as they are separated here."""

_ALWAYS: Final = frozenset(RDF(name).value for name in ("type", "first", "rest"))
"""Predicates that stand in collections, and in words such as ``atrue``."""

_EMPTY: Final = frozenset("*?")
_PATH: Final = _EMPTY | frozenset("/|^+")
_NOT_AFTER: Final = frozenset(".{},(")
_NOT_BEFORE: Final = frozenset(";,})]")


@dataclass(frozen=True)
class Reliance:
    """The predicates that a query reads: those among ``names``, which are all IRIs in it, and those in its variables.

    These are for each predicate in ``bound`` the objects (``True``) or else the subjects of its triples.
    """

    names: frozenset[str]
    bound: frozenset[tuple[str, bool]]


def read_reliance(query: str, prefixes: Mapping[str, str]) -> Reliance | None:
    """Return what ``query``, a SELECT or CONSTRUCT, relies on; ``None`` if that may be any triple."""
    return _Reader(query, prefixes).read()


class _Reader:
    """The tokens of one query but for what it constructs, which it does not read."""

    def __init__(self, query: str, prefixes: Mapping[str, str]) -> None:
        self.query, self.given, tokens = query, prefixes, read_tokens(query)
        declared = [n for n, token in enumerate(tokens[:-2]) if "PREFIX" in keywords(token)]
        self.prefixes = {**prefixes, **{tokens[n + 1][0].removesuffix(":"): tokens[n + 2][0][1:-1] for n in declared}}
        opened = next((n + 1 for n, token in enumerate(tokens[:-1]) if "CONSTRUCT" in keywords(token)), 0)
        self.tokens = tokens[find_end(tokens, opened + 1) :] if opened and tokens[opened][0] == "{" else tokens

    def read(self) -> Reliance | None:
        everywhere = range(len(self.tokens))
        names = {self.name(n) for n in everywhere} - {None}
        if not self.is_plain() or "" in names or any(map(self.may_lead_anywhere, everywhere)):
            return None
        bound: set[tuple[str, bool]] = set()
        for n in everywhere:
            if name_variable(self.tokens[n]) and self.is_verb(n):
                found = next(self.find_bound(n), None)
                if found is None:
                    return None
                bound.update(found)
        return Reliance(frozenset(filter(None, names)) | _ALWAYS, frozenset(bound))

    def is_plain(self) -> bool:
        """Whether the query is separated into the tokens that an engine finds in it."""
        tokens = (token[0] for token in TOKEN.finditer(self.query) if token[0][0] != "#")
        return all(token.isascii() if token.isspace() else _PLAIN.fullmatch(token) for token in tokens)

    def text(self, n: int) -> str:
        """Return the text of a token; before the first and after the last there is none."""
        return self.tokens[n][0] if 0 <= n < len(self.tokens) else ""

    def name(self, n: int) -> str | None:
        """Return the IRI that a token is, an empty one if that is not known; ``None`` if it is no name."""
        text = self.text(n)
        prefix, colon, local = text.partition(":")
        if text == "a" or (text[:1] == "<" and text[-1] == ">" and len(text) > 1):
            return RDF("type").value if text == "a" else text[1:-1]
        if not colon or text[0] in "\"'_":
            return None
        return self.prefixes[prefix] + local.rstrip(".") if prefix in self.prefixes else ""

    def may_lead_anywhere(self, n: int) -> bool:
        """Whether a token stands for a path of no length, a negated set, what is said of a triple, or another graph."""
        text, before = self.text(n), self.name(n - 1) is not None
        if text == "!":
            return self.text(n + 1) in {"^", "("} or self.name(n + 1) is not None
        if text in _EMPTY and (before or self.text(n - 1) == ")"):
            after_step = before and self.text(n - 2) == "/" and self.name(n - 3) is not None
            before_step = self.text(n + 1) == "/" and self.name(n + 2) is not None and self.text(n + 3) not in _EMPTY
            return not (after_step or (before and before_step))
        of_triple = (text == "<" and self.text(n + 1).startswith("<")) or (text == "{" and self.text(n + 1) == "|")
        return of_triple or (text[0] not in "\"'<?$_" and _OTHER.search(text.partition(":")[0].upper()) is not None)

    def is_verb(self, n: int) -> bool:
        """Whether a token is the predicate of a pattern, or a step of its path: only there may ``a`` stand."""
        if self.text(n - 1) in _NOT_AFTER or self.text(n + 1) in _NOT_BEFORE:
            return False
        start, end = self.tokens[n].span()
        try:
            ox.Store().query(apply_edits(self.query, [(start, end, " a ")]), prefixes=dict(self.given))
        except SyntaxError:
            return False
        except RuntimeError:  # a function that the engine does not know
            pass
        return True

    def find_bound(self, verb: int) -> Iterator[list[tuple[str, bool]]]:
        """Yield what binds the variable of a pattern's predicate where the pattern stands; nothing for IRIs in VALUES.

        That is another pattern of its group, or one before the EXISTS or MINUS that this is. Further out is none: a
        MINUS does not see what is bound around it.
        """
        own = self.find_group(verb)
        around = {own, self.find_group(own)} if self.text(own - 1).upper() in {"EXISTS", "MINUS"} else {own}
        for n in (n for n in range(len(self.tokens)) if self.text(n) == self.text(verb)):
            if (group := self.find_group(n)) not in around or (group != own and n > verb):
                continue
            first = next((m for m in range(n - 1, -1, -1) if not name_variable(self.tokens[m])), 0)
            if "VALUES" in keywords(self.tokens[first - (self.text(first) == "(")]):
                yield []
            for step, beyond in ((n + 1, n + 2), (n - 1, n - 2)):
                if (name := self.name(step)) and self.text(beyond) not in _PATH and self.is_verb(step):
                    yield [(name, step < n)]

    def find_group(self, n: int) -> int:
        """Return the number of the brace that opens the innermost group around a token; 0 if there is none."""
        depth = 1
        while n > 0 and depth:
            n -= 1
            depth += (self.text(n) == "}") - (self.text(n) == "{")
        return n
