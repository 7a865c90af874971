"""Names in the words of statements beside what the statements mention: suggestions, which no build reads."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from g7kg.curate.drafts import Draft, get_text, list_fields, list_texts, read_number, walk_scalars
from g7kg.curate.refresh import read_wording
from g7kg.errors import Location
from g7kg.mapping.nodes import Fields
from g7kg.rdf.vocab import KINDS
from g7kg.texts import Source

Names = Mapping[str, frozenset[str]]
"""The things that go by a name, by the name."""


@dataclass(frozen=True)
class Suggestion:
    """A thing that the words of a statement name and that it lacks, or that it mentions and they do not name.

    ``name`` is the name in the words; it is empty for what they do not name.
    """

    location: Location
    statement: str
    thing: str
    name: str


def read_names(drafts: Iterable[Draft], draft: Draft) -> Names:
    """Return the names of shared things: labels and alternative labels in ``drafts``, short forms in ``draft``."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for entry in (entry for one in drafts for entry in one.entries):
        id_ = get_text(entry, "id")
        if id_.partition(":")[0] in KINDS - {"undertaking"}:
            for name in (*list_texts(entry, "label"), *list_texts(entry, "altLabel")):
                names[name].add(id_)
    for statement in (statement for part in draft.entries for statement in list_fields(part, "statements")):
        for short in list_fields(statement, "shortForms"):
            if get_text(short, "standsFor").partition(":")[0] in KINDS:
                names[get_text(short, "form")].add(get_text(short, "standsFor"))
    return {name: frozenset(things) for name, things in names.items() if name}


def suggest_mentions(draft: Draft, source: Source, names: Names) -> Iterator[Suggestion]:
    """Yield where mentions and words differ in the statements of ``draft``, whose text is ``source``.

    A name also counts inside a longer one, but for a place, after which other things are named; and in the plural and
    in the genitive. What stands under another key of the
    statement needs no mention. Parts that the text does not have are left out.
    """
    patterns = {name: re.compile(rf"(?<!\w){re.escape(name)}(?:['’]s?|s)?(?!\w)") for name in names}
    units = read_wording(draft, source).units
    for part in draft.entries:
        unit = units.get(get_text(part, "id"))
        for statement in list_fields(part, "statements") if unit else ():
            for span in list_fields(statement, "span"):
                words = unit.text[read_number(span, "start") : read_number(span, "end")] if unit else ""
                yield from _compare(statement, _find_names(words, patterns, names))


def _find_names(words: str, patterns: Mapping[str, re.Pattern[str]], names: Names) -> Names:
    matches = [(name, *match.span()) for name, pattern in patterns.items() for match in pattern.finditer(words)]
    found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for name, start, end in matches:
        is_part = any(first <= start and end <= last and last - first > end - start for _, first, last in matches)
        found[name] |= {thing for thing in names[name] if not (is_part and thing.startswith("place:"))}
    return found


def _compare(statement: Fields, found: Names) -> Iterator[Suggestion]:
    id_ = get_text(statement, "id")
    stated = {scalar.text for _, scalar in walk_scalars(statement)}
    named = {thing: name for name, things in found.items() for thing in sorted(things)}
    for thing in sorted(named.keys() - stated):
        yield Suggestion(statement.location, id_, thing, named[thing])
    for thing in sorted(set(list_texts(statement, "mentions")) - named.keys()):
        if thing.partition(":")[0] in KINDS:
            yield Suggestion(statement.location, id_, thing, "")
