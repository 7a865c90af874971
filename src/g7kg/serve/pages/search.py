"""Search by address: a page of what is found, the same as JSON and CSV, and its description for browsers."""

import re
from collections.abc import Mapping
from typing import Annotated, Final
from xml.sax.saxutils import quoteattr

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from g7kg.errors import RequestError
from g7kg.http.negotiation import find_format, negotiate
from g7kg.pages.search import FORMATS, MOST, SIZE, Search, count_pages, show_search, to_csv, to_json
from g7kg.rdf.formats import HTML, Format
from g7kg.serve.answers import choose_variant, kept, respond
from g7kg.serve.data.signposting import link_pages
from g7kg.serve.pages.html import to_html
from g7kg.serve.site import accept_of, address_of, dataset_of

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,6}")
_OPENSEARCH: Final = "http://a9.com/-/spec/opensearch/1.1/"

router = APIRouter(tags=["pages"], default_response_class=Response)

_Text = Annotated[str, Query(description="Words, “quoted phrases”, -words to leave out.")]
_Class = Annotated[str, Query(alias="class", description="A class, by prefixed name or IRI.")]
_Document = Annotated[str, Query(description="A document, by the last part of its IRI or the whole.")]
_Page = Annotated[str, Query(description="The number of a page of results, from 1.")]
_Size = Annotated[str, Query(description=f"Results a page, at most {MOST}.")]


@router.get("/search")
@router.get("/search.{name}", include_in_schema=False)
async def search(  # noqa: PLR0913, PLR0917 - the parameters of an address
    request: Request,
    q: _Text = "",
    class_: _Class = "",
    document: _Document = "",
    page: _Page = "1",
    size: _Size = str(SIZE),
) -> Response:
    """Find resources by names, gists, definitions, what they are about, and their words where these were given."""
    name = request.path_params.get("name", "")
    chosen = find_format(name, FORMATS) if name else negotiate(accept_of(request), FORMATS)
    asked = Search(q.strip(), class_, document, _read_number("page", page), _read_number("size", size))
    if asked.size > MOST:
        raise RequestError(f"a page of {asked.size} results is too large", hint=f"ask for at most {MOST}")

    async def produce() -> Response:
        dataset = dataset_of(request)
        findings = await dataset.search(asked.wish)
        headers = {"Content-Type": chosen.content_type, **_headers(asked, count_pages(asked, findings), chosen)}
        if chosen is HTML:
            return to_html(await show_search(dataset, asked, findings), headers=headers)
        return Response(to_csv(findings) if chosen.name == "csv" else to_json(asked, findings), headers=headers)

    location = asked.link(f".{chosen.name}", page=asked.page)
    return await respond(
        request, choose_variant(request, "search", chosen.name, repr(asked), location=location), produce
    )


@router.get("/opensearch.xml")
@kept(addressed=True)
async def opensearch(request: Request) -> Response:
    """Tell browsers how to search here (OpenSearch 1.1, draft 6)."""
    address = address_of(request)
    body = describe_search({HTML: f"{address}search", FORMATS[1]: f"{address}search.json"})
    return Response(body, media_type="application/opensearchdescription+xml")


def describe_search(addresses: Mapping[Format, str]) -> str:
    """Return the description for browsers of a search at ``addresses``, by what each answers with."""
    urls = "".join(
        f'<Url type="{format_.media_type}" template={quoteattr(f"{address}?q={{searchTerms}}")}/>\n'
        for format_, address in addresses.items()
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<OpenSearchDescription xmlns="{_OPENSEARCH}">
<ShortName>g7kg</ShortName>
<Description>What the digital and technology ministers of the G7 declare</Description>
<InputEncoding>UTF-8</InputEncoding>
{urls}</OpenSearchDescription>
"""


def _read_number(name: str, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise RequestError(f"“{text[:20]}” is no number of results or pages, in {name}", hint="count from 1")
    return int(text)


def _headers(asked: Search, pages: int, chosen: Format) -> dict[str, str]:
    """Return where the representation is, where the other ones are, and the pages before and after (RFC 8288)."""

    def locate(name: str, page: int) -> str:
        return asked.link(f".{name}", page=page)

    link = link_pages(locate, chosen, FORMATS, asked.page, pages)
    return {"Content-Location": locate(chosen.name, asked.page), "Link": link}
