"""A mapping brought up to its text: digests, lengths and offsets follow from the words and the cue words."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from g7kg.curate.drafts import Draft, Edit, get_text, list_fields, list_texts, read_number
from g7kg.curate.spans import find_nearest, locate_span, write_fact, write_span
from g7kg.errors import Location, TextError
from g7kg.mapping.nodes import Fields, Scalar
from g7kg.mapping.values import UNWRITTEN
from g7kg.texts.cues import Cues, choose_cues
from g7kg.texts.facts import tell_part, tell_whole
from g7kg.texts.kinds import DOCUMENT_KINDS, DocumentKind
from g7kg.texts.normalisation import digest_text
from g7kg.texts.sources import Source
from g7kg.texts.units import WORDED, Page, Unit, join_units


@dataclass(frozen=True)
class Lost:
    """What the text does not have: where the mapping names it, what it is, and what is nearest."""

    location: Location
    message: str


@dataclass(frozen=True)
class Refreshed:
    """A mapping's new text, the ids of the parts whose words have changed, and what was not found."""

    text: str
    changed: tuple[str, ...]
    lost: tuple[Lost, ...]


@dataclass(frozen=True)
class Wording:
    """The words of one publication: its kind of document, its parts by their ids, and the page that they are on."""

    kind: DocumentKind
    units: Mapping[str, Unit]
    page: Page


def read_wording(draft: Draft, source: Source) -> Wording:
    """Return the words of ``source`` as the document of ``draft``; ``TextError`` if it is of no known kind."""
    document = draft.entries[0]
    kinds = [DOCUMENT_KINDS[name] for name in list_texts(document, "type") if name in DOCUMENT_KINDS]
    if not kinds:
        hint = f"its first entry must be a {' or '.join(DOCUMENT_KINDS)}"
        raise TextError("this is no mapping of a document", location=document.location, hint=hint)
    units = {unit.id: unit for unit in kinds[0].read_parts(source.text)}
    return Wording(kinds[0], units, join_units(units.values()))


def refresh(draft: Draft, source: Source, edition: str = "") -> Refreshed:
    """Return ``draft`` brought up to ``source``, the text of its first publication, or of the one called ``edition``.

    Parts that are said to be in the wording of another publication stay as they are. Cue words that lead elsewhere are
    chosen anew; whatever the text does not have stays, and is told. Raises ``TextError`` if there is no such edition,
    if the text is that of another, or if it has no cue words of the mapping at all.
    """
    head = _choose_publication(draft, source, edition)
    wording = read_wording(draft, source)
    mapped = (part for part in draft.entries[1:] if get_text(part, "wording") == edition)
    parts = [_refresh_part(draft, part, wording) for part in mapped]
    if any(part.lost for part in parts) and not any(part.found for part in parts):
        hint = "take the text of this document"
        raise TextError("the text has no words of this mapping", location=source.path, hint=hint)
    edits = [*_set(draft, head, "sourceDigest", source.sha256), *_refresh_whole(draft, wording, edition)]
    edits += [edit for part in parts for edit in part.edits]
    changed = tuple(part.changed for part in parts if part.changed)
    return Refreshed(draft.change(edits), changed, tuple(lost for part in parts for lost in part.lost))


@dataclass
class _Outcome:
    """What became of a part: what changes, what is lost, how many spans were found, its id if its words changed."""

    edits: list[Edit] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    found: int = 0
    changed: str = ""


def _choose_publication(draft: Draft, source: Source, edition: str) -> Fields:
    document = draft.entries[0]
    publications = {"": document} | {get_text(entry, "id"): entry for entry in list_fields(document, "editions")}
    if edition not in publications:
        hint = f"there is {', '.join(filter(None, publications)) or 'none'}"
        raise TextError(f"the mapping has no edition {edition}", location=document.location, hint=hint)
    for name, entry in publications.items():
        if name != edition and get_text(entry, "sourceDigest") == source.sha256:
            hint = f"give --edition {name}" if name else "leave --edition out"
            raise TextError("this is the text of another publication", location=source.path, hint=hint)
    return publications[edition]


