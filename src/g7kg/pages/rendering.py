"""Pages: templates rendered, terms shown and linked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from pyoxigraph import BlankNode, Literal, NamedNode

from g7kg import __version__
from g7kg.dataset.dataset import Selection
from g7kg.pages.words import read_quotation
from g7kg.queries.language import LANGUAGES
from g7kg.rdf.vocab import BASE, IDENTIFIERS, shorten_iri
from g7kg.texts.dates import read_day

_HERE: Final = re.compile(r"#|/(?![/\\])")
"""How a fragment, or a path on this server, begins; browsers take a backslash for a slash."""


@dataclass(frozen=True)
class Page:
    """A page to be rendered: its template, the values in it, and the selections that these come from."""

    template: str
    values: Mapping[str, Any]
    selections: tuple[Selection, ...] = ()


def render(page: Page) -> str:
    """Return ``page`` as HTML; where it has selections, it ends with the queries that it is made of."""
    return _environment().get_template(page.template).render({"selections": page.selections, **page.values})


def local_path(iri: str) -> str:
    """Return where to find ``iri``: a path on this server for the project's own, the IRI itself for others on the web.

    Paths of this server and fragments stay; anything else, such as ``javascript:…`` or ``//host``, leads nowhere.
    """
    if iri.startswith(IDENTIFIERS):
        return "/doc/" + _encode(iri.removeprefix(IDENTIFIERS))
    if iri.startswith(BASE):
        return "/" + _encode(iri.removeprefix(BASE)).lstrip("/")
    return iri if is_web(iri) or _HERE.match(iri) else "#"


def is_web(iri: str) -> bool:
    """Whether ``iri`` is an address on the web, to which a link may lead."""
    return iri.startswith(("https://", "http://"))


def _encode(name: str) -> str:
    """Return the path of an IRI's ``name`` below a base: a server decodes it to the very characters."""
    return quote(name, safe="/#:@!$&'()*+,;=~")


def show_term(term: NamedNode | BlankNode | Literal) -> str:
    """Return ``term`` as people read it: an IRI shortened, a literal without its datatype."""
    if isinstance(term, NamedNode):
        return shorten_iri(term.value)
    return term.value


def show_day(text: str) -> str:
    """Return a day (ISO 8601) as people write it, such as 31 December 2024; anything else as it is."""
    day = read_day(text)
    return f"{day.day} {day:%B %Y}" if day else text


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("g7kg.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(version=__version__, languages=LANGUAGES)
    environment.tests.update(web=is_web)
    environment.filters.update(
        local=local_path, quotation=read_quotation, shorten=shorten_iri, show=show_term, day=show_day
    )
    return environment
