"""Content negotiation: what a client accepts to the format that it gets (RFC 9110, section 12). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import mimeparse

from g7kg.errors import NotAcceptable


@dataclass(frozen=True)
class Format:
    """A format that can be asked for: by ``name`` in ``?format=`` and as file extension, by ``media_type`` in Accept.

    ``aliases`` are other media types that mean the same.
    """

    name: str
    media_type: str
    aliases: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """The value of the Content-Type header: text says its charset."""
        text = self.media_type.startswith("text/")
        return f"{self.media_type}; charset=utf-8" if text else self.media_type


HTML: Final = Format("html", "text/html", ("application/xhtml+xml",))

RESULT_FORMATS: Final = (
    Format("json", "application/sparql-results+json", ("application/json",)),
    Format("xml", "application/sparql-results+xml", ("application/xml", "text/xml")),
    Format("csv", "text/csv"),
    Format("tsv", "text/tab-separated-values"),
)
"""Formats of solutions and booleans, the preferred first."""

GRAPH_FORMATS: Final = (
    Format("ttl", "text/turtle"),
    Format("jsonld", "application/ld+json", ("application/json",)),
    Format("nt", "application/n-triples", ("text/plain",)),
    Format("rdf", "application/rdf+xml", ("application/xml", "text/xml")),
)
"""Formats of graphs, the preferred first."""


def negotiate(accept: str | None, formats: Sequence[Format]) -> Format:
    """Return the one of ``formats`` that ``accept`` (the value of an Accept header) likes best.

    The first of ``formats`` wins ties and is served where nothing is said. Raises ``NotAcceptable``, listing what there
    is, if none is acceptable or the header is malformed.
    """
    if not accept or not accept.strip():
        return formats[0]
    offers: dict[str, Format] = {}
    for format_ in formats:
        for media_type in (format_.media_type, *format_.aliases):
            offers.setdefault(media_type, format_)
    try:
        best = mimeparse.best_match(list(reversed(offers)), accept)
    except mimeparse.MimeTypeParseException as error:
        raise NotAcceptable(f"the Accept header is malformed: {error}", hint=_list_formats(formats)) from error
    if not best:
        raise NotAcceptable(f"nothing here is acceptable to “{accept}”", hint=_list_formats(formats))
    return offers[best]


def find_format(name: str, formats: Sequence[Format]) -> Format:
    """Return the one of ``formats`` called ``name``; ``NotAcceptable``, listing what there is, if there is none."""
    for format_ in formats:
        if name in {format_.name, format_.media_type}:
            return format_
    raise NotAcceptable(f"there is no format “{name}” here", hint=_list_formats(formats))


def _list_formats(formats: Sequence[Format]) -> str:
    return "available: " + ", ".join(f"{format_.media_type} ({format_.name})" for format_ in formats)
