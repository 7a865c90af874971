"""The real declarations as templates: what synthetic ones are drawn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from pyoxigraph import NamedNode, parse

Entry = dict[str, Any]
"""An entry of a mapping file: text and numbers, lists of them, entries and lists of entries."""

OPENING: Final = frozenset({"p1", "p2"})
"""The paragraphs that tell of the meeting and of who took part; no others can take their place."""

_WAR: Final = "country:russia"
_BROADER: Final = NamedNode("http://www.w3.org/2004/02/skos/core#broader")


@dataclass(frozen=True)
class Template:
    """A real declaration: its entries in their order, its meeting, and the parts to draw from, by their kind."""

    slug: str
    entries: tuple[Entry, ...]
    meeting: Entry
    parts: Mapping[str, tuple[Entry, ...]]


@dataclass(frozen=True)
class Templates:
    """What all synthetic declarations are drawn from: the longest real one, the shortest, what both refer to.

    ``acts`` has the class of each speech act, ``guests`` the organisations and countries that may take part.
    """

    long: Template
    short: Template
    places: tuple[str, ...]
    guests: Mapping[str, tuple[str, ...]]
    acts: Mapping[str, str]


def read_templates(root: Path) -> Templates:
    """Return the templates that the mappings and the scheme of speech acts below ``root`` give."""
    registry = {entry["id"]: entry for path in sorted(root.glob("mappings/registry/*.yaml")) for entry in _read(path)}
    documents = [tuple(_read(path)) for path in sorted(root.glob("mappings/*.yaml"))]
    declarations = [entries for entries in documents if entries[0]["type"] == "Declaration"]
    declarations.sort(key=len)
    return Templates(
        long=_as_template(declarations[-1], registry),
        short=_as_template(declarations[0], registry),
        places=tuple(name for name, entry in registry.items() if "inCountry" in entry),
        guests={
            "organisation": tuple(n for n in registry if n.startswith("organisation:") and "partOf" not in registry[n]),
            "country": tuple(n for n in registry if n.startswith("country:") and n != _WAR),
        },
        acts=dict(_read_acts(root / "ontology" / "schemes" / "speech-act.ttl")),
    )


def kind_of(entry: Entry) -> str:
    """Return the kind of a part with words: only a part of the same kind can take its place."""
    return f"{entry['type']} of an annex" if entry["id"].startswith("a") else entry["type"]


def as_list(value: Any) -> list[Any]:  # noqa: ANN401 - whatever a mapping file gives
    """Return the values that a key has, whether they were written as a list, as one or not at all."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _read(path: Path) -> Iterator[Entry]:
    yield from yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)["@graph"]


def _as_template(entries: tuple[Entry, ...], registry: Mapping[str, Entry]) -> Template:
    name = entries[0]["id"]
    meeting = next(entry for entry in registry.values() if name in as_list(entry.get("adopted")))
    parts: dict[str, tuple[Entry, ...]] = {}
    for entry in entries:
        if "statements" in entry and entry["id"] not in OPENING and not _tells_of_war(entry):
            parts[kind_of(entry)] = (*parts.get(kind_of(entry), ()), entry)
    return Template(name.removeprefix("doc:"), entries, meeting, parts)


def _tells_of_war(entry: Entry) -> bool:
    """Tell whether a part speaks of a war that goes on, which nobody should make up sentences about."""
    return any(_WAR in as_list(statement.get("about")) for statement in entry["statements"])


def _read_acts(path: Path) -> Iterator[tuple[str, str]]:
    for quad in parse(path=str(path)):
        if quad.predicate == _BROADER and isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            yield quad.subject.value.rpartition("/")[2], quad.object.value.rpartition("/")[2]
