"""Typed links that lead machines from a page to its data and back (FAIR Signposting, https://signposting.org/FAIR/).

Level 1 stands in the Link header (RFC 8288), level 2 in a linkset (RFC 9264).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from g7kg.rdf.formats import HTML, Format
from g7kg.rdf.vocab import LICENCE

SHAPES: Final = "https://w3id.org/g7kg/shapes"
LINKSET_TYPE: Final = "application/linkset+json"

HEADER_BYTES: Final = 3000
"""The longest Link header: proxies and clients refuse an answer whose whole head is longer than four or eight kB."""

_URI: Final = "%:/?#[]@!$&'()*+,;=~"
"""What of an IRI stands in the URI for it as it is; the rest is percent-encoded (RFC 3987, section 3.1)."""

_COMPACTED: Final = "http://www.w3.org/ns/json-ld#compacted"
_ABOUT_PAGE: Final = "https://schema.org/AboutPage"


@dataclass(frozen=True)
class Link:
    """A typed link: the relation, the target (an IRI, or a path on this server), the media type, the profile."""

    relation: str
    target: str
    media_type: str = ""
    profile: str = ""


@dataclass(frozen=True)
class Document:
    """A document about the thing ``iri``: its ``path`` without extension, and the ``formats`` that it comes in.

    ``items`` are what else there is of the thing to fetch, such as dumps or the official publication.
    """

    iri: str
    path: str
    formats: Sequence[Format]
    items: tuple[Link, ...] = ()

    @property
    def data(self) -> list[Format]:
        """The formats for machines."""
        return [format_ for format_ in self.formats if format_ is not HTML]

    def links_of_page(self) -> list[Link]:
        """Return the links of the page for people, which stands for the whole document."""
        links = [Link("cite-as", self.iri), Link("type", _ABOUT_PAGE), Link("license", LICENCE)]
        links += [Link("describedby", **self._address(format_)) for format_ in self.data]
        return [*links, *self.items]

    def links_of_data(self) -> list[Link]:
        """Return the links of a representation for machines."""
        links = [Link("cite-as", self.iri), Link("license", LICENCE), Link("profile", SHAPES)]
        return [*links, Link("describes", self.iri), Link("collection", self.path, HTML.media_type)]

    def to_header(self, chosen: Format, following: str = "") -> str:
        """Return the Link header of the representation in the ``chosen`` format, which goes on at ``following``.

        Where not all links find room, the linkset has those that are left out.
        """
        links = [Link("next", following)] if following else []
        links.append(Link("linkset", f"/linkset{self.path}", LINKSET_TYPE))
        about = self.links_of_page() if chosen is HTML else self.links_of_data()
        links += [link for link in about if link not in self.items]
        links += [Link("alternate", **self._address(format_)) for format_ in self.formats if format_ is not chosen]
        links += [link for link in about if link in self.items]
        return join_links(links)

    def to_linkset(self, address: str) -> dict[str, Any]:
        """Return the linkset of the page and its data at the server's ``address`` (ending in a slash)."""
        page = _context(address, self.path, self.links_of_page())
        data = (_context(address, f"{self.path}.{format_.name}", self.links_of_data()) for format_ in self.data)
        return {"linkset": [page, *data]}

    def _address(self, format_: Format) -> dict[str, str]:
        profile = _COMPACTED if format_.name == "jsonld" else ""
        return {"target": f"{self.path}.{format_.name}", "media_type": format_.media_type, "profile": profile}


def link_pages(  # noqa: PLR0913 - what an address of a list has
    locate: Callable[[str, int], str],
    chosen: Format,
    formats: Iterable[Format],
    page: int,
    count: int,
    *,
    first: bool = False,
    others: Iterable[Link] = (),
) -> str:
    """Return the Link header of ``page``, of ``count``, of a list in the ``chosen`` one of ``formats``.

    It leads to the pages before and after, ``others``, and the other formats: of this page, or of the ``first``.
    ``locate`` gives the address of a page by the name of a format.
    """
    near = (("prev", page - 1), ("next", page + 1))
    links = [Link(relation, locate(chosen.name, number)) for relation, number in near if 1 <= number <= count]
    links += others
    links += [
        Link("alternate", locate(other.name, 1 if first else page), other.media_type)
        for other in formats
        if other.name != chosen.name
    ]
    return join_links(links)


def join_links(links: Iterable[Link]) -> str:
    """Return a Link header (RFC 8288) with as many of ``links``, the first ones first, as fit into ``HEADER_BYTES``."""
    joined = ""
    for link in map(_write, links):
        longer = f"{joined}, {link}" if joined else link
        joined = longer if len(longer) <= HEADER_BYTES else joined
    return joined


def _write(link: Link) -> str:
    written = f'<{quote(link.target, safe=_URI)}>; rel="{link.relation}"'
    written += f'; type="{link.media_type}"' if link.media_type else ""
    return written + (f'; profile="{link.profile}"' if link.profile else "")


def _context(address: str, path: str, links: Iterable[Link]) -> dict[str, Any]:
    context: dict[str, Any] = {"anchor": _absolute(address, path)}
    for link in links:
        target = {"href": _absolute(address, link.target), "type": link.media_type, "profile": link.profile}
        context.setdefault(link.relation, []).append({name: value for name, value in target.items() if value})
    return context


def _absolute(address: str, target: str) -> str:
    return address + target.removeprefix("/") if target.startswith("/") else target
