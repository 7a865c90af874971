"""A query as code to copy: for curl, Python and pandas. Whatever the query holds, it arrives at the server as it is."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Final

_FORM: Final = re.compile(
    r"(?:\s|\#[^\n\r]*+|base\s*+<[^>]*+>|prefix\s[^<]*+<[^>]*+>)*+(?P<form>select|ask|construct|describe)\b",
    re.IGNORECASE,
)
"""What comes before the form of a query is its prologue (SPARQL 1.1 Query Language, section 19.8, rule 4)."""

_CURL: Final = """\
curl {endpoint} \\
  --header 'Accept: text/csv, text/turtle;q=0.9' \\
  --data-urlencode {parameter}
"""

_PYTHON: Final = """\
{imports}

query = {query}
request = Request({endpoint}, urlencode({{"query": query}}).encode(), {{"Accept": "{accepted}"}})
with urlopen(request) as answer:
    {reading}
"""

_IMPORTS: Final = "from urllib.parse import urlencode\nfrom urllib.request import Request, urlopen"
_JSON: Final = "application/sparql-results+json"
_ROWS: Final = """\
results = json.load(answer)
for row in results["results"]["bindings"]:
    print({name: term["value"] for name, term in row.items()})"""

_PANDAS: Final = """\
table = pandas.read_csv(answer, keep_default_na=False, na_values=[""])
print(table)"""


@dataclass(frozen=True)
class Snippet:
    """Code that asks one query: what it is for, and its text, which ends in a line break."""

    name: str
    text: str


def compose_snippets(endpoint: str, query: str) -> tuple[Snippet, ...]:
    """Return code that sends ``query`` to ``endpoint`` (an address): for curl, Python, and of a SELECT for pandas.

    The code for Python needs nothing but its standard library.
    """
    form = find_form(query)
    curl = _CURL.format(endpoint=shlex.quote(endpoint), parameter=shlex.quote(f"query={query}"))
    json_import = f"import json\n{_IMPORTS}"
    match form:
        case "SELECT":
            python = _fill(endpoint, query, json_import, _JSON, _ROWS)
            pandas = _fill(endpoint, query, f"{_IMPORTS}\n\nimport pandas", "text/csv", _PANDAS)
            return Snippet("curl", curl), Snippet("Python", python), Snippet("pandas", pandas)
        case "ASK":
            python = _fill(endpoint, query, json_import, _JSON, 'print(json.load(answer)["boolean"])')
        case _:
            python = _fill(endpoint, query, _IMPORTS, "text/turtle", "print(answer.read().decode())")
    return Snippet("curl", curl), Snippet("Python", python)


def find_form(query: str) -> str:
    """Return SELECT, ASK, CONSTRUCT or DESCRIBE; SELECT too where ``query`` begins as none of them does."""
    match = _FORM.match(query)
    return match["form"].upper() if match else "SELECT"


def quote_python(text: str) -> str:
    """Return the literal of Python whose value is ``text``: in lines of its own where that needs no escapes."""
    plain = all(character.isprintable() or character in "\n\t" for character in text)
    if "\n" in text and plain and "\\" not in text and '"""' not in text and not text.endswith('"'):
        return f'"""\\\n{text}"""'
    return repr(text)


def _fill(endpoint: str, query: str, imports: str, accepted: str, reading: str) -> str:
    return _PYTHON.format(
        imports=imports, query=quote_python(query), endpoint=repr(endpoint), accepted=accepted, reading=reading
    )
