"""Pointers against words: whether a document's mapping says of its structure and spans what its text says.

A span is locked twice: by the digest of its part's text and by cue words. Its cue words must also lead a reader of the
official publication to the same place (Text Fragments, https://wicg.github.io/scroll-to-text-fragment/).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from g7kg.errors import G7kgError, Location, MappingError
from g7kg.mapping import MappingFile, Record
from g7kg.texts import Source, Unit, digest_text, segment, segment_catalogue, split_sentences

CUE_WORDS: Final = 8
"""The most words that a cue phrase may have."""

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
    parts = {record.id.value: record for record in file.records if record is not document.record}
    for missing in document.units.keys() - parts.keys():
        yield _missing_part(document, document.units[missing])
    for iri, record in parts.items():
        unit = document.units.get(iri)
        if unit is None:
            yield MappingError("the document has no such part", location=record.location, hint="remove the entry")
        else:
            yield from _verify_part(record, unit, list(document.units).index(iri) + 1)
            for statement in record.records("statements"):
                for span in statement.records("span"):
                    yield from _verify_span(span, iri, unit, document)


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
    elif not _is_unambiguous(span, document.text, document.offsets[part] + start, document.offsets[part] + end):
        yield MappingError(
            "the cue words fit another place of the document first",
            location=_locate(span, "firstWords"),
            hint="take other words, or add a prefix: the words just before the span",
        )


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


def _is_unambiguous(span: Record, text: str, start: int, end: int) -> bool:
    """Whether a text fragment of the cue words selects just ``start`` to ``end``: first match of each, in order."""
    prefix, first, last = (span.text(key) for key in ("prefix", "firstWords", "lastWords"))
    opening = re.compile(
        (rf"{re.escape(prefix)}\s+" if prefix else "") + rf"(?P<first>(?<!\w){re.escape(first or '')})", re.IGNORECASE
    )
    found = opening.search(text)
    if not found or found.start("first") != start:
        return False
    if not last:
        return True
    closing = re.compile(rf"{re.escape(last)}(?!\w)", re.IGNORECASE).search(text, found.end())
    return closing is not None and bool(_PUNCTUATION.fullmatch(text[closing.end() : end])) and closing.end() <= end


def _locate(record: Record, key: str) -> Location:
    return next((entry.location for entry in record.entries if entry.key == key), record.location)
