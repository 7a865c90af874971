"""What was done with a text to make units of it, and what is not sure about them, told to whoever checks them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from g7kg.texts.blocks import read_number
from g7kg.texts.dates import read_date
from g7kg.texts.layout import read_layout
from g7kg.texts.lines import INVISIBLE, read_lines
from g7kg.texts.markdown import find_stray_marks, is_markdown, measure_front_matter, read_front_matter
from g7kg.texts.plain import find_page_marks
from g7kg.texts.sentences import find_unsure_ends, split_sentences
from g7kg.texts.units import WORDED, Unit

_PLURALS = {"entry": "entries", "annex": "annexes"}
_CLOSED = re.compile(r"[.?!:;][\"”’)]*$")
_PROPER_MARKER = re.compile(r"\(?\d+\\?[.)](?:\s|\*|$)")
_HTML = re.compile(
    r"&(?:[a-zA-Z]{2,8}|#\d{2,5}|#x[0-9a-fA-F]{2,4});|</?(?:p|div|span|br|h\d|li|ul|ol|a|strong|em|html|body)\b[^>]*>"
)
_CUT = re.compile(r"(\w+)-[^\S\n]*\n\s*(?!(?:and|or)\b)(\w+)")
_CUT_SHOWN = 5
_LONG_HEADING_WORDS = 15
_SHORT_CLAUSE_WORDS = 8
_LONG_UNIT = 2000
_LONG_SHARE = 5
_SHOWN = 20


@dataclass(frozen=True, order=True)
class Doubt:
    """Something to look at: a line of the text as received, and what is not sure there."""

    line: int
    text: str


@dataclass(frozen=True)
class Account:
    """What became of a text: ``form`` as it was read, units by kind, what was left out, and doubts by line."""

    form: str
    counts: dict[str, int]
    left_out: tuple[str, ...]
    doubts: tuple[Doubt, ...]


def give_account(text: str, units: Sequence[Unit]) -> Account:
    """Return what became of ``text`` when ``units`` were made of it."""
    parts = [unit for unit in units if unit.kind not in {"front", "back"}]
    worded = [unit for unit in parts if unit.kind in WORDED]
    kinds = Counter(unit.kind for unit in parts)
    counts = {kind if number == 1 else _PLURALS.get(kind, f"{kind}s"): number for kind, number in kinds.items()}
    counts["numbered"] = sum(unit.kind == "paragraph" and unit.number is not None for unit in parts)
    counts["sentences"] = sum(len(split_sentences(unit.text)) for unit in worded)
    doubts = [
        *_doubt_form(text, units),
        *_doubt_characters(text),
        *_doubt_numbers(parts, text.splitlines()),
        *_doubt_headings(parts),
        *_doubt_words(worded),
    ]
    return Account(_name_form(text), counts, tuple(_list_left_out(text, units)), tuple(sorted(doubts)))


def _name_form(text: str) -> str:
    layout = read_layout(read_lines(text))
    if is_markdown(text):
        return "Markdown"
    if not layout.wrapped:
        return "plain text, a line a paragraph"
    return "plain text, wrapped lines" + ("" if layout.separated else " with nothing between paragraphs")


def _list_left_out(text: str, units: Sequence[Unit]) -> Iterator[str]:
    matter = measure_front_matter(text)
    if matter:
        yield f"front matter, lines 1 to {matter}: {', '.join(map(str, read_front_matter(text))) or 'no fields'}"
    if not is_markdown(text) and (marks := find_page_marks(text)):
        yield f"page numbers and running heads, lines {', '.join(map(str, sorted(marks)))}"
    for unit in units:
        if unit.kind == "front" and matter:
            lines = text.splitlines()[matter : unit.lines[1]]
            for number, line in enumerate(lines, matter + 1):
                if line.strip():
                    yield f"printed title and date, line {number}: {_shorten(line.strip())}"
        if unit.kind == "back":
            yield f"footer, line {unit.lines[0]}: {_shorten(unit.text)}"


def _doubt_form(text: str, units: Sequence[Unit]) -> Iterator[Doubt]:
    if not any(unit.kind == "front" for unit in units):
        yield Doubt(1, "no title was found")
    for unit in [unit for unit in units if unit.kind not in {"front", "back"}][:1]:
        if unit.kind == "section" and read_date(unit.text):
            yield Doubt(unit.lines[0], f"{unit.id} may be no section, but the place and date of the document")
    layout = read_layout(read_lines(text))
    if is_markdown(text):
        for line in find_stray_marks(text):
            yield Doubt(line, "a mark of Markdown has no partner; it was taken out")
    elif layout.wrapped and not layout.separated:
        yield Doubt(1, "blank lines do not tell paragraphs apart; their ends were guessed from short lines")


def _doubt_characters(text: str) -> Iterator[Doubt]:
    """Yield what is in no printed text: HTML, invisible characters, words cut where a line ends; one of each."""
    if not is_markdown(text) and (html := _HTML.search(text)):
        hint = "save the page as text, or as Markdown, and write the skeleton again"
        yield Doubt(_count_line(text, html.start()), f"“{html[0]}” is HTML; {hint}")
    inner = re.sub(rf"(?m)^[{INVISIBLE}]|[{INVISIBLE}]$", " ", text)  # there they are left out
    if hidden := re.search(f"[{INVISIBLE}]", inner):
        code = f"U+{ord(hidden[0]):04X}"
        told = f"an invisible character ({code}) stands in a word; take it and its like out of the text"
        yield Doubt(_count_line(text, hidden.start()), told)
    words = frozenset(re.findall(r"\w+(?:-\w+)*", text.casefold()))
    cut = {f"{match[1]}-{match[2]}": _count_line(text, match.start()) for match in reversed([*_CUT.finditer(text)])}
    unknown = sorted((line, word) for word, line in cut.items() if word.casefold() not in words)
    if unknown:
        shown = ", ".join(f"“{word}” (line {line})" for line, word in unknown[:_CUT_SHOWN])
        more = " …" * (len(unknown) > _CUT_SHOWN)
        yield Doubt(unknown[0][0], f"words are cut where lines end, and keep their hyphens: {shown}{more}")


def _count_line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _doubt_numbers(parts: Sequence[Unit], lines: Sequence[str]) -> Iterator[Doubt]:
    """Yield what is odd about numbers: gaps, slips, paragraphs without one among others with one, numbers not taken."""
    last: dict[str, int] = {}
    numbered = {_name_division(unit) for unit in parts if unit.kind == "paragraph" and unit.number}
    for unit in (unit for unit in parts if unit.kind == "paragraph"):
        division, line = _name_division(unit), unit.lines[0]
        found = read_number(unit.text)
        if not unit.number:
            if division in numbered:
                yield Doubt(line, f"{unit.id} has no number: {_shorten(unit.text)}")
            elif found:
                yield Doubt(line, f"{unit.id} begins with “{found[0]}”, which was not taken for its number")
            continue
        number, expected = int(unit.id.rpartition("p")[2]), last.get(division, 0) + 1
        if number > expected:
            missing = f"number {expected} is" if number == expected + 1 else f"numbers {expected} to {number - 1} are"
            yield Doubt(line, f"{missing} missing before {unit.id}")
        if unit.number != str(number) or not _PROPER_MARKER.match(lines[line - 1].strip(" *_")):
            printed = " ".join(lines[line - 1].strip(" *_").split()[:2])
            yield Doubt(line, f"{unit.id} is printed as “{printed} …”")
        last[division] = number


def _name_division(unit: Unit) -> str:
    return unit.id.partition("/")[0] if unit.id.startswith("a") else ""


def _doubt_headings(parts: Sequence[Unit]) -> Iterator[Doubt]:
    """Yield headings that may be none, and paragraphs that may be headings or pieces of others."""
    for unit, following in zip(parts, [*parts[1:], None], strict=True):
        line, words = unit.lines[0], len(unit.text.split())
        if unit.kind == "section" and words > _LONG_HEADING_WORDS:
            yield Doubt(line, f"{unit.id} is long for a heading: {_shorten(unit.text)}")
        if unit.kind == "section" and (not following or (following.kind == "section" and following.parent != unit.id)):
            yield Doubt(line, f"nothing stands below the heading {unit.id}: {_shorten(unit.text)}")
        if unit.kind == "paragraph" and not _CLOSED.search(unit.text):
            yield Doubt(line, f"{unit.id} ends like no sentence; it may be a heading, or cut: {_shorten(unit.text)}")
        introduces = following is not None and following.kind == "bullet"
        if unit.kind == "paragraph" and unit.text.endswith(":") and words <= _SHORT_CLAUSE_WORDS and not introduces:
            yield Doubt(line, f"{unit.id} may be a heading: {_shorten(unit.text)}")
        if unit.kind == "paragraph" and unit.text[:1].islower():
            yield Doubt(line, f"{unit.id} may go on from what is before it: {_shorten(unit.text)}")
        if following and unit.kind == "bullet" and following.kind == "paragraph" and not _CLOSED.search(unit.text):
            yield Doubt(line, f"{unit.id} ends like no sentence; {following.id} may go on from it")
        if unit.kind == "bullet" and not unit.marker:
            yield Doubt(line, f"{unit.id} was taken for a bullet by its indent: {_shorten(unit.text)}")
        if unit.kind == "bullet" and read_number(f"{unit.marker} {unit.text}"):
            yield Doubt(line, f"{unit.id} is an item of a list with numbers: {unit.marker} {_shorten(unit.text)}")


def _doubt_words(worded: Sequence[Unit]) -> Iterator[Doubt]:
    """Yield units of unusual length, and sentence ends that are not sure."""
    limit = max(_LONG_UNIT, _LONG_SHARE * median(len(unit.text) for unit in worded)) if worded else 0
    for unit in worded:
        if len(unit.text) > limit:
            yield Doubt(unit.lines[0], f"{unit.id} is very long: {len(unit.text)} characters")
        for end in find_unsure_ends(unit.text):
            place = f"“… {unit.text[max(end.offset - _SHOWN, 0) : end.offset + _SHOWN]} …”"
            yield Doubt(unit.lines[0], f"a sentence of {unit.id} may end in {place}: {end.reason}")


def _shorten(text: str) -> str:
    words = text.split()
    return text if len(words) <= _SHORT_CLAUSE_WORDS else " ".join(words[:_SHORT_CLAUSE_WORDS]) + " …"
