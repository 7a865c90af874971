"""Pointers against words: whether a document's mapping says of its structure and spans what its text says.

A span is locked twice: by the digest of its part's text and by cue words. Its cue words must also lead a reader of the
official publication to the same place (Text Fragments, https://wicg.github.io/scroll-to-text-fragment/).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import Literal

from g7kg.errors import G7kgError, Location, MappingError
from g7kg.mapping.reader import MappingFile
from g7kg.mapping.records import Record
from g7kg.texts import (
    CUE_WORDS,
    NORMALISATION,
    Cues,
    Source,
    Unit,
    digest_text,
    segment,
    segment_catalogue,
    split_sentences,
)

_PUNCTUATION = re.compile(r"[^\w\s]*")


@dataclass(frozen=True)
class VerifiedDocument:
    """A document whose words were at hand: its record, its units by identifier, its text as a reader sees it.

    ``offsets`` gives for each unit where its text begins in ``text``.
    """

    record: Record
    units: Mapping[str, Unit]
    text: str
    offsets: Mapping[str, int]

    @cached_property
    def folded(self) -> str:
        """Its words in lower case, without punctuation."""
        return " ".join(re.findall(r"\w+", self.text.lower()))


def match_documents(
    files: Iterable[MappingFile], sources: Mapping[str, Source]
) -> Iterator[tuple[MappingFile, VerifiedDocument]]:
    """Yield each mapping file whose document is among ``sources`` (by SHA-256), with the document."""
    for file in files:
        for record in file.records:
            source = sources.get(record.text("sourceDigest") or "")
            if source:
                yield file, _read_document(record, source)


def verify_document(file: MappingFile, document: VerifiedDocument) -> Iterator[G7kgError]:
    """Yield an error for everything in ``file`` that the document's words do not bear out."""
    stated = (document.record.text("normalisation") or "").rpartition("/")[2]
    if stated != NORMALISATION:
        location, hint = _locate(document.record, "normalisation"), f"this program knows {NORMALISATION}"
        yield MappingError(f"the normalisation {stated} is not implemented", location=location, hint=hint)
    parts = {record.id.value: record for record in file.records if record is not document.record}
    for missing in document.units.keys() - parts.keys():
        yield _missing_part(document, document.units[missing])
    for iri, record in parts.items():
        unit = document.units.get(iri)
        if unit is None:
            yield MappingError("the document has no such part", location=record.location, hint="remove the entry")
        else:
            yield from _verify_part(record, unit, list(document.units).index(iri) + 1)
            yield from _verify_statements(record, iri, unit, document)


def _read_document(record: Record, source: Source) -> VerifiedDocument:
    cut = segment_catalogue if record.type == "Catalogue" else segment
    units = {f"{record.id.value}/{unit.id}": unit for unit in cut(source.text) if unit.kind not in {"front", "back"}}
    offsets: dict[str, int] = {}
    length = 0
    for iri, unit in units.items():
        offsets[iri] = length
        length += len(unit.text) + 1
    return VerifiedDocument(record, units, "\n".join(unit.text for unit in units.values()), offsets)


def _missing_part(document: VerifiedDocument, unit: Unit) -> G7kgError:
    return MappingError(
        f"the mapping has no entry for {unit.kind} {unit.id}",
        location=document.record.location,
        hint="add an entry for it",
    )


def _verify_part(record: Record, unit: Unit, order: int) -> Iterator[G7kgError]:
    """Compare what the mapping says of a part with its unit; a key that the form lacks is not compared."""
    expected: dict[str, str | None] = {"order": str(order)}
    if unit.kind in {"paragraph", "bullet", "entry"}:
        expected |= {"digest": digest_text(unit.text), "length": str(len(unit.text))}
        expected["sentenceEnd"] = ", ".join(str(end) for _, end in split_sentences(unit.text))
    else:
        expected["title"] = unit.text
    if unit.kind == "entry":
        expected["title"] = unit.marker
    if unit.kind == "paragraph":
        expected["number"] = unit.marker.rstrip(".)") or None
    for key, value in expected.items():
        stated = ", ".join(value.value for value in record.values(key)) or None
        if stated != value:
            yield MappingError(
                f"the text gives {key} {value or 'none'}, not {stated or 'none'}, for {unit.kind} {unit.id}",
                location=_locate(record, key),
                hint="the words have changed: read the part again, then correct its entry and its spans",
            )


