"""The description of a resource: what it says, what points to it, where its words are."""

import re
from collections import defaultdict
from typing import Final

from pyoxigraph import Literal, NamedNode

from g7kg.dataset.description import Description as Described
from g7kg.errors import NotFound, RequestError
from g7kg.rdf.solutions import to_text
from g7kg.rdf.vocab import XSD, Term, expand_name, shorten_iri
from g7kg.serve.mcp.paging import MOST_CHARACTERS, clip_text, measure_json
from g7kg.serve.mcp.results import Count, Description, Link, Value, Values
from g7kg.serve.mcp.served import Served

MOST_VALUES: Final = 200
MOST_LINKS: Final = 100

_KEY: Final = re.compile(r"[^ ]+:[^ ]* [^ ]+:[^ ]*")


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
    try:
        found = await served.dataset.describe(resource, after, linked=True)
    except NotFound as error:
        near = [*map(shorten_iri, await served.dataset.list_near(resource.value))]
        hint = f"did you mean {' or '.join(near)}?" if near else "find its name with search"
        raise NotFound(error.message, hint=hint) from error
    counts = await served.dataset.select("links-by-property", resource=resource)
    properties, cut = _group_values(found)
    shown, following = _read_links(found, limit)
    return Description(
        iri=resource.value,
        label=clip_text(found.label) if found.label else None,
        classes=sorted(shorten_iri(class_.value) for class_ in found.types),
        properties=properties,
        values_cut=cut,
        words_at=found.words,
        links_by_property=[_count(row["property"], int(row["links"])) for row in counts.rows],
        links=shown,
        next_links=following,
    )


def _count(iri: str, number: int) -> Count:
    return Count(iri=iri, name=shorten_iri(iri), label=None, count=number)


def _group_values(found: Described) -> tuple[list[Values], bool]:
    """Return the first values by property, and whether there are more."""
    grouped: dict[str, list[Value]] = defaultdict(list)
    pairs = [(property_, value) for property_, values in found.outgoing.items() for value in values]
    size, cut = 0, False
    for number, (property_, value) in enumerate(pairs):
        shown = _to_value(value, found.labels.get(value))
        size += measure_json(shown.model_dump())
        cut = number == MOST_VALUES or (number > 0 and size > MOST_CHARACTERS // 2)
        if cut:
            break
        grouped[shorten_iri(property_.value)].append(shown)
    return [Values(property=name, values=values) for name, values in grouped.items()], cut


def _to_value(term: Term, label: str | None) -> Value:
    if not isinstance(term, Literal):
        return Value(value=to_text(term), label=clip_text(label) if label else None)
    plain = term.language or term.datatype == XSD("string")
    datatype = None if plain else shorten_iri(term.datatype.value)
    return Value(value=clip_text(term.value), datatype=datatype, language=term.language)


def _read_links(found: Described, limit: int) -> tuple[list[Link], str | None]:
    """Return the first ``limit`` links, and the key after which the next ones come, if any do."""
    links: dict[str, Link] = {}
    size = 0
    for key, quad in found.links:
        label = found.labels.get(quad.subject)
        link = Link(
            subject=to_text(quad.subject),
            label=clip_text(label) if label else None,
            property=shorten_iri(quad.predicate.value),
        )
        size += measure_json(link.model_dump())
        if len(links) == limit or (links and size > MOST_CHARACTERS // 2):
            return list(links.values()), next(reversed(links))
        links[key] = link
    return list(links.values()), found.following
