"""Mapping files in one form: keys in their order, indentation, blank lines; comments and quotes stay as they are."""

import io
import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.tokens import CommentToken

from g7kg.curate.drafts import Draft, parse_draft, walk_scalars
from g7kg.errors import MappingError
from g7kg.mapping.context import Forms
from g7kg.mapping.nodes import Scalar

_FIRST: Final = ("id", "type", "title", "label", "altLabel")
"""The keys that come first in an entry of any type."""

_WIDEST: Final = 1 << 20


def format_draft(draft: Draft, forms: Forms) -> str:
    """Return the text of ``draft`` in the one form; formatted again it stays the same.

    Keys stand in the order of ``forms``, but stay where comments have lines of their own in or behind the entry. Raises
    ``MappingError`` if a value would become another one, which is to be written in quotes.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDEST
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    root = yaml.load(draft.text)
    for entry in root["@graph"]:
        types = entry.get("type", ())
        _order_keys(entry, [types] if isinstance(types, str) else types, forms)
    written = io.StringIO()
    yaml.dump(root, written)
    text = _space(written.getvalue())
    text = text.replace("\n", "\r\n") if "\r\n" in draft.text else text
    _check_same(draft, parse_draft(draft.path, draft.name, text))
    return text


def _order_keys(entry: CommentedMap, types: Iterable[str], forms: Forms) -> None:
    """Put the keys of ``entry``, which is of ``types``, and of the entries in it into their order."""
    stated = (key for type_ in types if type_ in forms.types for key in forms.types[type_].keys)
    order = list(dict.fromkeys((*_FIRST, *stated)))
    keys = sorted(entry, key=lambda key: order.index(key) if key in order else len(order))
    if keys != list(entry) and not _has_comments(entry):
        for key in keys:
            entry.move_to_end(key)
    for key, nested in forms.nested.items():
        items = entry.get(key, ())
        for item in [items] if isinstance(items, CommentedMap) else items:
            if isinstance(item, CommentedMap):
                _order_keys(item, [nested], forms)


def _has_comments(node: object) -> bool:
    """Whether ``node`` has comments on lines of their own; ruamel.yaml has them with what stands before."""
    if not isinstance(node, (CommentedMap, CommentedSeq)):
        return False
    tokens = [node.ca.comment or (), *node.ca.items.values()]
    texts = [token.value for token in _flatten(tokens)]
    inner = node.values() if isinstance(node, CommentedMap) else node
    return any("#" in text.partition("\n")[2] for text in texts) or any(map(_has_comments, inner))


def _flatten(tokens: Iterable[object]) -> Iterator[CommentToken]:
    for token in tokens:
        if isinstance(token, CommentToken):
            yield token
        elif isinstance(token, (list, tuple)):
            yield from _flatten(token)


def _space(text: str) -> str:
    """Return ``text`` with one blank line before each entry of the list but the first, and none elsewhere."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    head = lines.index('"@graph":') if '"@graph":' in lines else 0
    spaced = lines[: head + 1] + list(_space_entries(lines[head + 1 :]))
    return "\n".join(spaced) + "\n"


def _space_entries(lines: Iterable[str]) -> Iterator[str]:
    comments: list[str] = []
    first = True
    for line in lines:
        if re.match(r"  #", line):
            comments.append(line)
            continue
        if line.startswith("  - ") and not first:
            yield ""
        first = first and not line.startswith("  - ")
        yield from comments
        comments.clear()
        yield line
    yield from comments


def _check_same(draft: Draft, other: Draft) -> None:
    old, new = (sorted(_list_values(one), key=lambda value: value[:2]) for one in (draft, other))
    for one, two in zip_longest(old, new):
        if one is None or two is None or one[:3] != two[:3]:
            place = (one or two)[3]
            raise MappingError("formatting would change this", location=place.location, hint="write it in quotes")


def _list_values(draft: Draft) -> Iterator[tuple[str, str, bool, Scalar]]:
    for entry in draft.entries:
        for key, scalar in walk_scalars(entry):
            yield key, scalar.text, scalar.plain, scalar
