"""Names in the words of statements beside what the statements mention: suggestions, which no build reads."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from g7kg.curate.drafts import Draft, get_text, list_fields, list_texts, read_number, walk_scalars
from g7kg.curate.refresh import read_wording
from g7kg.errors import Location, TextError
from g7kg.mapping.nodes import Fields
from g7kg.rdf.vocab import KINDS
from g7kg.texts.normalisation import digest_text
from g7kg.texts.sources import Source

Names = Mapping[str, frozenset[str]]
"""The things that go by a name, by the name."""

_LONG: Final = 3
"""From so many words on a name counts in capitals and small letters alike."""

_HABIT: Final = 3
"""So many statements more that have a name so and do not mean the thing than that do tell what a name means."""

_APART: Final = frozenset({"meeting", "place"})
"""Kinds of things that are not meant where their name is part of a longer one."""

_DENIED: Final = re.compile(r"# not ([a-z]+:[\w/-]+): \S")


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


@dataclass(frozen=True)
class Namer:
    """Finds names in words: ``patterns`` by name, the things of each name, and those that ``names`` other things.

    Things in ``inner`` are not meant where a capital follows: in “UN Charter”, “UN” is part of another name.
    """

    names: Names
    inner: frozenset[str]
    patterns: Mapping[str, re.Pattern[str]]

    def find(self, words: str) -> dict[str, str]:
        """Return the things that ``words`` name, each with the name.

        A name also counts in the plural, in the genitive and inside a longer one; a place does not, after which other
        things are named. One of three words or more counts in capitals and small letters alike.
        """
        matches = [
            (name, *match.span()) for name, pattern in self.patterns.items() for match in pattern.finditer(words)
        ]
        found: dict[str, str] = {}
        for name, start, end in matches:
            inside = any(first <= start and end <= last and last - first > end - start for _, first, last in matches)
            before_capital = re.match(r"\s+[A-Z]", words[end:])
            for thing in sorted(self.names[name]):
                if not (inside and thing.partition(":")[0] in _APART) and not (before_capital and thing in self.inner):
                    found[thing] = name
        return found


def make_namer(drafts: Iterable[Draft], draft: Draft) -> Namer:
    """Return what finds the names of shared things in the words of ``draft``, as the statements of ``drafts`` use them.

    Names are labels and alternative labels in ``drafts``, and short forms in ``draft``.
    """
    names = read_names(drafts, draft)
    patterns = {name: _to_pattern(name) for name in names}
    counts: Counter[str] = Counter()
    for entry in (entry for one in drafts for entry in one.entries):
        for statement in list_fields(entry, "statements"):
            gist, stated = get_text(statement, "gist"), {scalar.text for _, scalar in walk_scalars(statement)}
            for name, pattern in patterns.items():
                if name in gist and any(re.match(r"\s+[A-Z]", gist[found.end() :]) for found in pattern.finditer(gist)):
                    counts.update({thing: 1 if thing in stated else -1 for thing in names[name]})
    return Namer(names, frozenset(thing for thing, count in counts.items() if count <= -_HABIT), patterns)


def _to_pattern(name: str) -> re.Pattern[str]:
    words = name.replace("’", "'").split()
    parts = ("(?:and|&)" if word in {"and", "&"} else re.escape(word).replace("'", "['’]") for word in words)
    pattern = r"\s+".join(parts)
    return re.compile(rf"(?<!\w){pattern}(?:['’]s?|s)?(?!\w|-[A-Z])", re.IGNORECASE if len(words) >= _LONG else 0)


def suggest_mentions(draft: Draft, source: Source, namer: Namer) -> Iterator[Suggestion]:
    """Yield where mentions and words differ in the statements of ``draft``, whose text is ``source``.

    What stands under another key of the statement needs no mention; so the target of a link is meant all the same, and
    the link gives the reason. A comment ``# not THING: reason`` in a statement says that a name means something else.
    Parts that the text does not have, or has in other words, are left out; raises ``TextError`` if those are all.
    """
    units, read = read_wording(draft, source).units, False
    for part in draft.entries:
        unit = units.get(get_text(part, "id"))
        if unit is None or get_text(part, "digest") != digest_text(unit.text):
            continue
        read = True
        for statement in list_fields(part, "statements"):
            for span in list_fields(statement, "span"):
                words = unit.text[read_number(span, "start") : read_number(span, "end")]
                yield from _compare(draft, statement, namer.find(words))
    if not read:
        hint = "give the text that it was made from; after a corrected text, g7kg curate refresh"
        raise TextError(f"this is not the text of {draft.name}", location=source.path, hint=hint)


def _compare(draft: Draft, statement: Fields, named: Mapping[str, str]) -> Iterator[Suggestion]:
    id_, text = get_text(statement, "id"), draft.text[slice(*statement.extent)]
    stated = {scalar.text for _, scalar in walk_scalars(statement)} | set(_DENIED.findall(text))
    for thing in sorted(named.keys() - stated):
        yield Suggestion(statement.location, id_, thing, named[thing])
    for thing in sorted(set(list_texts(statement, "mentions")) - named.keys()):
        if thing.partition(":")[0] in KINDS:
            yield Suggestion(statement.location, id_, thing, "")
