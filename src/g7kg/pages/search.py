"""Search: a page of what is found in the index, the same as JSON and CSV, and its description for browsers."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from g7kg.errors import NotFound, RequestError
from g7kg.http.negotiation import HTML, PLAIN_FORMATS, Format, find_format, negotiate
from g7kg.search import Facet, Findings, Hit, Run, Wish, read_wording
from g7kg.rdf.vocab import BASE
from g7kg.serve.answers import choose_variant, respond
from g7kg.pages.rendering import local_path, render_page
from g7kg.serve.site import accept_of, address_of, gate_of, site_of

FORMATS: Final = (HTML, *PLAIN_FORMATS)

SIZE: Final = 20
MOST: Final = 1000
"""How many results a page has, unless that is said, and at most."""

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,6}")
_COLUMNS: Final = ("iri", "label", "class", "document", "snippet")
_OPENSEARCH: Final = "http://a9.com/-/spec/opensearch/1.1/"

router = APIRouter(tags=["pages"])


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


_Text = Annotated[str, Query(description="Words, “quoted phrases”, -words to leave out.")]
_Class = Annotated[str, Query(alias="class", description="A class, by prefixed name or IRI.")]
_Document = Annotated[str, Query(description="A document, by the last part of its IRI or the whole.")]
_Page = Annotated[str, Query(description="The number of a page of results, from 1.")]
_Size = Annotated[str, Query(description=f"Results a page, at most {MOST}.")]


@router.get("/search", response_class=Response)
@router.get("/search.{name}", response_class=Response)
async def search(  # noqa: PLR0913, PLR0917 - the parameters of an address
    request: Request,
    name: str = "",
    q: _Text = "",
    class_: _Class = "",
    document: _Document = "",
    page: _Page = "1",
    size: _Size = str(SIZE),
) -> Response:
    """Find resources by the words of their labels, gists, definitions, and texts where these were given."""
    chosen = find_format(name, FORMATS) if name else negotiate(accept_of(request), FORMATS)
    asked = Search(q.strip(), class_, document, _read_number("page", page), _read_number("size", size))
    if asked.size > MOST:
        raise RequestError(f"a page of {asked.size} results is too large", hint=f"ask for at most {MOST}")

    async def produce() -> Response:
        async with gate_of(request):
            findings = await site_of(request).searcher.search(asked.wish)
        pages = -(-findings.total // asked.size)
        if asked.page > max(pages, 1):
            raise NotFound(f"there is no page {asked.page} of this search", hint=f"its pages end with {max(pages, 1)}")
        return _represent(asked, findings, pages, chosen)

    return await respond(request, choose_variant(request, "search", chosen.name, repr(asked)), produce)


@router.get("/opensearch.xml", response_class=Response)
async def opensearch(request: Request) -> Response:
    """Tell browsers how to search here (OpenSearch 1.1, draft 6)."""
    address = address_of(request)

    async def produce() -> Response:
        template = escape(f"{address}search?q={{searchTerms}}", {'"': "&quot;"})
        data = template.replace("search?", "search.json?")
        body = f"""<?xml version="1.0" encoding="UTF-8"?>
<OpenSearchDescription xmlns="{_OPENSEARCH}">
<ShortName>g7kg</ShortName>
<Description>What the digital and technology ministers of the G7 declare</Description>
<InputEncoding>UTF-8</InputEncoding>
<Url type="text/html" template="{template}"/>
<Url type="application/json" template="{data}"/>
</OpenSearchDescription>
"""
        return Response(body, media_type="application/opensearchdescription+xml")

    return await respond(request, choose_variant(request, "opensearch", address), produce)


def _read_number(name: str, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise RequestError(f"“{text[:20]}” is no number of results or pages, in {name}", hint="count from 1")
    return int(text)


def _represent(asked: Search, findings: Findings, pages: int, chosen: Format) -> Response:
    headers = {"Content-Type": chosen.content_type, **_headers(asked, pages, chosen)}
    if chosen is HTML:
        values = {"asked": asked, "findings": findings, "pages": pages, "most": MOST, "name": name_facet}
        return render_page("search.html", values, headers=headers)
    results = [_describe(hit) for hit in findings.hits]
    if chosen.name == "csv":
        return Response(_to_csv(results), headers=headers)
    body = {
        "query": asked.q,
        "total": findings.total,
        "page": asked.page,
        "pages": pages,
        "results": results,
        "classes": _to_counts(findings.classes),
        "documents": _to_counts(findings.documents),
        "suggestions": findings.suggestions,
    }
    return Response((json.dumps(body, ensure_ascii=False, indent=2) + "\n").encode(), headers=headers)


def _headers(asked: Search, pages: int, chosen: Format) -> dict[str, str]:
    """Return where the representation is, where the other ones are, and the pages before and after (RFC 8288)."""
    extension = f".{chosen.name}"
    others = [format_ for format_ in FORMATS if format_ is not chosen]
    links = [
        f'<{asked.link(f".{other.name}", page=asked.page)}>; rel="alternate"; type="{other.media_type}"'
        for other in others
    ]
    near = {"prev": asked.page - 1, "next": asked.page + 1}
    links += [f'<{asked.link(extension, page=page)}>; rel="{rel}"' for rel, page in near.items() if 1 <= page <= pages]
    return {"Content-Location": asked.link(extension, page=asked.page), "Link": ", ".join(links)}


def _describe(hit: Hit) -> dict[str, Any]:
    return {
        "iri": hit.iri,
        "path": local_path(hit.iri) if hit.iri.startswith(BASE) else None,
        "label": _to_text(hit.label),
        "class": hit.class_.iri if hit.class_ else None,
        "document": hit.document.iri if hit.document else None,
        "snippet": _to_text(hit.snippet),
    }


def _to_text(runs: Sequence[Run]) -> str:
    return "".join(run.text for run in runs)


def _to_counts(facets: Sequence[Facet]) -> list[dict[str, Any]]:
    return [{"iri": facet.iri, "label": facet.label, "count": facet.count} for facet in facets]


def _to_csv(results: Sequence[dict[str, Any]]) -> bytes:
    """Return one row a result (RFC 4180), a header first."""
    output = io.StringIO()
    writer = csv.DictWriter(output, _COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(results)
    return output.getvalue().encode()


def name_facet(facet: Facet) -> str:
    """Return the label of ``facet``, or else the last part of its IRI as words: “object property”."""
    last = re.split(r"[/#]", facet.iri.rstrip("/#"))[-1]
    return facet.label or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", last).lower()
