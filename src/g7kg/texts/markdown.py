"""A document in Markdown to blocks: CommonMark, as https://spec.commonmark.org/ says, with front matter in YAML.

Two things of the web's Markdown are read as their authors meant them: a hard break behind the end of a sentence ends a
paragraph, and so does a line of no-break spaces; a line that is wholly bold or italic is a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from g7kg.texts.blocks import Block, is_heading
from g7kg.texts.lines import BULLET, LETTER
from g7kg.texts.normalisation import normalise

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[^\S\n]*\n(?P<yaml>.*?\n)(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.DOTALL)
_SIGNS = re.compile(r"^(?:#{1,6}\s+[^\s#]|\d+\\[.)]|\\[#*])|\*\*[^\s*][^*]*\*\*|\]\(https?://", re.MULTILINE)
_CLOSED = re.compile(r"[.?!:;][\"”’)]*$")
_ENCLOSED = re.compile(r"(\*+)[^*]+\1$")
_KEPT = "\ue000"  # a private character that stands for an asterisk that is one, while marks are taken out
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_STYLES = ("h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "capitals")


@dataclass(frozen=True)
class _Row:
    """A line of a paragraph without its marks. ``style``: how the whole line is set; ``breaks``: it ends by design."""

    number: int
    text: str
    style: str
    breaks: bool


def is_markdown(text: str) -> bool:
    """Whether ``text`` is Markdown: it has front matter, or lines that only Markdown has."""
    return bool(_FRONT_MATTER.match(text) or _SIGNS.search(text))


def read_front_matter(text: str) -> Mapping[str, Any]:
    """Return the fields of the front matter of ``text``, keys in small letters; none if it is no YAML mapping."""
    match = _FRONT_MATTER.match(text)
    import yaml  # noqa: PLC0415 - what reads no front matter, the server above all, does not load it

    try:
        fields = yaml.safe_load(match["yaml"]) if match else {}
    except (yaml.YAMLError, RecursionError):
        return {}
    return {str(key).lower(): value for key, value in fields.items()} if isinstance(fields, dict) else {}


def measure_front_matter(text: str) -> int:
    """Return how many lines of ``text`` are front matter."""
    match = _FRONT_MATTER.match(text)
    return match.group().count("\n") if match else 0


def read_markdown(text: str) -> tuple[Block, ...]:
    """Return the blocks of ``text`` in reading order, without its front matter."""
    return tuple(_rank(_read_tokens(_parse(text), measure_front_matter(text) + 1)))


def find_stray_marks(text: str) -> list[int]:
    """Return the first lines of the paragraphs of ``text`` that have an asterisk which marks nothing."""
    first = measure_front_matter(text) + 1
    inline = [token for token in _parse(text) if token.type == "inline"]
    stray = [any(child.type == "text" and "*" in child.content for child in token.children or []) for token in inline]
    return [first + (token.map or [0])[0] for token, found in zip(inline, stray, strict=True) if found]


def _parse(text: str) -> list[Token]:
    """Return the tokens of ``text`` behind its front matter; indented text is text, and so are lines of HTML."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - most runs read no text in Markdown

    match = _FRONT_MATTER.match(text)
    parser = MarkdownIt("commonmark").disable(["code", "html_block"])
    parser.disable("text_join")  # so that an escaped mark is told from one that has no partner
    return parser.parse(text[match.end() :] if match else text)


@dataclass
class _Item:
    """A list that is open: its kind, and the marker of its item until the item's first words have taken it."""

    ordered: bool
    marker: str = ""


def _read_tokens(tokens: Iterable[Token], first_line: int) -> list[tuple[str, Block]]:
    blocks: list[tuple[str, Block]] = []
    lists: list[_Item] = []
    level = ""
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            lists.append(_Item(token.type == "ordered_list_open"))
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            lists.pop()
        elif token.type == "list_item_open":
            lists[-1].marker = token.info + token.markup
        elif token.type in {"heading_open", "heading_close"}:
            level = token.tag if token.type == "heading_open" else ""
        elif token.type == "inline":
            rows = _read_rows(token, first_line, level)
            _add(blocks, _group_rows(rows), lists)
    return blocks


