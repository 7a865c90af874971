"""Documents written again in the forms in which curators find them, from units that are known."""

import random
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import SequenceMatcher

from g7kg.texts.units import Unit

Form = Callable[[tuple[Unit, ...]], str]

_WORDS = """
    water lake harbour bridge road engine school river market forest island council budget weather engineer railway
    teacher museum library garden energy climate growth finance health digital security Lakeland Northport Riverside
    Oldtown OECD UN IMF Fund Bank
"""
_OPENINGS = ("We welcome", "We call on", "The", "This will support", "In light of", "Recognizing", "We reaffirm the")


def wrapped(sign: str = "-", *, width: int = 72, hanging: bool = True, hyphens: bool = False) -> Form:
    """Return the form of wrapped lines, a blank line between units; bullets have ``sign``."""

    def fill(unit: Unit, words: str) -> str:
        indent = "  " if hanging and unit.kind == "bullet" else ""
        return textwrap.fill(words, width, subsequent_indent=indent, break_on_hyphens=hyphens, break_long_words=False)

    return lambda units: "\n\n".join(fill(unit, words) for unit, words in _print(units, sign))


def one_line(sign: str = "-", *, blank: bool = True) -> Form:
    """Return the form of one line a unit, with a blank line between units or none."""
    return lambda units: ("\n\n" if blank else "\n").join(words for _, words in _print(units, sign))


def double_spaced(units: tuple[Unit, ...]) -> str:
    """Write ``units`` as text from a PDF often is: a blank line behind every line."""
    return wrapped("•", hanging=False)(units).replace("\n\n", "\n\n\n").replace("\n", "\n\n")


def markdown(units: tuple[Unit, ...]) -> str:
    """Write ``units`` as Markdown from a web page is: bold headings, escaped numbers."""
    return "\n\n".join(_mark(unit) for unit in units)


FORMS: Mapping[str, Form] = {
    "wrapped, -": wrapped(),
    "wrapped, o": wrapped("o", width=80, hanging=False, hyphens=True),
    "wrapped, •": wrapped("•", width=95),
    "double-spaced": double_spaced,
    "one line, •": one_line("•"),
    "one line, *": one_line("*"),
    "one line, no blank lines, -": one_line("-", blank=False),
    "one line, no blank lines, o": one_line("o", blank=False),
}


def find_differences(expected: Iterable[Unit], found: Iterable[Unit]) -> list[str]:
    """Return the parts of ``expected`` that are not ``found`` (-) and the other way round (+): kind, name, words."""
    left, right = _list_parts(expected), _list_parts(found)
    steps = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    changes = [step for step in steps if step[0] != "equal"]
    return [
        *(f"- {part}" for _, start, end, _, _ in changes for part in left[start:end]),
        *(f"+ {part}" for _, _, _, start, end in changes for part in right[start:end]),
    ]


def invent_document(seed: int) -> tuple[Unit, ...]:
    """Return the units of a document that chance wrote: numbered or not, with headings and bullets in any manner."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    numbered, titled = chance.random() < 0.5, chance.random() < 0.5
    units = [_unit("front", "front", "G7 Lakeland Leaders’ Statement")]
    headings = 0
    for number in range(1, chance.randint(6, 40)):
        if chance.random() < 0.25:
            headings += 1
            heading = " ".join(_choose(chance, 1, 7))
            units.append(
                _unit("section", f"h{headings}", heading.title() if titled else heading[0].upper() + heading[1:])
            )
        text = " ".join(_say(chance) for _ in range(chance.choice([1, 2, 3, 4, 6])))
        lists = chance.random() < 0.2
        text = text[:-1] + " including to:" if lists else text
        units.append(_unit("paragraph", f"p{number}", text, f"{number}." if numbered else ""))
        if lists:
            units += _invent_bullets(chance, number)
    return tuple(units)


def _invent_bullets(chance: random.Random, number: int) -> Iterator[Unit]:
    last, mark = chance.randint(2, 6), chance.choice([".", ";", ""])
    for place in range(1, last + 1):
        text = _say(chance) if mark == "." else " ".join(_choose(chance, 5, 30))
        end = {last: ".", last - 1: "; and"}.get(place, ";") if mark == ";" else ""
        yield _unit("bullet", f"p{number}/b{place}", text + end)


def _say(chance: random.Random) -> str:
    aside = chance.choice([" ", " ", " ", " in 2024, ", " – in part – ", " low- and "])
    return f"{chance.choice(_OPENINGS)} {' '.join(_choose(chance, 1, 9))}{aside}{' '.join(_choose(chance, 3, 25))}."


def _choose(chance: random.Random, least: int, most: int) -> list[str]:
    return chance.choices(_WORDS.split(), k=chance.randint(least, most))


def _unit(kind: str, id_: str, text: str, marker: str = "") -> Unit:
    return Unit(kind, id_, None, marker, text, (1, 1))  # type: ignore[arg-type]


def _print(units: Iterable[Unit], sign: str) -> Iterator[tuple[Unit, str]]:
    for unit in units:
        marker = sign if unit.kind == "bullet" else unit.marker
        yield unit, f"{marker} {unit.text}".strip()


def _mark(unit: Unit) -> str:
    lines = textwrap.fill(unit.text, 72, break_on_hyphens=False)
    if unit.kind in {"front", "section"}:
        return f"# {unit.text}" if unit.kind == "front" else f"**{lines}**"
    if unit.kind == "bullet":
        return "-   " + lines.replace("\n", "\n    ")
    marker = unit.marker.replace(".", "\\.")
    return f"{marker} {lines}".lstrip()


def _list_parts(units: Iterable[Unit]) -> list[str]:
    return [f"{unit.kind} {unit.id}: {unit.text}" for unit in units if unit.kind not in {"front", "back"}]
