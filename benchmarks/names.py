"""Identifiers of a synthetic declaration: what the real ones' names become in it, and its meeting."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from benchmarks.calendar import Occasion, find_presidency
from benchmarks.templates import Entry, Template, Templates, as_list

_OWN: Final = frozenset({"undertaking", "deliverable", "event", "instrument"})
"""Kinds of things that a declaration has for itself; the others, it shares with the real ones."""

_PRESIDENCY: Final = ("presidency:italy-2024", "country:italy")
_NEXT_PRESIDENCY: Final = ("presidency:canada-2025", "country:canada")
"""Those of the real declarations, and their countries."""


class Names:
    """What the identifiers of a template become in a declaration."""

    def __init__(
        self, random: Random, templates: Templates, template: Template, occasion: Occasion, previous: Occasion | None
    ) -> None:
        self._template = template
        self._occasion = occasion
        self._previous = previous
        self._location = random.choice(templates.places)
        self._own: dict[tuple[str, int], str] = {}
        following = find_presidency(occasion.presidency.year + 1)
        self._known = {
            f"doc:{template.slug}": f"doc:{occasion.slug}",
            template.meeting["id"]: f"meeting:{occasion.slug}",
            **dict(zip(_PRESIDENCY, (occasion.presidency.id, _country(occasion)), strict=True)),
            **dict(zip(_NEXT_PRESIDENCY, (following.id, f"country:{following.country}"), strict=True)),
        }
        self._guests = dict(self._invite(random, templates))

    def _invite(self, random: Random, templates: Templates) -> Iterator[tuple[str, str]]:
        """Yield for every real guest one of its kind, none of them twice."""
        real = [guest["participant"] for guest in self._template.meeting["participations"]]
        for kind, all_guests in templates.guests.items():
            guests = [name for name in real if name.startswith(f"{kind}:")]
            free = [name for name in all_guests if name not in {_country(self._occasion), "organisation:g7"}]
            yield from zip(guests, random.sample(free, len(guests)), strict=True)

    def find(self, real: str, copy: int, *, swap: bool = False) -> str | None:
        """Return what ``real`` is called here, ``None`` if it has no place here.

        Things of the declaration's own differ by ``copy``: how often the part that names them was drawn before. With
        ``swap`` the real guests are those of this declaration.
        """
        kind, _, slug = real.partition(":")
        if swap and real in self._guests:
            return self._guests[real]
        if real in self._known:
            return self._known[real]
        if kind in _OWN:
            count = sum(1 for name in self._own.values() if name.startswith(kind))
            return self._own.setdefault((real, copy), f"{kind}:{self._occasion.slug}-{count + 1}")
        if kind == "meeting" and slug.startswith(f"{self._template.slug}/"):
            return f"meeting:{self._occasion.slug}/chair"
        if kind == "meeting" and self._previous:
            return f"meeting:{self._previous.slug}"
        return None if kind == "person" else real

    def own(self, kind: str) -> list[str]:
        """Return the declaration's own things of one kind, in the order in which they were first named."""
        return [name for name in self._own.values() if name.startswith(f"{kind}:")]

    def describe_meeting(self) -> Iterator[Entry]:
        """Yield the registry's entries of the meeting, and of the presidencies that no earlier declaration brings."""
        occasion, (first, last) = self._occasion, self._occasion.days
        if occasion.is_first_of_year:
            years = (0, 1) if occasion.number == 1 else (1,)
            yield from (_describe_presidency(occasion.presidency.year + later) for later in years)
        yield {
            "id": f"meeting:{occasion.slug}",
            "type": "Meeting",
            "label": f"Synthetic ministerial meeting {occasion.number}, {first} to {last}",
            "dateStated": f"{first:%d.%m.%Y}",
            "earliest": str(first),
            "latest": str(last),
            "heldUnder": occasion.presidency.id,
            "location": self._location,
            "adopted": f"doc:{occasion.slug}",
            "participations": [self._describe_chair(), *self._describe_guests()],
        }

    def _describe_chair(self) -> Entry:
        name, evidence = f"meeting:{self._occasion.slug}/chair", f"doc:{self._occasion.slug}/p1/s1"
        return {"id": name, "participant": _country(self._occasion), "role": "chair", "evidence": evidence}

    def _describe_guests(self) -> Iterator[Entry]:
        for guest in self._template.meeting["participations"]:
            if guest["participant"] in self._guests:
                participant = self._guests[guest["participant"]]
                yield {
                    "id": f"meeting:{self._occasion.slug}/{participant.partition(':')[2]}",
                    "participant": participant,
                    "role": guest["role"],
                    "evidence": [
                        name.replace(self._template.slug, self._occasion.slug) for name in as_list(guest["evidence"])
                    ],
                }


def _country(occasion: Occasion) -> str:
    return f"country:{occasion.presidency.country}"


def _describe_presidency(year: int) -> Entry:
    presidency = find_presidency(year)
    return {
        "id": presidency.id,
        "type": "Presidency",
        "label": presidency.label,
        "presidingCountry": f"country:{presidency.country}",
        "forum": "organisation:g7",
        "year": str(year),
    }
