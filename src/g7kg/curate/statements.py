"""Statements cut in two and put together; their spans follow the words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from g7kg.curate.drafts import Draft, get_text, list_fields, read_number, walk_scalars
from g7kg.curate.refresh import Wording, read_wording
from g7kg.curate.spans import write_span
from g7kg.errors import Location, MappingError, TextError
from g7kg.mapping.nodes import Fields
from g7kg.mapping.values import TODO
from g7kg.texts.cues import choose_cues
from g7kg.texts.files import read_text
from g7kg.texts.normalisation import digest_text
from g7kg.texts.sources import Source
from g7kg.texts.units import Unit


@dataclass(frozen=True)
class _Place:
    """A statement in its mapping, with its span, and the words of its part."""

    statement: Fields
    span: Fields
    part: Fields
    unit: Unit
    wording: Wording

    @property
    def extent(self) -> tuple[int, int]:
        return read_number(self.span, "start"), read_number(self.span, "end")

    def point(self, id_: str, start: int, end: int) -> str:
        """Return the span ``id_`` from ``start`` to ``end`` of the part, with cue words that lead there."""
        offset = self.wording.page.offsets[self.unit.id]
        return write_span(id_, choose_cues(self.wording.page.text, offset + start, offset + end), start, end)


def split_statement(draft: Draft, source: Source, id_: str, words: str, retired: Path) -> str:
    """Return the mapping with the statement ``id_`` cut before ``words``; the new one begins with them.

    It is left to write but for its span, and has the next number of its part that neither the mapping nor the Turtle
    files of the folder ``retired`` know. Raises ``MappingError`` or ``TextError`` if there is no such statement, if its
    words do not have ``words`` just once behind their beginning, or if the text is not that of the mapping.
    """
    place = _find_statement(draft, source, id_)
    start, end = place.extent
    cuts = [start + found.start() for found in re.finditer(re.escape(words), place.unit.text[start:end])]
    if len(cuts) != 1 or cuts[0] == start:
        times = "begins with" if cuts == [start] else f"has {len(cuts) or 'not'} times"
        message = f"the span of {id_} {times} “{words}”".replace("has not times", "does not have")
        raise MappingError(message, location=place.span.location, hint="give words that stand in it once, as printed")
    new = f"{get_text(place.part, 'id')}/s{_next_number(draft, place.part, retired)}"
    before = start + len(place.unit.text[start : cuts[0]].rstrip())
    indent = " " * ((place.statement.location.column or 1) - 1)
    lines = [f"{indent[:-2]}- id: {new}", f"{indent}speechAct: {TODO}", f"{indent}gist: {TODO}"]
    lines += [f"{indent}span: {place.point(f'{new}/span', cuts[0], end)}", f"{indent}topic: {TODO}"]
    behind = _end_with_comments(draft, place.statement)
    first = (place.span.extent, place.point(get_text(place.span, "id"), start, before))
    return draft.change([first, ((behind, behind), "".join(f"\n{line}" for line in lines))])


def merge_statements(draft: Draft, source: Source, id_: str, other: str) -> str:
    """Return the mapping without the statement ``other``; the span of ``id_``, which touches its own, takes it in.

    Raises ``MappingError`` if they are not two statements of one part, or if words stand between them; ``TextError`` if
    the text is not that of the mapping.
    """
    one, two = _find_statement(draft, source, id_), _find_statement(draft, source, other)
    if one.part is not two.part or one.statement is two.statement:
        message = f"{id_} and {other} are not two statements of one part"
        raise MappingError(message, location=two.statement.location, hint="merge statements of one paragraph")
    start, end = min(one.extent[0], two.extent[0]), max(one.extent[1], two.extent[1])
    between = one.unit.text[min(one.extent[1], two.extent[1]) : max(one.extent[0], two.extent[0])]
    if re.search(r"\w", between):
        message = f"between {id_} and {other} stand words of neither"
        raise MappingError(message, location=two.span.location, hint="merge them with what stands between first")
    begin = draft.text.rindex("\n", 0, two.statement.extent[0])
    gone = ((begin, _end_with_comments(draft, two.statement)), "")
    return draft.change([(one.span.extent, one.point(get_text(one.span, "id"), start, end)), gone])


def find_references(draft: Draft, id_: str) -> Iterator[tuple[str, Location]]:
    """Yield key and place of every value in ``draft``, but in the statement ``id_`` itself, that is it or below it."""
    named = re.compile(rf"(.*[:/])?{re.escape(id_)}(/.*)?")
    statements = {get_text(one, "id"): one for entry in draft.entries for one in list_fields(entry, "statements")}
    inside = statements[id_].extent if id_ in statements else (0, 0)
    for entry in draft.entries:
        for key, scalar in walk_scalars(entry):
            outside = not inside[0] <= scalar.extent[0] < inside[1]
            if key != "id" and outside and named.fullmatch(scalar.text):
                yield key, scalar.location


def _find_statement(draft: Draft, source: Source, id_: str) -> _Place:
    for part in draft.entries:
        for statement in list_fields(part, "statements"):
            if get_text(statement, "id") == id_:
                return _place_statement(draft, source, part, statement)
    hint = "give its id as it is written there, such as p2/s1"
    raise MappingError(f"there is no statement {id_}", location=Location(draft.name), hint=hint)


def _place_statement(draft: Draft, source: Source, part: Fields, statement: Fields) -> _Place:
    wording = read_wording(draft, source)
    unit, spans = wording.units.get(get_text(part, "id")), list_fields(statement, "span")
    if unit is None or get_text(part, "digest") != digest_text(unit.text):
        hint = "give the text that the part is mapped from, or run g7kg curate refresh first"
        message = f"the words of {get_text(part, 'id')} are not those of the mapping"
        raise TextError(message, location=source.path, hint=hint)
    if not spans or draft.text[statement.extent[0]] == "{":
        hint = "write it in lines, with a span" if spans else "add its span"
        raise MappingError("the statement cannot be cut or merged", location=statement.location, hint=hint)
    return _Place(statement, spans[0], part, unit, wording)


def _next_number(draft: Draft, part: Fields, retired: Path) -> int:
    document, id_ = get_text(draft.entries[0], "id").partition(":")[2], get_text(part, "id")
    texts = [get_text(statement, "id") for statement in list_fields(part, "statements")]
    texts += [read_text(path) for path in sorted(retired.glob("*.ttl"))]
    pattern = re.compile(rf"(?:^|\b{re.escape(document)}/){re.escape(id_)}/s(\d+)\b")
    return max(int(number) for text in texts for number in pattern.findall(text)) + 1


def _end_with_comments(draft: Draft, statement: Fields) -> int:
    """Return where the last line of ``statement`` ends, with the comments below it that are indented as its keys."""
    indent = " " * ((statement.location.column or 1) - 1)
    found = re.compile(rf".*(?:\n{indent}#.*)*").match(draft.text, statement.extent[1])
    return found.end() if found else statement.extent[1]
