"""A query as code to copy. Whatever the query holds, it arrives at the server as it is."""

from __future__ import annotations

import json
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


_R: Final = """\
library(httr2)

query <- {query}
answer <- request({endpoint}) |>
  req_body_form(query = query) |>
  req_headers(Accept = "{accepted}") |>
  req_perform() |>
  resp_body_string()
{reading}
"""

_JAVASCRIPT: Final = """\
const query = {query};
const answer = await fetch({endpoint}, {{
  method: "POST",
  headers: {{ Accept: "{accepted}" }},
  body: new URLSearchParams({{ query }}),
}});
{reading}
"""

_R_ROWS: Final = 'table <- read.csv(text = answer, na.strings = "")\nprint(table)'
_JAVASCRIPT_ROWS: Final = """\
for (const row of (await answer.json()).results.bindings) {
  console.log(Object.fromEntries(Object.entries(row).map(([name, term]) => [name, term.value])));
}"""


@dataclass(frozen=True)
class Snippet:
    """Code that asks one query: what it is for, and its text, which ends in a line break."""

    name: str
    text: str


def compose_snippets(endpoint: str, query: str) -> tuple[Snippet, ...]:
    """Return code that sends ``query`` to the address ``endpoint``: for curl, Python, R, JavaScript; SELECT: pandas.

    The code for Python and for JavaScript needs nothing but what comes with the language, that for R httr2.
    """
    form = find_form(query)
    curl = _CURL.format(endpoint=shlex.quote(endpoint), parameter=shlex.quote(f"query={query}"))
    json_import = f"import json\n{_IMPORTS}"
    pandas: tuple[Snippet, ...] = ()
    match form:
        case "SELECT":
            python = _fill(endpoint, query, json_import, _JSON, _ROWS)
            pandas = (Snippet("pandas", _fill(endpoint, query, f"{_IMPORTS}\n\nimport pandas", "text/csv", _PANDAS)),)
            r = _fill_text(_R, endpoint, query, "text/csv", _R_ROWS)
            javascript = _fill_text(_JAVASCRIPT, endpoint, query, _JSON, _JAVASCRIPT_ROWS)
        case "ASK":
            python = _fill(endpoint, query, json_import, _JSON, 'print(json.load(answer)["boolean"])')
            r = _fill_text(_R, endpoint, query, "text/csv", "print(answer)")
            javascript = _fill_text(_JAVASCRIPT, endpoint, query, _JSON, "console.log((await answer.json()).boolean);")
        case _:
            python = _fill(endpoint, query, _IMPORTS, "text/turtle", "print(answer.read().decode())")
            r = _fill_text(_R, endpoint, query, "text/turtle", "cat(answer)")
            javascript = _fill_text(_JAVASCRIPT, endpoint, query, "text/turtle", "console.log(await answer.text());")
    return Snippet("curl", curl), Snippet("Python", python), *pandas, Snippet("R", r), Snippet("JavaScript", javascript)


def find_form(query: str) -> str:
    """Return SELECT, ASK, CONSTRUCT or DESCRIBE; SELECT too where ``query`` begins as none of them does."""
    match = _FORM.match(query)
    return match["form"].upper() if match else "SELECT"


def quote_python(text: str) -> str:
    """Return the literal of Python whose value is ``text``: in lines of its own where that needs no escapes."""
    if _is_plain(text) and "\\" not in text and '"""' not in text and not text.endswith('"'):
        return f'"""\\\n{text}"""'
    return repr(text)


def _fill(endpoint: str, query: str, imports: str, accepted: str, reading: str) -> str:
    return _PYTHON.format(
        imports=imports, query=quote_python(query), endpoint=repr(endpoint), accepted=accepted, reading=reading
    )


def _fill_text(template: str, endpoint: str, query: str, accepted: str, reading: str) -> str:
    quoted = quote_r(query) if template is _R else quote_javascript(query)
    return template.format(query=quoted, endpoint=json.dumps(endpoint), accepted=accepted, reading=reading)


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
