"""Pointers against words: whether a document's mapping says of its structure and spans what its text says.

A span is locked twice: by the digest of its part's text and by cue words. Its cue words must also lead a reader of the
official publication to the same place (Text Fragments, https://wicg.github.io/scroll-to-text-fragment/).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import Literal

from g7kg.errors import G7kgError, Location, MappingError
from g7kg.mapping.reader import MappingFile
from g7kg.mapping.records import Record
from g7kg.texts.copies import list_runs
from g7kg.texts.cues import CUE_WORDS, Cues
from g7kg.texts.facts import tell_part, tell_whole
from g7kg.texts.kinds import DOCUMENT_KINDS
from g7kg.texts.normalisation import NORMALISATION
from g7kg.texts.sentences import split_sentences
from g7kg.texts.sources import Source
from g7kg.texts.units import WORDED, Page, Unit, join_units

_PUNCTUATION = re.compile(r"[^\w\s]*")


@dataclass(frozen=True)
class Wording:
    """The words of one publication of a document: its address, its units by identifier, the page that they are on.

    ``edition`` is the IRI of the edition, or that of the document for its first publication.
    """

    edition: str
    address: str
    units: Mapping[str, Unit]
    page: Page

    @cached_property
    def runs(self) -> frozenset[str]:
        """Its runs of more words than may be quoted (``texts.list_runs``)."""
        return frozenset(list_runs(self.page.text))


@dataclass(frozen=True)
class VerifiedDocument:
    """A document whose words were at hand: its record, and the wordings of those publications that were."""

    record: Record
    wordings: tuple[Wording, ...]

    def order_wordings(self, part: Record) -> list[Wording]:
        """Return the wordings, that which ``part`` is mapped from first, if it is at hand."""
        stated = part.text("wording") or self.record.id.value
        return sorted(self.wordings, key=lambda wording: wording.edition != stated)


def match_documents(
    files: Iterable[MappingFile], sources: Mapping[str, Source]
) -> Iterator[tuple[MappingFile, VerifiedDocument]]:
    """Yield each mapping file of whose document an edition is among ``sources`` (by SHA-256), with the document."""
    for file in files:
        for record in file.records:
            editions = (record, *record.records("editions"))
            found = [(edition, sources.get(edition.text("sourceDigest") or "")) for edition in editions]
            wordings = tuple(_read_wording(record, edition, source) for edition, source in found if source)
            if wordings:
                yield file, VerifiedDocument(record, wordings)


def verify_document(file: MappingFile, document: VerifiedDocument) -> Iterator[G7kgError]:
    """Yield an error for everything in ``file`` that the document's words do not bear out.

    A part has to agree with one of the wordings at hand: if with none, the errors are those against the wording that it
    is mapped from.
    """
    stated = (document.record.text("normalisation") or "").rpartition("/")[2]
    if stated != NORMALISATION:
        location, hint = _locate(document.record, "normalisation"), f"this program knows {NORMALISATION}"
        yield MappingError(f"the normalisation {stated} is not implemented", location=location, hint=hint)
    yield from _verify_whole(file, document)
    for *_, problems in _choose_wordings(file, document):
        yield from problems


def read_words(file: MappingFile, document: VerifiedDocument) -> Iterator[tuple[str, Unit, str]]:
    """Yield each part of ``file``, a verified one, that has words: its IRI, its unit, the address that it fits."""
    sole = document.wordings[0] if len(document.wordings) == 1 else None
    if sole and all(record.text("wording") in {None, sole.edition} for record in file.records):
        chosen: Iterable[tuple[Wording, Record]] = ((sole, record) for record in file.records)
    else:
        chosen = ((wording, record) for wording, record, _ in _choose_wordings(file, document))
    for wording, record in chosen:
        unit = wording.units.get(record.id.value)
        if unit and unit.kind in WORDED:
            yield record.id.value, unit, wording.address


def find_copies(file: MappingFile, document: VerifiedDocument) -> Iterator[tuple[Location, list[str]]]:
    """Yield where gists of ``file`` have runs of words from the document (``texts.list_runs``), with these.

    A run may be part of a name, which only all files together tell.
    """
    runs = frozenset[str]().union(*(wording.runs for wording in document.wordings))
    for statement in (statement for part in file.records for statement in part.records("statements")):
        copied = [run for run in list_runs(statement.text("gist") or "") if run in runs]
        if copied:
            yield _locate(statement, "gist"), copied


def _read_wording(document: Record, edition: Record, source: Source) -> Wording:
    parts = DOCUMENT_KINDS[document.type].read_parts(source.text)
    units = {f"{document.id.value}/{unit.id}": unit for unit in parts}
    return Wording(edition.id.value, edition.text("publication") or "", units, join_units(parts))


def _choose_wordings(
    file: MappingFile, document: VerifiedDocument
) -> Iterator[tuple[Wording, Record, tuple[G7kgError, ...]]]:
    """Yield each part of ``file`` with the wording that it agrees with; with none, its own, and what is wrong.

    A part that is said to be in the words of an edition which is not at hand is left out if it agrees with no other.
    """
    for record in file.records:
        if record is document.record:
            continue
        tried = [(wording, tuple(_verify_in(record, wording))) for wording in document.order_wordings(record)]
        wording, problems = next((one for one in tried if not one[1]), tried[0])
        if not problems or record.text("wording") in {None, wording.edition}:
            yield wording, record, problems


def _verify_whole(file: MappingFile, document: VerifiedDocument) -> Iterator[G7kgError]:
    """Check that the parts in scope have entries, and the numbers of the whole, against the first wording."""
    record, (wording, *_) = document.record, document.order_wordings(document.record)
    scope = {value.value for value in record.values("scope")}
    written = {part.id.value for part in file.records}
    for iri in wording.units.keys() - written:
        if not scope or scope & set(_lineage(iri, document.record, wording)):
            message = f"the mapping has no entry for {wording.units[iri].kind} {wording.units[iri].id}"
            yield MappingError(message, location=record.location, hint="add an entry for it")
    for key, number in tell_whole(wording.units.values()).items():
        if (record.text(key) or str(number)) != str(number):
            message = f"the text gives {key} {number}, not {record.text(key)}"
            yield MappingError(message, location=_locate(record, key), hint=f"write {key}: {number}")


def _lineage(iri: str, document: Record, wording: Wording) -> Iterator[str]:
    unit: Unit | None = wording.units[iri]
    while unit:
        yield iri
        iri = f"{document.id.value}/{unit.parent}"
        unit = wording.units.get(iri)


def _verify_in(record: Record, wording: Wording) -> Iterator[G7kgError]:
    """Yield an error for everything that ``record`` says of a part and ``wording`` does not bear out."""
    iri = record.id.value
    unit = wording.units.get(iri)
    if unit is None:
        yield MappingError("the document has no such part", location=record.location, hint="remove the entry")
    else:
        yield from _verify_part(record, unit, list(wording.units).index(iri) + 1)
        yield from _verify_statements(record, unit, wording)


def _verify_part(record: Record, unit: Unit, order: int) -> Iterator[G7kgError]:
    """Compare what the mapping says of a part with its unit; a key that the form lacks is not compared."""
    expected = {**tell_part(unit, order), **({"number": unit.number} if unit.kind == "paragraph" else {})}
    for key, fact in expected.items():
        value = ", ".join(map(str, fact)) if isinstance(fact, tuple) else None if fact is None else str(fact)
        stated = ", ".join(value.value for value in record.values(key)) or None
        if stated != value:
            message = f"the text gives {key} {value or 'none'}, not {stated or 'none'}, for {unit.kind} {unit.id}"
            hint = "the words have changed: read the part again, then correct its entry and its spans"
            yield MappingError(message, location=_locate(record, key), hint=hint)


def _verify_statements(part: Record, unit: Unit, wording: Wording) -> Iterator[G7kgError]:
    """Check the statements of a part: their spans, the words that they quote, and that no word is left over."""
    covered: set[int] = set()
    for statement in part.records("statements"):
        for span in statement.records("span"):
            start, end = int(span.text("start") or 0), int(span.text("end") or 0)
            yield from _verify_span(span, start, end, unit, wording.page)
            covered |= set(range(start, end))
            yield from _verify_quotations(statement, unit.text[start:end])
    if covered:
        yield from _find_gaps(part, unit, covered)


def _verify_quotations(statement: Record, words: str) -> Iterator[G7kgError]:
    """Yield an error for every hedge, deadline and short form that the words of the span do not have."""
    quoted = [entry for entry in statement.entries if entry.key in {"hedge", "dueStated"}]
    quoted += [entry for record in statement.records("shortForms") for entry in record.entries if entry.key == "form"]
    for entry in quoted:
        if isinstance(entry.value, Literal) and entry.value.value.lower() not in words.lower():
            message = f"the words of the span do not have the {entry.key} “{entry.value.value}”"
            yield MappingError(message, location=entry.location, hint="copy it from the text")


def _find_gaps(part: Record, unit: Unit, covered: set[int]) -> Iterator[G7kgError]:
    """Yield an error for every sentence that some statement covers, but not with all of its words."""
    for start, end in split_sentences(unit.text):
        places = range(start, end)
        left = [place for place in places if place not in covered and unit.text[place].isalnum()]
        if left and len(left) < sum(unit.text[place].isalnum() for place in places):
            words = _shorten(unit.text[left[0] : left[-1] + 1])
            message = f"no statement covers characters {left[0]} to {left[-1] + 1} of {unit.id}: “{words}”"
            yield MappingError(message, location=part.location, hint="widen a span, or add a statement")


def _shorten(words: str) -> str:
    parts = words.split()
    return words if len(parts) <= CUE_WORDS else " ".join(parts[:CUE_WORDS]) + " …"


def _verify_span(span: Record, start: int, end: int, unit: Unit, page: Page) -> Iterator[G7kgError]:
    first, last = span.text("firstWords") or "", span.text("lastWords")
    cues = Cues(first, last, span.text("prefix"))
    words = unit.text[start:end]
    for key in ("prefix", "firstWords", "lastWords"):
        cue = span.text(key) or ""
        if len(cue.split()) > CUE_WORDS:
            hint = f"keep to {CUE_WORDS} words"
            yield MappingError(f"{key} has {len(cue.split())} words", location=_locate(span, key), hint=hint)
    if not words.startswith(first):
        yield _cue_error(span, "firstWords", unit, first)
    elif not _ends_with(words, last or first):
        yield _cue_error(span, "lastWords" if last else "end", unit, last or first)
    elif _cuts_word(unit.text, start) or _cuts_word(unit.text, end):
        yield MappingError("the span cuts a word in two", location=_locate(span, "start"), hint="correct start and end")
    elif not cues.lead_to(page.text, page.offsets[unit.id] + start, page.offsets[unit.id] + end):
        message = "the cue words fit another place of the document first"
        hint = "take other words, or add a prefix: the words just before the span"
        yield MappingError(message, location=_locate(span, "firstWords"), hint=hint)


def _cue_error(span: Record, key: str, unit: Unit, cue: str) -> G7kgError:
    places = [match.start() for match in re.finditer(re.escape(cue), unit.text)]
    if not places:
        hint = f"the words are not in {unit.id} at all; copy them from the text"
    else:
        hint = "in the text they begin at " + ", ".join(map(str, places)) + f" and have {len(cue)} characters"
    message = f"the span does not {'begin' if key == 'firstWords' else 'end'} with “{cue}”"
    return MappingError(message, location=_locate(span, key), hint=hint)


def _ends_with(words: str, cue: str) -> bool:
    position = words.rfind(cue)
    return position >= 0 and bool(_PUNCTUATION.fullmatch(words[position + len(cue) :]))


def _cuts_word(text: str, position: int) -> bool:
    return bool(re.search(r"\w\w", text[max(position - 1, 0) : position + 1])) and 0 < position < len(text)


def _locate(record: Record, key: str) -> Location:
    return next((entry.location for entry in record.entries if entry.key == key), record.location)
