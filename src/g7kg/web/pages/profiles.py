"""The page of a resource: which one shows it, by its class."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from pyoxigraph import NamedNode
from starlette.requests import Request

from g7kg.vocab import G7
from g7kg.web.description import Description
from g7kg.web.pages.documents import show_document
from g7kg.web.pages.rendering import Page

Maker = Callable[[Request, Description], Awaitable[Page]]


async def show_properties(_request: Request, _description: Description) -> Page:
    """Return the page of a resource of any class: its properties, and what points to it."""
    return Page("resource.html", {}, ())


MAKERS: Final[Mapping[NamedNode, Maker]] = {
    G7("Declaration"): show_document,
    G7("Catalogue"): show_document,
}
"""What shows the resources of a class; the first that fits does, ``show_properties`` where none does."""


async def show_resource(request: Request, description: Description) -> Page:
    """Return the page of the resource that is described."""
    makers = (maker for class_, maker in MAKERS.items() if class_ in description.types)
    return await next(makers, show_properties)(request, description)
