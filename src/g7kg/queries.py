"""The catalogue of queries: ``.rq`` files, valid SPARQL as they stand, with headers as grlc writes them (``#+``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from g7kg.errors import Location, QueryError

_HEADER = re.compile(r"#\+ (?P<key>[a-z]+): (?P<value>\S.*)")
_KEYS = ("summary", "description", "tags")


@dataclass(frozen=True)
class CatalogueQuery:
    """A query of the catalogue: its name (that of its file), a one-line summary, tags, and the SPARQL text."""

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    text: str


def read_queries(folder: Path) -> tuple[CatalogueQuery, ...]:
    """Return the queries in ``folder``, by name; ``QueryError`` if a header is malformed or lacks a key.

    A header has one line a key: summary, description and tags (``[one, two]``), each ``#+ key: value``.
    """
    return tuple(_read_query(path) for path in sorted(folder.glob("*.rq")))


def _read_query(path: Path) -> CatalogueQuery:
    text = path.read_text("utf-8")
    header: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#+"):
            continue
        match = _HEADER.fullmatch(line)
        if not match or match["key"] not in _KEYS:
            hint = "write “#+ key: value” with one of " + ", ".join(_KEYS)
            raise QueryError("the header line cannot be read", location=Location(str(path), number), hint=hint)
        header[match["key"]] = match["value"].strip()
    if header.keys() != set(_KEYS):
        missing = ", ".join(key for key in _KEYS if key not in header)
        raise QueryError(f"the query has no {missing}", location=Location(str(path), 1), hint="add it to the header")
    tags = tuple(tag.strip() for tag in header["tags"].strip("[]").split(","))
    return CatalogueQuery(path.stem, header["summary"], header["description"], tags, text)