def _refresh_whole(draft: Draft, wording: Wording, edition: str) -> Iterator[Edit]:
    """Yield the edits of what the head says about the size of the whole, which is that of the first publication."""
    document = draft.entries[0]
    for key, count in tell_whole(wording.units.values()).items():
        if document.get(key) and not edition:
            yield from _set(draft, document, key, str(count))


def _refresh_part(draft: Draft, part: Fields, wording: Wording) -> _Outcome:
    unit = wording.units.get(get_text(part, "id"))
    if unit is None:
        return _Outcome(lost=[_lose_part(part, wording.units)])
    outcome = _Outcome()
    for key, value in tell_part(unit, list(wording.units).index(unit.id) + 1).items():
        outcome.edits += _set(draft, part, key, write_fact(key, value))
    if unit.kind in WORDED and get_text(part, "digest") != digest_text(unit.text):
        outcome.changed = unit.id
    for span in _list_spans(part):
        _refresh_span(draft, span, unit, wording, outcome)
    return outcome


def _list_spans(part: Fields) -> Iterator[Fields]:
    """Yield the spans of the statements of ``part`` whose cue words are written."""
    for statement in list_fields(part, "statements"):
        for span in list_fields(statement, "span"):
            first = get_text(span, "firstWords")
            if first and not UNWRITTEN.search(first):
                yield span


def _refresh_span(draft: Draft, span: Fields, unit: Unit, wording: Wording, outcome: _Outcome) -> None:
    cues = Cues(get_text(span, "firstWords"), get_text(span, "lastWords") or None, get_text(span, "prefix") or None)
    place = locate_span(cues, (read_number(span, "start"), read_number(span, "end")), unit, wording.page)
    if place is None:
        outcome.lost.append(_lose_span(span, cues, unit, wording))
        return
    outcome.found += 1
    start, end = (wording.page.offsets[unit.id] + offset for offset in place)
    if cues.lead_to(wording.page.text, start, end):
        outcome.edits += [*_set(draft, span, "start", str(place[0])), *_set(draft, span, "end", str(place[1]))]
    elif better := choose_cues(wording.page.text, start, end):
        outcome.edits.append((span.extent, write_span(get_text(span, "id"), better, *place)))
    else:
        message = f"{get_text(span, 'id')}: no cue words lead there alone; cut it into two statements"
        outcome.lost.append(Lost(span.location, message))


def _lose_span(span: Fields, cues: Cues, unit: Unit, wording: Wording) -> Lost:
    missing = cues.last if cues.last and cues.first in unit.text else cues.first
    where = f"after “{cues.first}” in {unit.id}" if missing == cues.last else f"in {unit.id}"
    near = find_nearest(missing, unit, wording.units)
    return Lost(span.location, f"{get_text(span, 'id')}: “{missing}” is not {where}; {near}")


def _lose_part(part: Fields, units: Mapping[str, Unit]) -> Lost:
    id_, digest = get_text(part, "id"), get_text(part, "digest")
    same = [unit.id for unit in units.values() if digest == digest_text(unit.text)]
    cues = next((get_text(span, "firstWords") for span in _list_spans(part)), "")
    near = f"its words are those of {same[0]}" if same else find_nearest(cues, None, units) if cues else "remove it"
    return Lost(part.location, f"{id_}: the text has no such part; {near}")


def _set(draft: Draft, entry: Fields, key: str, value: str) -> Iterator[Edit]:
    """Yield the edit by which ``entry`` has ``value``, written as YAML, under ``key``, unless it means that."""
    node = entry.get(key)
    if node is None:
        yield _add(draft, entry, key, value)
    elif list_texts(entry, key) != ([json.loads(value)] if value[0] == '"' else value.strip("[]").split(", ")):
        single = isinstance(node, Scalar) and value.startswith("[") and "," not in value
        yield node.extent, value.strip("[]") if single else value


def _add(draft: Draft, entry: Fields, key: str, value: str) -> Edit:
    """Return the edit that adds ``key`` to ``entry``: at the end of one in braces, else in a line below its first."""
    if draft.text[entry.extent[0]] == "{":
        place = entry.extent[1] - 1
        return (place, place), f", {key}: {value}"
    place = entry.pairs[0][1].extent[1]
    return (place, place), f"\n{' ' * ((entry.location.column or 1) - 1)}{key}: {value}"
