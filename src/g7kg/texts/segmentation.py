"""A declaration's text to its units: front matter, headings, paragraphs, bullets, annexes, back matter."""

import re
from collections.abc import Iterator, Sequence

from g7kg.texts.blocks import HAS_WORDS, Block, count_title, raise_headings
from g7kg.texts.markdown import is_markdown, read_front_matter, read_markdown
from g7kg.texts.naming import name_units
from g7kg.texts.normalisation import normalise
from g7kg.texts.plain import read_plain
from g7kg.texts.units import Kind, Unit

_END = re.compile(r"(?:#\s*)+")


def segment(text: str) -> tuple[Unit, ...]:
    """Return the units of a declaration in reading order; their markers and texts hold every word of ``text``.

    Of Markdown they hold every word that a reader of the page sees: neither marks nor front matter but its title.
    """
    if is_markdown(text):
        title = normalise(str(read_front_matter(text).get("title") or ""))
        return tuple(_segment_blocks(read_markdown(text), title))
    return tuple(_segment_blocks(read_plain(text), ""))


def _segment_blocks(blocks: Sequence[Block], title: str) -> Iterator[Unit]:
    start = count_title(blocks, title)
    end = next((index for index, block in enumerate(blocks) if _END.fullmatch(block.text)), len(blocks))
    if title:
        yield Unit("front", "front", None, "", title, (1, blocks[start - 1].lines[1] if start else 1))
    elif start:
        yield _join("front", blocks[:start])
    yield from name_units(raise_headings([block for block in blocks[start:end] if HAS_WORDS.search(block.text)]))
    if end < len(blocks):
        yield _join("back", blocks[end:])


def _join(kind: Kind, blocks: Sequence[Block]) -> Unit:
    words = normalise("\n".join(block.text for block in blocks))
    return Unit(kind, kind, None, "", words, (blocks[0].lines[0], blocks[-1].lines[1]))
