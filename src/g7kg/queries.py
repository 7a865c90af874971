"""The catalogue of queries: ``.rq`` files, valid SPARQL as they stand, with headers as grlc writes them (``#+``)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from g7kg.errors import Location, QueryError


@dataclass(frozen=True)
class CatalogueQuery:
    """A query of the catalogue: its name (that of its file), a one-line summary, tags, and the SPARQL text."""

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    text: str


def read_queries(folder: Path) -> tuple[CatalogueQuery, ...]:
    """Return the queries in ``folder``, by name; ``QueryError`` if a header is malformed or has no summary."""
    return tuple(_read_query(path) for path in sorted(folder.glob("*.rq")))


def _read_query(path: Path) -> CatalogueQuery:
    text = path.read_text("utf-8")
    lines = [line.removeprefix("#+") for line in text.splitlines() if line.startswith("#+")]
    location = Location(str(path), 1)
    try:
        header: Any = yaml.safe_load("\n".join(lines))
    except yaml.YAMLError as error:
        raise QueryError(f"the header is not YAML: {error}", location=location) from error
    if not isinstance(header, dict) or "summary" not in header:
        raise QueryError("the query has no summary", location=location, hint="begin the file with “#+ summary: …”")
    tags = tuple(str(tag) for tag in header.get("tags", ()))
    return CatalogueQuery(path.stem, str(header["summary"]), str(header.get("description", "")), tags, text)
