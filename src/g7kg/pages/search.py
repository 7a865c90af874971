"""Search: a page of what is found in the index, the same as JSON and CSV, and its description for browsers."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from pyoxigraph import NamedNode

from g7kg.dataset.dataset import Dataset
from g7kg.errors import NotFound
from g7kg.pages.named import name_part
from g7kg.pages.rendering import Page, local_path
from g7kg.pages.sources import Source, read_sources
from g7kg.pages.terms import read_terms
from g7kg.rdf.formats import HTML, PLAIN_FORMATS
from g7kg.rdf.solutions import write_csv
from g7kg.rdf.vocab import BASE, G7
from g7kg.search import Facet, Findings, Hit, Wish, read_wording
from g7kg.texts.dates import read_day

FORMATS: Final = (HTML, *PLAIN_FORMATS)

SIZE: Final = 20
MOST: Final = 1000
"""How many results a page has, unless that is said, and at most."""

_COLUMNS: Final = ("iri", "label", "class", "document", "snippet", "status", "day")
_PARTS: Final = frozenset({G7("Paragraph").value, G7("Bullet").value})


@dataclass(frozen=True)
class Search:
    """A search as an address states it: the text, the class and document of what is wanted, a page and its size."""

    q: str
    class_: str
    document: str
    page: int
    size: int

    def link(self, extension: str = "", **changes: str | int) -> str:
        """Return the address of this search with ``changes``, on the first page unless they say which."""
        other = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]  # what the fields are
        stated = {"q": other.q, "class": other.class_, "document": other.document}
        parameters: dict[str, str | int] = {name: value for name, value in stated.items() if value}
        parameters |= {"page": other.page} if other.page > 1 else {}
        parameters |= {"size": other.size} if other.size != SIZE else {}
        return f"/search{extension}" + (f"?{urlencode(parameters, safe=':/')}" if parameters else "")

    @property
    def wish(self) -> Wish:
        """What the index is asked for."""
        first = (self.page - 1) * self.size
        return Wish(read_wording(self.q), self.class_ or None, self.document or None, first, self.size)


async def show_search(dataset: Dataset, asked: Search, findings: Findings) -> Page:
    """Return the page of what was found; documents are called by place and month."""
    documents = await dataset.select("documents-in-numbers")
    sources = read_sources(documents.rows)

    def name(facet: Facet) -> str:
        return sources[facet.iri].known_as if facet.iri in sources else name_facet(facet)

    hits = [(hit, _name_part(hit, sources), read_day(hit.day)) for hit in findings.hits]
    values = {"asked": asked, "findings": findings, "hits": hits, "pages": count_pages(asked, findings), "most": MOST}
    return Page("search.html", values | {"name": name})


def _name_part(hit: Hit, sources: Mapping[str, Source]) -> str | None:
    """Return what people call a paragraph or a bullet, which has no name of its own; nothing for other things."""
    if not (hit.class_ and hit.document and hit.class_.iri in _PARTS and hit.document.iri in sources):
        return None
    place = name_part(hit.iri.removeprefix(hit.document.iri + "/"))
    return f"{sources[hit.document.iri].known_as}, {place}"


def count_pages(asked: Search, findings: Findings) -> int:
    """Return how many pages there are of what was found; ``NotFound`` if the one that is asked for is beyond them."""
    pages = -(-findings.total // asked.size)
    if asked.page > max(pages, 1):
        raise NotFound(f"there is no page {asked.page} of this search", hint=f"its pages end with {max(pages, 1)}")
    return pages


def to_json(asked: Search, findings: Findings) -> bytes:
    """Return what was found as JSON."""
    body = {
        "query": asked.q,
        "total": findings.total,
        "page": asked.page,
        "pages": count_pages(asked, findings),
        "results": [_describe(hit) for hit in findings.hits],
        "classes": _to_counts(findings.classes),
        "documents": _to_counts(findings.documents),
        "searched": findings.searched,
        "lacking": findings.lacking,
    }
    return (json.dumps(body, ensure_ascii=False, indent=2) + "\n").encode()


def _describe(hit: Hit) -> dict[str, Any]:
    label, snippet = hit.texts
    return {
        "iri": hit.iri,
        "path": local_path(hit.iri) if hit.iri.startswith(BASE) else None,
        "label": label,
        "class": hit.class_.iri if hit.class_ else None,
        "document": hit.document.iri if hit.document else None,
        "snippet": snippet,
        "status": hit.status.iri if hit.status else None,
        "day": hit.day,
    }


def _to_counts(facets: Sequence[Facet]) -> list[dict[str, Any]]:
    return [{"iri": facet.iri, "label": facet.label, "count": facet.count} for facet in facets]


def to_csv(findings: Findings) -> bytes:
    """Return one row a result (RFC 4180), a header first."""
    results = [_describe(hit) for hit in findings.hits]
    return write_csv(_COLUMNS, ([result[name] or "" for name in _COLUMNS] for result in results))


def name_facet(facet: Facet) -> str:
    """Return what ``facet`` is called: as the pages call it, its label, or the last part of its IRI as words."""
    last = re.split(r"[/#]", facet.iri.rstrip("/#"))[-1]
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", last).lower()
    return read_terms("classes").get(NamedNode(facet.iri)) or facet.label or words
