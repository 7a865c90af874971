"""The page of a declaration or a catalogue: the document part by part, with its statements."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from g7kg.web.description import Description
from g7kg.web.pages.rendering import Page
from g7kg.web.selections import Row, select


async def show_document(request: Request, description: Description) -> Page:
    """Return the page of the document that is described."""
    contents, meetings = await asyncio.gather(
        select(request, "contents-of-a-document", document=description.iri),
        select(request, "meetings-of-a-document", document=description.iri),
    )
    parts: dict[str, list[Row]] = {}
    for row in contents.rows:
        parts.setdefault(row["part"], []).append(row)
    return Page("document.html", {"parts": parts, "meetings": meetings.rows}, (contents, meetings))
