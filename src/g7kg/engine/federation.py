"""Federation refused: a query that asks for SERVICE is told so before it is evaluated."""

from __future__ import annotations

import re
from typing import Final

from g7kg.errors import QueryError

_TOKEN: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'  # long strings
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n\r]|\\.)*"'  # strings
    r"|'(?:[^'\\\n\r]|\\.)*'"
    r'|<[^<>"{}|^`\\\x00-\x20]*>'  # IRIs
    r"|\#[^\n\r]*"  # comments
    r"|[?$@]\w+"  # variables, language tags
    r"|[\w.-]*:[\w.:%\\-]*"  # prefixed names
    r"|(?P<word>\w+)"
    r"|.",
    re.DOTALL,
)
"""Tokens of SPARQL as far as is needed to tell a keyword from the rest (SPARQL 1.1 Query Language, section 19.8)."""


def refuse_federation(query: str) -> None:
    """Raise ``QueryError`` if ``query`` has the keyword SERVICE outside strings, IRIs, names and comments."""
    for token in _TOKEN.finditer(query):
        if (token["word"] or "").upper() == "SERVICE":
            line = query.count("\n", 0, token.start()) + 1
            raise QueryError(
                f"SERVICE in line {line} is refused: this endpoint asks no other", hint="query the other one yourself"
            )
