"""Synthetic declarations: the shape of a real one, its paragraphs drawn from the real ones', with words of their own.

A long declaration and a short one take turns. Sections, annexes, and how many paragraphs there are, are those of the
real one; what a paragraph or bullet is (its length, sentences, statements, with all that these refer to) is drawn, with
replacement, from those of its kind. Undertakings, deliverables, instruments and events become the declaration's own; a
short declaration follows up undertakings of the long one before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from benchmarks.calendar import Occasion, find_occasion
from benchmarks.names import Names
from benchmarks.templates import OPENING, Entry, Templates, as_list, kind_of
from benchmarks.words import make_cue, make_digest, make_gist, make_title

THINGS: Final = frozenset(
    [
        "about",
        "mentions",
        "speaker",
        "addressee",
        "recipient",
        "proposedBy",
        "debtor",
        "supportedBy",
        "outcome",
        "elaboratedIn",
        "refersTo",
        "recalls",
        "buildsOn",
    ]
)
"""Keys of statements whose values name things."""
KEPT: Final = frozenset({"speechAct", "topic", "hedge"})
"""Keys of statements whose values are drawn as they are."""

_COMMON_PARAGRAPHS: Final = 11
"""Every declaration, long or short, has the paragraphs from 1 to this."""


@dataclass(frozen=True)
class Undertaking:
    """An undertaking of a declaration: its identifier, its type, and the part that first expresses it."""

    id: str
    type: str
    part: str


@dataclass(frozen=True)
class Declaration:
    """A synthetic declaration: the entries of its mapping file, and those that it brings to the registry."""

    occasion: Occasion
    entries: tuple[Entry, ...]
    shared: tuple[Entry, ...]
    undertakings: tuple[Undertaking, ...]


def draw_declaration(templates: Templates, seed: int, number: int, previous: Declaration | None) -> Declaration:
    """Return the declaration ``number``, counted from 1, odd ones long; ``previous`` is the one before it.

    The same arguments give the same declaration.
    """
    return _Drawing(templates, Random(f"{seed} {number}"), find_occasion(number), previous).draw()  # noqa: S311


class _Drawing:
    """Draws one declaration, part by part."""

    def __init__(self, templates: Templates, random: Random, occasion: Occasion, previous: Declaration | None) -> None:
        self.template = templates.long if occasion.number % 2 else templates.short
        self.acts = templates.acts
        self.random = random
        self.occasion = occasion
        self.previous = previous
        self.names = Names(random, templates, self.template, occasion, previous.occasion if previous else None)
        undertakings = previous.undertakings if previous and self.template is templates.short else ()
        self.open = random.sample(undertakings, len(undertakings))
        self.drawn: Counter[str] = Counter()
        self.numbered = 0

    def draw(self) -> Declaration:
        entries = tuple(self.draw_entry(entry) for entry in self.template.entries)
        statements = [statement for entry in entries for statement in entry.get("statements", ())]
        undertakings = tuple(self.find_undertakings(statements))
        labelled = [{"id": u.id, "type": u.type, "label": self.make_label("Undertaking")} for u in undertakings]
        shared = (*self.names.describe_meeting(), *labelled, *self.describe_own(statements))
        return Declaration(self.occasion, entries, shared, undertakings)

    def draw_entry(self, entry: Entry) -> Entry:
        if entry["type"] == "Declaration":
            return self.draw_head(entry)
        partOf = self.names.find(entry["partOf"], 0)  # noqa: N806 - the key's own name
        if "statements" not in entry:
            return {**entry, "title": make_title(self.random), "partOf": partOf}
        return {**self.draw_part(entry), "partOf": partOf}

    def draw_head(self, entry: Entry) -> Entry:
        slug, number = self.occasion.slug, self.occasion.number
        return {
            **entry,
            "id": f"doc:{slug}",
            "title": f"Synthetic declaration {number}: {make_title(self.random)}",
            "sourceDigest": make_digest(self.random),
            "publication": f"https://declarations.example/{slug}",
        }

    def draw_part(self, entry: Entry) -> Entry:
        """Return the part at the place of ``entry``, with what another of its kind has."""
        is_opening = entry["id"] in OPENING
        source = entry if is_opening else self.random.choice(self.template.parts[kind_of(entry)])
        copy = self.drawn[source["id"]]
        self.drawn[source["id"]] += 1
        wholes = [whole for real in entry["statements"] for whole in as_list(real.get("partOf"))]
        host = wholes[0].rpartition("/")[0] if entry["type"] == "Bullet" else entry["id"]
        drawing = _Part(self, source["id"], entry["id"], host, copy)
        return {
            **entry,
            "digest": f"sha256-{make_digest(self.random)}",
            "length": source["length"],
            "sentenceEnd": source["sentenceEnd"],
            "statements": [drawing.draw_statement(real) for real in source["statements"]],
        }

    def find_undertakings(self, statements: list[Entry]) -> Iterator[Undertaking]:
        """Yield the undertakings of this declaration; who is to act is added where the statements leave it out."""
        expressing: dict[str, list[Entry]] = {}
        for statement in statements:
            for name in as_list(statement.get("expresses")):
                expressing.setdefault(name, []).append(statement)
        for name in self.names.own("undertaking"):
            acts = {self.acts[statement["speechAct"]] for statement in expressing[name]}
            type_ = "Request" if "directive" in acts else "Commitment" if "commissive" in acts else "Announcement"
            if type_ == "Announcement":
                expressing[name][0].setdefault("debtor", self.occasion.presidency.id)
            yield Undertaking(name, type_, expressing[name][0]["id"].rpartition("/")[0])

    def describe_own(self, statements: list[Entry]) -> Iterator[Entry]:
        """Yield the deliverables, instruments and events of this declaration."""
        for kind in ("Deliverable", "Instrument"):
            for name in self.names.own(kind.lower()):
                yield {"id": name, "type": kind, "label": self.make_label(kind)}
        for name in self.names.own("event"):
            evidence = next((s["id"] for s in statements if name in _name_things(s)), "p1/s1")
            host = {
                "id": f"{name}/host",
                "participant": f"country:{self.occasion.presidency.country}",
                "role": "host",
                "evidence": f"doc:{self.occasion.slug}/{evidence}",
            }
            year = self.occasion.presidency.year
            dates = {"dateStated": f"in {year}", "earliest": f"{year}-01-01", "latest": f"{year}-12-31"}
            yield {"id": name, "type": "Event", "label": self.make_label("Event"), **dates, "participations": [host]}

    def make_label(self, kind: str) -> str:
        """Return a label that nothing else has."""
        self.numbered += 1
        return f"{kind} {self.numbered} of {self.occasion.slug}: {make_title(self.random)}"

    def take_open(self, *, only_commitments: bool) -> Undertaking | None:
        """Return an undertaking of the declaration before that was not followed up yet, ``None`` if there is none."""
        for undertaking in self.open:
            if undertaking.type == "Commitment" or not only_commitments:
                self.open.remove(undertaking)
                return undertaking
        return None


@dataclass(frozen=True)
class _Part:
    """Draws the statements of one part: of ``source`` in the template, of ``part`` here, ``host`` being its whole."""

    drawing: _Drawing
    source: str
    part: str
    host: str
    copy: int

    def draw_statement(self, real: Entry) -> Entry:
        drawing = self.drawing
        drawing.numbered += 1
        name = self.part + real["id"].removeprefix(self.source)
        act = real["speechAct"]
        statement = {
            "id": name,
            "speechAct": act,
            "gist": make_gist(drawing.random, act, drawing.numbered),
            "span": self.draw_span(real["span"], name),
            **{key: value for key, value in real.items() if key in KEPT},
            **{key: found for key, value in real.items() if key in THINGS and (found := self.find_all(value))},
            **self.draw_whole(real),
            **self.draw_numbers(real),
            **self.draw_undertakings(real, name),
        }
        self.recall(statement)
        return {**statement, **self.draw_links(real, name), **self.draw_short_forms(real, name)}

    def draw_span(self, real: Entry, name: str) -> Entry:
        cues: Entry = {
            key: make_cue(self.drawing.random) for key in ("prefix", "firstWords", "lastWords") if key in real
        }
        return {"id": f"{name}/span", **cues, "start": real["start"], "end": real["end"]}

    def find(self, real: str) -> str | None:
        return self.drawing.names.find(real, self.copy, swap=self.part in OPENING)

    def find_all(self, value: object) -> list[str]:
        return list(dict.fromkeys(found for real in as_list(value) if (found := self.find(real))))

    def draw_whole(self, real: Entry) -> Entry:
        if "partOf" not in real:
            return {}
        part, _, number = real["partOf"].rpartition("/")
        return {"partOf": f"{self.part}/{number}" if part == self.source else f"{self.host}/s1"}

    def draw_numbers(self, real: Entry) -> Entry:
        """Return what the statement counts, and until when something is due."""
        random, year = self.drawing.random, self.drawing.occasion.presidency.year
        numbers: Entry = {}
        if "count" in real:
            numbers |= {"count": random.randint(2, 40), "counted": "things that were counted"}
        if "due" in real:
            later = random.choice((0, 0, 0, 1, 6))
            stated = (
                f"by {year + later}" if later else random.choice(("by the end of the year", "during the presidency"))
            )
            numbers |= {"due": f"{year + later}-12-31", "dueStated": stated}
        return numbers

    def draw_undertakings(self, real: Entry, name: str) -> Entry:
        """Return what the statement expresses, and what it reports of what was promised before."""
        expressed = as_list(real.get("expresses"))
        taken: dict[str, str] = {}
        followed: list[Entry] = []
        parts: list[str] = []
        for follow_up in real.get("followUps", ()):
            again = follow_up["followUpOf"] in expressed
            undertaking = self.drawing.take_open(only_commitments=again)
            if undertaking and self.drawing.previous:
                taken[follow_up["followUpOf"]] = undertaking.id
                changed = {"id": f"{name}/f{len(followed) + 1}", "followUpOf": undertaking.id}
                followed.append(_with_reason({**follow_up, **changed}, "The words are much the same."))
                parts.append(f"doc:{self.drawing.previous.occasion.slug}/{undertaking.part}")
        own = [taken.get(undertaking) or self.find(undertaking) for undertaking in expressed]
        found = {"expresses": own, "followUps": followed, "refersTo": parts if len(followed) == 1 else []}
        return {key: value for key, value in found.items() if value}

    def recall(self, statement: Entry) -> None:
        """Let a statement that recalls something recall an earlier declaration too, or a paragraph of it."""
        random, number = self.drawing.random, self.drawing.occasion.number
        for key in ("recalls", "buildsOn"):
            if key in statement and number > 1 and random.random() < 1 / 2:
                earlier = f"doc:{find_occasion(random.randrange(1, number)).slug}"
                paragraph = f"{earlier}/p{random.randint(1, _COMMON_PARAGRAPHS)}"
                statement[key] = [*statement[key], random.choice((earlier, paragraph))]

    def draw_links(self, real: Entry, name: str) -> Entry:
        links: list[Entry] = []
        for link in real.get("links", ()):
            from_, to = self.find(link["from"]), self.find(link["to"])
            if link["relation"] == "onBehalfOf":
                to = "organisation:g7"
            known = {(other["from"], other["relation"]) for other in links}
            if from_ and to and (from_, link["relation"]) not in known:
                changed = {"id": f"{name}/l{len(links) + 1}", "from": from_, "to": to}
                links.append(_with_reason({**link, **changed}, "Whoever presides speaks for all."))
        return {"links": links} if links else {}

    def draw_short_forms(self, real: Entry, name: str) -> Entry:
        forms: list[Entry] = []
        for short_form in real.get("shortForms", ()):
            found = self.find(short_form["standsFor"])
            if found:
                form = found.partition(":")[2].replace("-", " ") if self.part in OPENING else short_form["form"]
                forms.append({"id": f"{name}/n{len(forms) + 1}", "form": form, "standsFor": found})
        return {"shortForms": forms} if forms else {}


def _with_reason(link: Entry, reason: str) -> Entry:
    return {**link, "reason": reason} if "reason" in link else link


def _name_things(statement: Entry) -> set[str]:
    return {value for key in THINGS for value in as_list(statement.get(key))}
