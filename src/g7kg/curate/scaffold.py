"""The skeleton of a mapping, made from a text: units, digests, one statement with its span for every sentence."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from g7kg.curate.spans import quote, write_fact, write_span
from g7kg.errors import Location, MappingError, TextError
from g7kg.mapping.context import CONTEXT_IRI
from g7kg.mapping.values import TODO
from g7kg.rdf.vocab import IDENTIFIERS, KINDS
from g7kg.texts.cues import choose_cues
from g7kg.texts.dates import read_date
from g7kg.texts.facts import tell_part, tell_whole
from g7kg.texts.files import read_text
from g7kg.texts.kinds import DocumentKind
from g7kg.texts.markdown import read_front_matter
from g7kg.texts.normalisation import NORMALISATION, normalise
from g7kg.texts.sentences import split_sentences
from g7kg.texts.sources import Source
from g7kg.texts.units import WORDED, Page, Unit, join_units

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ADDRESS_KEYS = ("source_url", "url", "source", "link", "permalink", "canonical")
_DATE_WORDS = 8
"""A line of place and date has no more words."""


def check_new(source: Source, slug: str, mappings: Path) -> None:
    """Raise an error if ``source`` cannot be mapped as ``slug``: no words, no slug, or mapped in ``mappings`` already.

    An empty file is no mapping: a shell makes one before the skeleton is written into it.
    """
    location = Location(str(source.path))
    if not re.search(r"\w", source.text):
        raise TextError("the text has no words", location=location, hint="give the document as text")
    if re.match(r"\s*<(?:!doctype|html)\b", source.text, re.IGNORECASE):
        raise TextError("this is HTML", location=location, hint="save the page as text, or as Markdown")
    if not _SLUG.fullmatch(slug) or slug in KINDS:
        hint = "take small letters, digits and single hyphens, such as kananaskis-2025"
        raise MappingError(f"“{slug}” cannot name a document", hint=hint)
    for path in sorted(mappings.glob("*.yaml")):
        mapping = read_text(path)
        if f"sourceDigest: {source.sha256}" in mapping:
            raise MappingError("this text is mapped already", location=path, hint="go on there")
        if re.search(rf"\bid: doc:{slug}\s*$", mapping, re.MULTILINE) or (path.stem == slug and mapping.strip()):
            hint = "take another slug, or go on there"
            raise MappingError(f"there is a document {slug} already", location=path, hint=hint)


def is_instrument(slug: str, mappings: Path) -> bool:
    """Whether the registry in ``mappings`` knows a document as the instrument ``slug`` already."""
    paths = (mappings / "registry").glob("*.yaml")
    return any(re.search(rf"\bid: instrument:{slug}\s*$", read_text(path), re.MULTILINE) for path in paths)


def scaffold_mapping(
    source: Source, slug: str, kind: DocumentKind, scope: Sequence[str] = (), *, instrument: bool = False
) -> str:
    """Return the skeleton of the mapping of ``source``, a document of ``kind``, as YAML, for the document ``slug``.

    ``scope`` names the parts that are to be mapped, by their ids ("h16", "p38") or the titles of their sections; it is
    the whole document if it is empty. ``instrument``: the document keeps the IRI that it has as an instrument. Raises
    ``TextError`` if a name in ``scope`` fits no part, or several.
    """
    units = kind.segment(source.text)
    parts = [unit for unit in units if unit.kind in kind.parts]
    names = [_find_part(name, parts, source) for name in scope]
    document = f"instrument:{slug}" if instrument else f"doc:{slug}"
    lines = list(_head_lines(source, document, kind, units))
    if names:
        size = (f"    {key}: {count}" for key, count in tell_whole(parts).items())
        lines += [f"    scope: [{', '.join(names)}]", *size]
    page = join_units(parts)
    chosen = _choose_parts(parts, names)
    for order, unit in enumerate(parts, 1):
        if unit.id in chosen:
            lines += _part_lines(unit, order, document, kind)
            above = next((one for one in parts if one.id == unit.parent and chosen.get(one.id)), None)
            lines += _statement_lines(unit, page, above) if chosen[unit.id] and unit.kind in WORDED else ()
    return "\n".join(lines) + "\n"


def _head_lines(source: Source, document: str, kind: DocumentKind, units: Sequence[Unit]) -> Iterator[str]:
    fields = read_front_matter(source.text)
    title, day = _read_title(source.text, next((unit for unit in units if unit.kind == "front"), None))
    title = quote(title)
    prefix, _, slug = document.partition(":")
    known = prefix == "instrument"
    base = f"{IDENTIFIERS}{'instrument/' if known else ''}{slug}/"
    yield f"# The skeleton of a mapping. Write something for every {TODO}; see docs/mappings.md."
    yield f'"@context": [{CONTEXT_IRI}, {{"@base": {base}}}]'
    yield from ('"@graph":', f"  - id: {document}")
    yield f"    type: [{kind.name}, Instrument]" if known else f"    type: {kind.name}"
    yield f"    title: {title}"
    if known:
        yield f"    label: {title}"
    yield "    language: en"
    if stated := re.match(r"\d{4}-\d\d-\d\d", str(fields.get("date"))):
        yield f"    issued: {stated.group()}"
    elif day:
        yield f"    issued: {day} # as printed below the title"
    yield from (f"    sourceDigest: {source.sha256}", f"    normalisation: {NORMALISATION}")
    yield f"    publication: {_find_publication(fields)}"
    yield f"    speaker: organisation:{TODO}"
    yield from (f"    {key}: {TODO}" for key in kind.keys)


def _read_title(text: str, front: Unit | None) -> tuple[str, str]:
    """Return the title that ``front`` is, without the lines of place and date, and that date (ISO), or nothing."""
    if front is None:
        return TODO, ""
    title, day = front.text, ""
    for line in text.splitlines()[slice(front.lines[0] - 1, front.lines[1])]:
        words = normalise(line.strip(" #*_"))
        if (found := read_date(words)) and len(words.split()) <= _DATE_WORDS and words != front.text:
            title, day = normalise(title.replace(words, "")), found
    return title, day


def _find_publication(fields: Mapping[str, Any]) -> str:
    """Return the address that front matter gives, under one of the usual keys."""
    found = (str(fields.get(key, "")) for key in _ADDRESS_KEYS)
    return next((value for value in found if value.startswith(("http://", "https://"))), f"https://example.org/{TODO}")


def _find_part(name: str, parts: Sequence[Unit], source: Source) -> str:
    wanted = name.strip().casefold()
    found = [unit.id for unit in parts if wanted == unit.id]
    found = found or [unit.id for unit in parts if unit.kind in {"section", "annex"} and wanted == unit.text.casefold()]
    if len(found) == 1:
        return found[0]
    problem = f"{len(found)} parts are called {name}: {', '.join(found)}" if found else f"no part is called {name}"
    titles = ", ".join(f"{unit.id} {unit.text}" for unit in parts if unit.kind in {"section", "annex"})
    hint = f"give its id; sections: {titles}" if titles else "the text has no sections; give ids such as p3"
    raise TextError(problem, location=source.path, hint=hint)


def _choose_parts(parts: Sequence[Unit], names: Sequence[str]) -> dict[str, bool]:
    """Return the ids of the parts that get an entry, and whether with statements.

    Those are the named parts with all below them; what is above them has an entry only.
    """
    parents = {unit.id: unit.parent for unit in parts}
    chosen: dict[str, bool] = {}
    for unit in parts:
        path = [unit.id]
        while above := parents[path[-1]]:
            path.append(above)
        if not names or not set(path).isdisjoint(names):
            chosen |= dict.fromkeys((id_ for id_ in path if id_ not in chosen), False) | {unit.id: True}
    return chosen


def _part_lines(unit: Unit, order: int, document: str, kind: DocumentKind) -> Iterator[str]:
    yield from ("", f"  - id: {unit.id}", f"    type: {kind.parts[unit.kind]}")
    facts = {key: f"    {key}: {write_fact(key, value)}" for key, value in tell_part(unit, order).items()}
    if "title" in facts:
        yield facts.pop("title")
    if unit.kind == "entry":
        yield f"    describes: instrument:{TODO}"
    if unit.number:
        yield f"    number: {quote(unit.number)}"
    yield from (facts.pop("order"), f"    partOf: {unit.parent or document}", *facts.values())


def _statement_lines(unit: Unit, page: Page, above: Unit | None) -> Iterator[str]:
    """Yield the lines of a statement for every sentence of ``unit``, which may be an item that ``above`` introduces."""
    whole = above.text if above and unit.kind == "bullet" and above.text.endswith(":") else ""
    yield "    statements:"
    for number, (start, end) in enumerate(split_sentences(unit.text), 1):
        id_ = f"{unit.id}/s{number}"
        yield f"      - id: {id_}"
        yield f"        speechAct: {TODO}"
        yield f"        gist: {TODO}"
        cues = choose_cues(page.text, page.offsets[unit.id] + start, page.offsets[unit.id] + end)
        if not cues:
            yield "        # no cue words lead here alone: cut the sentence into two statements"
        yield f"        span: {write_span(f'{id_}/span', cues, start, end)}"
        yield f"        topic: {TODO}"
        if above and whole:
            yield f"        partOf: {above.id}/s{len(split_sentences(whole))}"
