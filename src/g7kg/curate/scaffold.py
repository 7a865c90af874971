"""The skeleton of a mapping, made from a text: units, digests, one statement with its span for every sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from g7kg.mapping.context import CONTEXT_IRI
from g7kg.mapping.values import TODO
from g7kg.rdf.vocab import IDENTIFIERS
from g7kg.texts import (
    NORMALISATION,
    Source,
    Unit,
    choose_cues,
    digest_text,
    segment,
    segment_catalogue,
    split_sentences,
)

_HEAD = """\
# The skeleton of a mapping. Write something for every {todo}; see docs/mappings.md.
"@context": [{context}, {{"@base": {base}{slug}/}}]
"@graph":
  - id: doc:{slug}
    type: {type}
    title: {title}
    language: en
    sourceDigest: {digest}
    normalisation: {normalisation}
    publication: https://example.org/{todo}
    speaker: organisation:{todo}
"""


@dataclass(frozen=True)
class _Page:
    """The text as a reader of the whole document sees it, and where each unit begins in it."""

    text: str
    offsets: dict[str, int]


def scaffold_mapping(source: Source, slug: str, *, catalogue: bool = False) -> str:
    """Return the skeleton of the mapping of ``source``, as YAML, for the document ``slug``.

    ``catalogue``: the text is a page of entries, not a declaration.
    """
    units = segment_catalogue(source.text) if catalogue else segment(source.text)
    parts = [unit for unit in units if unit.kind not in {"front", "back"}]
    head = _HEAD.format(
        todo=TODO,
        context=CONTEXT_IRI,
        base=IDENTIFIERS,
        slug=slug,
        type="Catalogue" if catalogue else "Declaration",
        title=_quote(next((unit.text for unit in units if unit.kind == "front"), TODO)),
        digest=source.sha256,
        normalisation=NORMALISATION,
    )
    if catalogue:
        head += f"    modified: {TODO}\n"
    page = _join(parts)
    lines = (line for order, unit in enumerate(parts, 1) for line in _part_lines(unit, order, slug, page))
    return head + "\n".join(lines) + "\n"


def _join(units: Sequence[Unit]) -> _Page:
    offsets: dict[str, int] = {}
    length = 0
    for unit in units:
        offsets[unit.id] = length
        length += len(unit.text) + 1
    return _Page("\n".join(unit.text for unit in units), offsets)


def _part_lines(unit: Unit, order: int, slug: str, page: _Page) -> Iterator[str]:
    type_ = {"entry": "CatalogueEntry"}.get(unit.kind, unit.kind.capitalize())
    yield from ("", f"  - id: {unit.id}", f"    type: {type_}")
    if unit.kind in {"section", "annex", "entry"}:
        yield f"    title: {_quote(unit.marker if unit.kind == 'entry' else unit.text)}"
    if unit.kind == "entry":
        yield f"    describes: instrument:{TODO}"
    if unit.kind in {"paragraph", "annex"} and unit.marker:
        yield f"    number: {_quote(unit.marker.split()[-1].rstrip('.)'))}"
    yield from (f"    order: {order}", f"    partOf: {unit.parent or f'doc:{slug}'}")
    if unit.kind not in {"section", "annex"}:
        yield from _word_lines(unit, page)


def _word_lines(unit: Unit, page: _Page) -> Iterator[str]:
    sentences = split_sentences(unit.text)
    yield f"    digest: {digest_text(unit.text)}"
    yield f"    length: {len(unit.text)}"
    yield f"    sentenceEnd: [{', '.join(str(end) for _, end in sentences)}]"
    yield "    statements:"
    for number, (start, end) in enumerate(sentences, 1):
        id_ = f"{unit.id}/s{number}"
        yield f"      - id: {id_}"
        yield f"        speechAct: {TODO}"
        yield f"        gist: {TODO}"
        yield f"        span: {{id: {id_}/span, {_cue_keys(unit, start, end, page)}, start: {start}, end: {end}}}"
        yield f"        topic: {TODO}"


def _cue_keys(unit: Unit, start: int, end: int, page: _Page) -> str:
    offset = page.offsets[unit.id]
    cues = choose_cues(page.text, offset + start, offset + end)
    if cues is None:
        return f"firstWords: {TODO}"
    keys = {"prefix": cues.prefix, "firstWords": cues.first, "lastWords": cues.last}
    return ", ".join(f"{key}: {_quote(words)}" for key, words in keys.items() if words)


def _quote(text: str) -> str:
    """Return ``text`` as a double-quoted YAML scalar, of which a JSON string is one form."""
    return json.dumps(text, ensure_ascii=False)
