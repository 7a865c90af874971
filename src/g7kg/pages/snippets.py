"""A query as code to copy. Whatever the query holds, it arrives at the server as it is."""

import json
import re
import shlex
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

_FORM: Final = re.compile(
    r"(?:\s|\#[^\n\r]*+|base\s*+<[^>]*+>|prefix\s[^<]*+<[^>]*+>)*+(?P<form>select|ask|construct|describe)\b",
    re.IGNORECASE,
)
"""What comes before the form of a query is its prologue (SPARQL 1.1 Query Language, section 19.8, rule 4)."""


def compose_snippets(endpoint: str, query: str) -> dict[str, str]:
    """Return code that sends ``query`` to the address ``endpoint``: for curl, Python, R, JavaScript; SELECT: pandas.

    It is by what it is for, and ends in a line break. The code for Python and for JavaScript needs nothing but what
    comes with the language, that for R httr2.
    """
    form, languages = find_form(query), _read_languages()
    kind = form if form in {"SELECT", "ASK"} else "graph"
    curl = languages["curl"]["whole"].format(endpoint=shlex.quote(endpoint), query=shlex.quote(f"query={query}"))
    snippets = {"curl": curl}
    for name, (quote, quote_address) in _QUOTES.items():
        if kind in languages[name]:
            whole = languages["Python" if name == "pandas" else name]["whole"]
            quoted = {"query": quote(query), "endpoint": quote_address(endpoint)}
            snippets[name] = whole.format(**quoted, **languages[name][kind])
    return snippets


def find_form(query: str) -> str:
    """Return SELECT, ASK, CONSTRUCT or DESCRIBE; SELECT too where ``query`` begins as none of them does."""
    match = _FORM.match(query)
    return match["form"].upper() if match else "SELECT"


def quote_python(text: str) -> str:
    """Return the literal of Python whose value is ``text``: in lines of its own where that needs no escapes."""
    if _is_plain(text) and "\\" not in text and '"""' not in text and not text.endswith('"'):
        return f'"""\\\n{text}"""'
    return repr(text)


def quote_r(text: str) -> str:
    """Return the literal of R whose value is ``text``: in lines of its own where that needs no escapes."""
    return f'r"({text})"' if _is_plain(text) and ')"' not in text else json.dumps(text, ensure_ascii=False)


def quote_javascript(text: str) -> str:
    """Return the literal of JavaScript whose value is ``text``: in lines of its own where that needs no escapes."""
    escaped = any(sign in text for sign in ("`", "\\", "${"))
    return f"`{text}`" if _is_plain(text) and not escaped else json.dumps(text, ensure_ascii=False)


def _is_plain(text: str) -> bool:
    """Whether ``text`` has several lines, and nothing that does not show."""
    return "\n" in text and all(character.isprintable() or character in "\n\t" for character in text)


_QUOTES: Final[Mapping[str, tuple[Callable[[str], str], Callable[[str], str]]]] = {
    "Python": (quote_python, repr),
    "pandas": (quote_python, repr),
    "R": (quote_r, json.dumps),
    "JavaScript": (quote_javascript, json.dumps),
}
"""How each language writes the query, and the address."""


@cache
def _read_languages() -> dict[str, Any]:
    return tomllib.loads((files("g7kg.pages") / "snippets.toml").read_text("utf-8"))
