"""Where nodes stand in a document, so that a finding can name the line of its focus node."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Final
from urllib.parse import urljoin

from g7kg.errors import Location
from g7kg.sandbox.exchange import Source
from g7kg.sandbox.reading import base_of

_TURTLE: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\''  # long strings
    r'|"(?:[^"\\\n\r]|\\.)*"|\'(?:[^\'\\\n\r]|\\.)*\''  # strings
    r"|\#[^\n\r]*"  # comments
    r"|(?P<keyword>@prefix|@base|\bPREFIX\b|\bBASE\b)"
    r'|<(?P<iri>(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})*)>'
    r"|(?P<blank>_:[\w.-]*\w)"
    r"|(?P<name>(?:\w[\w.-]*)?:(?:[\w:%-]|\\.|\.+(?=[\w:%\\-]))*)"
    r"|[+-]?(?:\d+\.\d*e[+-]?\d+|\d*\.\d+(?:e[+-]?\d+)?|\d+(?:e[+-]?\d+)?)(?![\w:])"  # numbers
    r"|(?P<mark>[.;,{}\[\]()])"
    r"|\S",
    re.DOTALL | re.IGNORECASE,
)
"""Tokens of Turtle, TriG, N-Triples and N-Quads as far as is needed to tell subjects (RDF 1.1 Turtle, section 6.5)."""

_PAIR: Final = re.compile(r'"(?P<key>(?:[^"\\]|\\.)*)"\s*:\s*"(?P<value>(?:[^"\\]|\\.)*)"')
_ATTRIBUTE: Final = re.compile(
    r"""\b(?:[\w.-]+:)(?P<name>about|ID|nodeID|resource)\s*=\s*(?P<quote>["'])(?P<value>.*?)(?P=quote)""", re.DOTALL
)
_BASE: Final = re.compile(r"""\bxml:base\s*=\s*["']([^"']*)["']""")
_ENTITY: Final = re.compile(r"""<!ENTITY\s+([^\s"'>]+)\s+["']([^"']*)["']""")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")

_NEAR: Final = 200
"""How much white space is looked through around a key."""

Place = tuple[str, int, bool]
"""A node, where it begins, and whether something is said about it there."""


def locate_nodes(source: Source, *, everywhere: bool = False) -> dict[str, Location]:
    """Return the place of each node by its IRI, or ``_:`` and its label: the first where it is a subject.

    One that is no subject has the first place where it is an object; with ``everywhere`` the first of any kind counts,
    predicates included. In RDF/XML and JSON-LD nodes are found that an attribute or a key for ``@id`` names.
    """
    text = source.data.decode(errors="replace").removeprefix("\ufeff")
    lines = [0, *(match.end() for match in re.finditer("\n", text))]
    find = {"rdf": _find_attributes, "jsonld": _find_keys}.get(source.format, _find_terms)
    subjects: dict[str, int] = {}
    others: dict[str, int] = {}
    for iri, start, said in find(text, base_of(source)):
        (subjects if said or everywhere else others).setdefault(iri, start)
    places: dict[str, Location] = {}
    for iri, start in {**others, **subjects}.items():
        line = bisect_right(lines, start)
        places[iri] = Location(source.name, line, start - lines[line - 1] + 1)
    return places


def _find_attributes(text: str, base: str) -> Iterator[Place]:
    entities = dict(_ENTITY.findall(text))
    stated = _BASE.search(text)
    base = urljoin(base, stated[1]) if stated else base
    for match in _ATTRIBUTE.finditer(text):
        value = unescape(re.sub(r"&(\w+);", lambda found: entities.get(found[1], found[0]), match["value"]))
        name = match["name"]
        iri = f"_:{value}" if name == "nodeID" else urljoin(base, f"#{value}" if name == "ID" else value)
        yield iri, match.start(), name != "resource"


def _find_keys(text: str, base: str) -> Iterator[Place]:
    """Yield the nodes that ``@id`` or an alias of it names, their prefixes resolved; all count as subjects.

    A node object with nothing beside its name is only mentioned.
    """
    try:
        terms = dict(_list_terms(json.loads(text)))
    except (ValueError, RecursionError):
        return
    base = urljoin(base, terms.get("@base", ""))
    aliases = {"@id", *(name for name, value in terms.items() if value == "@id")}
    for match in _PAIR.finditer(text):
        if json.loads(f'"{match["key"]}"', strict=False) in aliases:
            value = json.loads(f'"{match["value"]}"', strict=False)
            before, after = text[max(0, match.start() - _NEAR) : match.start()], text[match.end() : match.end() + _NEAR]
            alone = before.rstrip().endswith("{") and after.lstrip().startswith("}")
            yield _expand(value, terms, base), match.start(), not alone


def _list_terms(document: object) -> Iterator[tuple[str, str]]:
    if isinstance(document, list):
        for item in document:
            yield from _list_terms(item)
    if isinstance(document, Mapping):
        for key, value in document.items():
            if key == "@context":
                contexts = value if isinstance(value, list) else [value]
                stated = [pair for one in contexts if isinstance(one, Mapping) for pair in one.items()]
                for name, one in stated:
                    iri = one.get("@id") if isinstance(one, Mapping) else one
                    yield from [(name, iri)] if isinstance(iri, str) else []
            else:
                yield from _list_terms(value)


def _expand(value: str, terms: Mapping[str, str], base: str) -> str:
    prefix, colon, rest = value.partition(":")
    if value.startswith("_:") or rest.startswith("//"):
        return value
    return terms[prefix] + rest if colon and prefix in terms else urljoin(base, value)


def _find_terms(text: str, base: str) -> Iterator[Place]:
    """Yield the terms of statements and where each begins, prefixes and relative IRIs resolved."""
    prefixes: dict[str, str] = {}
    depth, expected = 0, True
    tokens = _TURTLE.finditer(text)
    for token in tokens:
        if token["keyword"]:
            base = _declare(tokens, token["keyword"], prefixes, base)
            expected = True
        elif token["mark"]:
            depth += {"[": 1, "(": 1, "]": -1, ")": -1}.get(token["mark"], 0)
            expected = depth <= 0 and token["mark"] in ".{}"
        elif token["iri"] is not None or token["blank"] or token["name"]:
            yield _resolve(token, prefixes, base), token.start(), expected
            expected = False
        elif token[0][0] in "\"'":
            expected = False


def _declare(tokens: Iterator[re.Match[str]], keyword: str, prefixes: dict[str, str], base: str) -> str:
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
        iri = _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), token["iri"])
        return urljoin(base, iri) if base else iri
    if token["blank"]:
        return token.group()
    prefix, _, local = str(token["name"]).partition(":")
    return str(prefixes.get(prefix, f"{prefix}:") + re.sub(r"\\(.)", r"\1", local))