def _add(blocks: list[tuple[str, Block]], pieces: Iterable[Sequence[_Row]], lists: Sequence[_Item]) -> None:
    """Add the blocks that ``pieces`` are, inside the open ``lists``: an item's first words, or more of an item."""
    item = lists[-1] if lists else _Item(ordered=True)
    plain = not item.ordered or len(lists) > 1
    for rows in pieces:
        style, block = _make_block(rows)
        if item.marker and plain:
            block = replace(block, kind="bullet", marker=block.marker or item.marker)
        elif item.marker:
            block = replace(block, text=f"{item.marker} {block.text}", listed=True)
        elif plain and blocks:
            style, before = blocks.pop()
            block = replace(before, text=f"{before.text} {block.text}", lines=(before.lines[0], block.lines[1]))
        item.marker = ""
        blocks.append((style, block))


def _read_rows(token: Token, first_line: int, level: str) -> list[_Row]:
    rows: list[_Row] = []
    chunks: list[tuple[str, str]] = []
    depth = {"strong": 0, "em": 0}
    number = first_line + (token.map[0] if token.map else 0)
    for child in token.children or []:
        name, _, end = child.type.rpartition("_")
        if name in depth:
            depth[name] += 1 if end == "open" else -1
        elif child.type in {"softbreak", "hardbreak"} or _BREAK.fullmatch(child.content):
            rows.append(_make_row(number, chunks, breaks=child.type != "softbreak"))
            chunks, number = [], number + (child.type != "html_inline")
        elif child.type not in {"html_inline", "image"}:
            text = child.content if child.type == "text" else child.content.replace("*", _KEPT)
            chunks.append((text, level or next((style for style, open_ in depth.items() if open_), "")))
    return [*rows, _make_row(number, chunks, breaks=False)]


def _make_row(number: int, chunks: Sequence[tuple[str, str]], *, breaks: bool) -> _Row:
    """Return the row that ``chunks`` of text and style make; a mark without partner in Markdown's rules is taken out.

    A row between two such marks ("**Title **") is set as its author meant it.
    """
    text = "".join(text for text, _ in chunks).strip()
    styles = {style for text, style in chunks if text.strip(" \u00a0*")}
    style = styles.pop() if len(styles) == 1 else ""
    enclosed = _ENCLOSED.match(text)
    if enclosed and not style:
        style = "strong" if len(enclosed[1]) > 1 else "em"
    return _Row(number, text.replace("*", "").replace(_KEPT, "*").strip(), style, breaks)


def _group_rows(rows: Sequence[_Row]) -> list[list[_Row]]:
    """Cut the rows of one Markdown paragraph into pieces; rows without words separate pieces and are left out."""
    pieces: list[list[_Row]] = [[]]
    for row in rows:
        if not row.text:
            pieces.append([])
        elif pieces[-1] and _opens_piece(pieces[-1], row):
            pieces.append([row])
        else:
            pieces[-1].append(row)
    return [piece for piece in pieces if piece]


def _opens_piece(piece: Sequence[_Row], row: _Row) -> bool:
    last = piece[-1]
    closed, opens = bool(_CLOSED.search(last.text)), not row.text[:1].islower()
    heads = bool(last.style) and row.style != last.style and is_heading(_join(piece), styled=True)
    heads = heads and all(other.style == last.style for other in piece)
    headed = bool(row.style) and row.style != last.style and closed
    bulleted = bool(BULLET.match(row.text)) and (closed or bool(BULLET.match(piece[0].text)))
    return bulleted or (opens and (heads or headed or (last.breaks and closed)))


def _join(rows: Sequence[_Row]) -> str:
    return normalise("\n".join(row.text for row in rows))


def _make_block(rows: Sequence[_Row]) -> tuple[str, Block]:
    text, lines = _join(rows), (rows[0].number, rows[-1].number)
    styles = {row.style for row in rows}
    style = styles.pop() if len(styles) == 1 else ""
    bullet = BULLET.match(text) or LETTER.match(text)
    if bullet:
        return style, Block("bullet", text, lines, bullet.group().strip())
    kind: Literal["heading", "paragraph"] = "heading" if is_heading(text, styled=bool(style)) else "paragraph"
    return style or ("capitals" if text.isupper() else ""), Block(kind, text, lines)


def _rank(blocks: Sequence[tuple[str, Block]]) -> Iterator[Block]:
    """Yield the blocks, the headings ranked by their styles: those of Markdown, then bold, italic, capitals.

    A heading without any style ranks highest: on the web it is one whose mark was lost.
    """
    used = [style for style in _STYLES if any(style == own for own, block in blocks if block.kind == "heading")]
    for style, block in blocks:
        yield replace(block, rank=used.index(style)) if block.kind == "heading" and style else block
