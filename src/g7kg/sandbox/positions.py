"""Where subjects stand in a document, so that a finding can name the line of its focus node."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from g7kg.errors import Location
from g7kg.sandbox.exchange import Source

_TURTLE: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\''  # long strings
    r'|"(?:[^"\\\n\r]|\\.)*"|\'(?:[^\'\\\n\r]|\\.)*\''  # strings
    r"|\#[^\n\r]*"  # comments
    r"|(?P<keyword>@prefix|@base|\bPREFIX\b|\bBASE\b)"
    r'|<(?P<iri>[^<>"{}|^`\\\x00-\x20]*)>'
    r"|(?P<blank>_:[\w.-]*\w)"
    r"|(?P<name>[\w.-]*:(?:[\w.:%-]|\\.)*)"
    r"|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w:])"  # numbers
    r"|(?P<mark>[.;,{}\[\]()])"
    r"|\S",
    re.DOTALL | re.IGNORECASE,
)
"""Tokens of Turtle, TriG, N-Triples and N-Quads as far as is needed to tell subjects (RDF 1.1 Turtle, section 6.5)."""

_ATTRIBUTE: Final = re.compile(r'\brdf:(?:about|ID|nodeID)\s*=\s*"(?P<value>[^"]*)"|"@id"\s*:\s*"(?P<id>[^"]*)"')


def locate_subjects(source: Source) -> dict[str, Location]:
    """Return the place of the first statement about each subject, by its IRI, or ``_:`` and its label.

    In RDF/XML and JSON-LD, where an IRI may be abbreviated in ways that are not followed here, some are not found.
    """
    text = source.data.decode(errors="replace")
    lines = [0, *(match.end() for match in re.finditer("\n", text))]
    found = _find_attributes(text) if source.format in {"rdf", "jsonld"} else _find_subjects(text)
    places: dict[str, Location] = {}
    for iri, start in found:
        line = bisect_right(lines, start)
        places.setdefault(iri, Location(source.name, line, start - lines[line - 1] + 1))
    return places


def _find_attributes(text: str) -> Iterator[tuple[str, int]]:
    for match in _ATTRIBUTE.finditer(text):
        yield match["value"] or match["id"] or "", match.start()


def _find_subjects(text: str) -> Iterator[tuple[str, int]]:
    """Yield the subjects of statements and where each begins, prefixes and relative IRIs resolved."""
    prefixes: dict[str, str] = {}
    base, depth, expected = "", 0, True
    tokens = _TURTLE.finditer(text)
    for token in tokens:
        if token["keyword"]:
            base = _declare(tokens, token["keyword"], prefixes, base)
            expected = True
        elif token["mark"]:
            depth += {"[": 1, "(": 1, "]": -1, ")": -1}.get(token["mark"], 0)
            expected = depth <= 0 and token["mark"] in ".{}"
        elif token["iri"] is not None or token["blank"] or token["name"]:
            if expected:
                yield _resolve(token, prefixes, base), token.start()
            expected = False
        elif token[0][0] in "\"'":
            expected = False


def _declare(tokens: Iterator[re.Match[str]], keyword: str, prefixes: dict[str, str], base: str) -> str:
    """Read a declaration of a prefix, or of the base, which is returned."""
    name = ""
    for token in tokens:
        if token["name"]:
            name = token["name"].partition(":")[0]
        if token["iri"] is not None:
            iri = str(urljoin(base, token["iri"]))
            if keyword.lower().endswith("base"):
                return iri
            prefixes[name] = iri
            break
    return base


def _resolve(token: re.Match[str], prefixes: dict[str, str], base: str) -> str:
    if token["iri"] is not None:
        return urljoin(base, token["iri"]) if base else token["iri"]
    if token["blank"]:
        return token.group()
    prefix, _, local = str(token["name"]).partition(":")
    return str(prefixes.get(prefix, f"{prefix}:") + re.sub(r"\\(.)", r"\1", local))