def _verify_statements(part: Record, iri: str, unit: Unit, document: VerifiedDocument) -> Iterator[G7kgError]:
    """Check the statements of a part: their spans, the words that they quote, gists, and that no word is left over."""
    covered: set[int] = set()
    for statement in part.records("statements"):
        yield from _verify_gist(statement, document)
        for span in statement.records("span"):
            yield from _verify_span(span, iri, unit, document)
            start, end = int(span.text("start") or 0), int(span.text("end") or 0)
            covered |= set(range(start, end))
            yield from _verify_quotations(statement, unit.text[start:end])
    if covered:
        yield from _find_gaps(part, unit, covered)


def _verify_gist(statement: Record, document: VerifiedDocument) -> Iterator[G7kgError]:
    """Yield an error if a gist has more than eight words in a row from its document: gists are our own words."""
    words = re.findall(r"\w+", (statement.text("gist") or "").lower())
    runs = (words[index : index + CUE_WORDS + 1] for index in range(len(words) - CUE_WORDS))
    copied = next((run for run in runs if " ".join(run) in document.folded), None)
    if copied:
        yield MappingError(
            f"the gist has more than {CUE_WORDS} words in a row from the text: “{' '.join(copied)}”",
            location=_locate(statement, "gist"),
            hint="say it in words of your own",
        )


def _verify_quotations(statement: Record, words: str) -> Iterator[G7kgError]:
    """Yield an error for every hedge, deadline and short form that the words of the span do not have."""
    quoted = [entry for entry in statement.entries if entry.key in {"hedge", "dueStated"}]
    quoted += [entry for record in statement.records("shortForms") for entry in record.entries if entry.key == "form"]
    for entry in quoted:
        if isinstance(entry.value, Literal) and entry.value.value.lower() not in words.lower():
            yield MappingError(
                f"the words of the span do not have the {entry.key} “{entry.value.value}”",
                location=entry.location,
                hint="copy it from the text",
            )


def _find_gaps(part: Record, unit: Unit, covered: set[int]) -> Iterator[G7kgError]:
    """Yield an error for every sentence that some statement covers, but not with all of its words."""
    for start, end in split_sentences(unit.text):
        places = range(start, end)
        left = [place for place in places if place not in covered and unit.text[place].isalnum()]
        if left and len(left) < sum(unit.text[place].isalnum() for place in places):
            yield MappingError(
                f"no statement covers characters {left[0]} to {left[-1] + 1} of {unit.id}:"
                f" “{_shorten(unit.text[left[0] : left[-1] + 1])}”",
                location=part.location,
                hint="widen a span, or add a statement",
            )


def _shorten(words: str) -> str:
    parts = words.split()
    return words if len(parts) <= CUE_WORDS else " ".join(parts[:CUE_WORDS]) + " …"


def _verify_span(span: Record, part: str, unit: Unit, document: VerifiedDocument) -> Iterator[G7kgError]:
    start, end = int(span.text("start") or 0), int(span.text("end") or 0)
    first, last = span.text("firstWords") or "", span.text("lastWords")
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
    elif not _read_cues(span).lead_to(document.text, document.offsets[part] + start, document.offsets[part] + end):
        yield MappingError(
            "the cue words fit another place of the document first",
            location=_locate(span, "firstWords"),
            hint="take other words, or add a prefix: the words just before the span",
        )


def _read_cues(span: Record) -> Cues:
    return Cues(span.text("firstWords") or "", span.text("lastWords"), span.text("prefix"))


def _cue_error(span: Record, key: str, unit: Unit, cue: str) -> G7kgError:
    places = [match.start() for match in re.finditer(re.escape(cue), unit.text)]
    if not places:
        hint = f"the words are not in {unit.id} at all; copy them from the text"
    else:
        hint = "in the text they begin at " + ", ".join(map(str, places)) + f" and have {len(cue)} characters"
    message = f"the span does not {'begin' if key == 'firstWords' else 'end'} with “{cue}”"
    return MappingError(message, location=_locate(span, key), hint=hint)


def _ends_with(words: str, cue: str) -> bool:
    """Whether ``words`` end with ``cue`` and nothing but punctuation after it."""
    position = words.rfind(cue)
    return position >= 0 and bool(_PUNCTUATION.fullmatch(words[position + len(cue) :]))


def _cuts_word(text: str, position: int) -> bool:
    return bool(re.search(r"\w\w", text[max(position - 1, 0) : position + 1])) and 0 < position < len(text)


def _locate(record: Record, key: str) -> Location:
    return next((entry.location for entry in record.entries if entry.key == key), record.location)
