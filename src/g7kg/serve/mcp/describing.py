"""The description of a resource: what it says, what points to it, where its words are."""

from __future__ import annotations

import asyncio
import difflib
import re
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode

from g7kg.errors import NotFound, RequestError
from g7kg.rdf.solutions import Table
from g7kg.rdf.vocab import RDF, RDFS, SKOS, XSD, Term, expand_name, shorten_iri
from g7kg.serve.mcp.paging import MOST_CHARACTERS, clip_text, measure_json
from g7kg.serve.mcp.results import Count, Description, Link, Value, Values
from g7kg.serve.mcp.served import Served
from g7kg.snapshot.index import open_index

MOST_VALUES: Final = 200
MOST_LINKS: Final = 100

_KEY: Final = re.compile(r"[^ ]+:[^ ]* [^ ]+:[^ ]*")
_LABELS: Final = (RDFS("label"), SKOS("prefLabel"))
_LAST: Final = "\U0010ffff"
_NEAR: Final = "SELECT iri FROM entry WHERE iri >= ? AND iri < ? ORDER BY iri LIMIT 20000"


def read_resource(name: str) -> NamedNode:
    """Return the resource that ``name`` stands for: an IRI, with or without brackets, or a prefixed name.

    Raises ``RequestError`` if it is neither.
    """
    try:
        return NamedNode(expand_name(name.strip().removeprefix("<").removesuffix(">")))
    except ValueError as error:
        hint = "such as organisation:oecd, id:verona-trento-2024/p23/s1 or g7:Commitment"
        raise RequestError(f"“{clip_text(name, 200)}” is no IRI and no prefixed name", hint=hint) from error


async def describe_resource(served: Served, resource: NamedNode, after: str, limit: int) -> Description:
    """Return the description of ``resource``, with at most ``limit`` links to it whose key comes after ``after``.

    Raises ``NotFound``, with the nearest names, if the graph says nothing of it, ``RequestError`` if ``after`` is no
    such key.
    """
    if after and not _KEY.fullmatch(after):
        hint = "take it from an earlier answer as it stands there"
        raise RequestError(f"“{clip_text(after, 200)}” is no next_links of a description", hint=hint)
    values = await served.select("values-of-a-resource", resource=resource)
    counts = await served.select("links-by-property", resource=resource)
    links = await served.select("links-to-a-resource", resource=resource, after=Literal(after))
    words = await served.select("words-of-a-statement", resource=resource)
    if not values.rows and not counts.rows:
        near = await asyncio.to_thread(_find_near, served.folder, resource.value)
        hint = f"did you mean {' or '.join(near)}?" if near else "find its name with search"
        raise NotFound(f"nothing is known of {resource.value}", hint=hint)
    properties, cut = _group_values(values)
    shown, following = _read_links(links, limit)
    return Description(
        iri=resource.value,
        label=_find_label(values),
        classes=[shorten_iri(_text(value)) for property_, value, _ in values.rows if property_ == RDF("type")],
        properties=properties,
        values_cut=cut,
        words_at=[_text(address) for (address,) in words.rows],
        links_by_property=[_count(property_, number) for property_, number in counts.rows],
        links=shown,
        next_links=following,
    )


def _find_label(values: Table) -> str | None:
    """Return the label among ``values``, the English one if there is one."""
    labels = [value for property_, value, _ in values.rows if property_ in _LABELS and isinstance(value, Literal)]
    found = min(labels, key=lambda label: (label.language or "en") != "en", default=None)
    return None if found is None else clip_text(found.value)


def _count(property_: Term | None, number: Term | None) -> Count:
    iri = _text(property_)
    return Count(iri=iri, name=shorten_iri(iri), label=None, count=int(_text(number)))


def _group_values(table: Table) -> tuple[list[Values], bool]:
    """Return the values by property, and whether there are more than are shown."""
    labels: dict[tuple[Term | None, Term | None], Term | None] = {}
    for property_, value, label in table.rows:
        labels.setdefault((property_, value), label)
    grouped: dict[str, list[Value]] = defaultdict(list)
    size = 0
    for number, ((property_, value), label) in enumerate(labels.items()):
        shown = _to_value(value, label)
        size += measure_json(shown.model_dump())
        if number == MOST_VALUES or (number and size > MOST_CHARACTERS // 2):
            return _to_values(grouped), True
        grouped[shorten_iri(_text(property_))].append(shown)
    return _to_values(grouped), False


def _to_values(grouped: dict[str, list[Value]]) -> list[Values]:
    return [Values(property=name, values=values) for name, values in grouped.items()]


def _to_value(term: Term | None, label: Term | None) -> Value:
    if not isinstance(term, Literal):
        return Value(value=_text(term), label=clip_text(_text(label)) if label else None)
    plain = term.language or term.datatype == XSD("string")
    datatype = None if plain else shorten_iri(term.datatype.value)
    return Value(value=clip_text(term.value), datatype=datatype, language=term.language)


def _read_links(table: Table, limit: int) -> tuple[list[Link], str | None]:
    """Return the first ``limit`` links, each once, and the key after which the next ones come, if any do."""
    links: dict[str, Link] = {}
    size = 0
    for key, subject, property_, label in table.rows:
        if _text(key) in links:
            continue
        link = Link(
            subject=_text(subject),
            label=clip_text(_text(label)) if label else None,
            property=shorten_iri(_text(property_)),
        )
        size += measure_json(link.model_dump())
        if len(links) == limit or (links and size > MOST_CHARACTERS // 2):
            return list(links.values()), next(reversed(links))
        links[_text(key)] = link
    return list(links.values()), None


def _text(term: Term | None) -> str:
    return term.value if isinstance(term, NamedNode | Literal) else str(term)


def _find_near(folder: Path, iri: str) -> list[str]:
    """Return the names nearest to ``iri`` of what the index knows beside it."""
    cut = max(iri.rfind("/"), iri.rfind("#")) + 1
    beginning = iri[:cut]
    with closing(open_index(folder)) as connection:
        known = [found for (found,) in connection.execute(_NEAR, (beginning, beginning + _LAST))]
    ends = {found[cut:]: found for found in known}
    return [shorten_iri(ends[end]) for end in difflib.get_close_matches(iri[cut:], ends, 3, 0.6)]
