"""Answers brought to a form in which those of two servers can be compared."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.client import Response
from benchmarks.queries import TRIPLES, Kind

_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
_INTEGERS: Final = re.compile(
    r"http://www\.w3\.org/2001/XMLSchema#"
    r"(?:(?:nonN|n)egativeInteger|(?:nonP|p)ositiveInteger|(?:unsignedL|l)ong|(?:unsignedI|i)nt|(?:unsignedS|s)hort"
    r"|(?:unsignedB|b)yte)(?![A-Za-z])"
)
"""Types derived from xsd:integer: one server keeps them, another has integers only."""

_INTEGER: Final = "http://www.w3.org/2001/XMLSchema#integer"
_DESCRIBED: Final = re.compile(r"DESCRIBE <([^>]*)>")
_BLANK: Final = re.compile(rb"_:[A-Za-z0-9_.-]+(?=[ .])")
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


@dataclass(frozen=True)
class Answer:
    """What a server said to a query: how many rows or triples, and a digest of all; both ``None`` if it failed."""

    kind: str
    query: str
    rows: int | None
    digest: str | None


@dataclass(frozen=True)
class Disagreement:
    """A query to which two servers gave different answers."""

    kind: str
    query: str
    servers: tuple[str, str]
    rows: tuple[int | None, int | None]


def summarise(kind: Kind, query: str, response: Response | None) -> Answer:
    """Return the answer in ``response``, with the rows as a multiset, or the triples as a set.

    Names of blank nodes and types derived from integer make no difference. A description is compared by the triples
    that have the thing as their subject, for how much more belongs to it is left to each server.
    """
    if response is None or response.status != 200:  # noqa: PLR2004 - the status of a good answer
        return Answer(kind.name, query, None, None)
    try:
        rows = _triples(response.body) if kind.accept == TRIPLES else _rows(response.body)
    except (ValueError, KeyError):
        return Answer(kind.name, query, None, None)
    if match := _DESCRIBED.search(query):
        rows = [row for row in rows if row.startswith(f"<{match[1]}> ")]
    digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return Answer(kind.name, query, len(rows), digest)


def compare(answers: Mapping[str, Sequence[Answer]]) -> list[Disagreement]:
    """Return where a server's answers differ from those of the first that answered; ``answers`` are by server."""
    found = []
    first_of: dict[str, tuple[str, Answer]] = {}
    for server, given in answers.items():
        for answer in given:
            first, other = first_of.setdefault(answer.query, (server, answer))
            if answer.digest != other.digest or answer.digest is None:
                found.append(Disagreement(answer.kind, answer.query, (first, server), (other.rows, answer.rows)))
    return found


def _rows(body: bytes) -> list[str]:
    """Return the solutions in ``body``, sorted."""
    bindings = json.loads(body)["results"]["bindings"]
    return sorted(json.dumps({name: _term(term) for name, term in row.items()}, sort_keys=True) for row in bindings)


def _term(term: Mapping[str, Any]) -> list[str]:
    kind = "literal" if term["type"] == "typed-literal" else term["type"]
    if kind == "bnode":
        return [kind]
    datatype = _INTEGERS.sub(_INTEGER, term.get("datatype", ""))
    return [kind, term["value"], "" if datatype == _STRING else datatype, term.get("xml:lang", "").lower()]


def _triples(body: bytes) -> list[str]:
    """Return the triples in ``body``, sorted, each once."""
    lines = {_BLANK.sub(b"_:b", line.strip()) for line in body.splitlines() if line.strip()}
    texts = (_INTEGERS.sub(_INTEGER, line.decode()).replace(f"^^<{_STRING}>", "") for line in lines)
    return sorted(_ESCAPE.sub(_unescape, text) for text in texts)


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1] or match[2], 16))
