"""How a span is written, and where in the words of its part its cue words lead."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from g7kg.mapping.values import TODO
from g7kg.texts.cues import Cues
from g7kg.texts.units import Page, Unit

_CLOSING: Final = re.compile(r"[^\w\s]+(?=\s|$)")
_LEAST_LIKE: Final = 0.5
"""How like what is sought (0 to 1) words have to be to be named instead."""


def write_span(id_: str, cues: Cues | None, start: int, end: int) -> str:
    """Return a span as a flow mapping of YAML; without ``cues``, the first words are marked as unwritten."""
    keys = {"prefix": cues.prefix, "firstWords": cues.first, "lastWords": cues.last} if cues else {}
    written = [f"{key}: {quote(words)}" for key, words in keys.items() if words] or [f"firstWords: {TODO}"]
    return f"{{id: {id_}, {', '.join(written)}, start: {start}, end: {end}}}"


def quote(text: str) -> str:
    """Return ``text`` as a double-quoted YAML scalar, of which a JSON string is one form."""
    return json.dumps(text, ensure_ascii=False)


def write_fact(key: str, value: str | int | tuple[int, ...]) -> str:
    """Return the ``value`` of ``key``, one of ``texts.tell_part``, as YAML."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return quote(str(value)) if key == "title" else str(value)


def locate_span(cues: Cues, stated: tuple[int, int], unit: Unit, page: Page) -> tuple[int, int] | None:
    """Return start and end in the text of ``unit`` that ``cues`` lead to, or ``None`` if it lacks their words.

    What is ``stated`` stays if the cue words stand there; otherwise the place counts to which they lead from the
    beginning of ``page``, then the one behind their prefix, then the one nearest to what is stated.
    """
    if _is_delimited(cues, stated, unit.text):
        return stated
    offset = page.offsets[unit.id]

    def rank(place: tuple[int, int]) -> tuple[bool, bool, int]:
        led = cues.lead_to(page.text, offset + place[0], offset + place[1])
        behind = unit.text[: place[0]].rstrip().endswith(cues.prefix or "")
        return not led, not behind, abs(place[0] - stated[0])

    return min(_find_places(cues, unit.text), key=rank, default=None)


def _find_places(cues: Cues, text: str) -> Iterator[tuple[int, int]]:
    for first in re.finditer(rf"(?<!\w){re.escape(cues.first)}", text):
        ending = re.compile(rf"{re.escape(cues.last or cues.first)}(?!\w)")
        if found := ending.search(text, first.end() if cues.last else first.start()):
            yield first.start(), _close(text, first.start(), found.end())


def _close(text: str, start: int, end: int) -> int:
    """Return where the punctuation behind ``end`` ends; a bracket that was opened before ``start`` stays outside."""
    found = _CLOSING.match(text, end)
    signs = found[0] if found else ""
    words = text[start:end]
    return end + len(signs if words.count("(") > words.count(")") else signs.partition(")")[0])


def _is_delimited(cues: Cues, stated: tuple[int, int], text: str) -> bool:
    """Whether the words at ``stated`` begin and end with the cue words, give or take punctuation at the end."""
    words = text[slice(*stated)]
    _, found, tail = words.rpartition(cues.last or cues.first)
    whole = words.startswith(cues.first) and found and not re.search(r"[\w\s]", tail)
    return bool(whole) and not any(re.match(r"\w\w", text[place - 1 : place + 1]) for place in stated if place)


def find_nearest(wanted: str, unit: Unit | None, units: Mapping[str, Unit]) -> str:
    """Return where words like ``wanted`` stand: in other units word for word, else the likest in ``unit``."""
    elsewhere = [other.id for other in units.values() if wanted.lower() in other.text.lower()]
    if elsewhere:
        return "they stand in " + ", ".join(elsewhere)
    count, text = len(wanted.split()), unit.text if unit else ""
    starts = (match.start() for match in re.finditer(r"\S+", text))
    runs = {" ".join(text[start:].split(None, count)[:count]): start for start in starts}
    near = difflib.get_close_matches(wanted, runs, 1, _LEAST_LIKE)
    return f"nearest: “{near[0]}” at {runs[near[0]]}" if near else "nothing there is like them"
