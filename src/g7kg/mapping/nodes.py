"""YAML to nodes that know where they stand.

Every scalar stays the string that was written: what it means is decided by the form that it stands in, so that ``NO``,
``on``, ``12:30`` and ``2024-12-31`` are what the curator typed. Anchors, aliases and tags are refused; they would make
an entry depend on another place in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from g7kg.errors import G7kgError, Location, MappingError
from g7kg.texts.files import read_text

MOST_BYTES: Final = 8 << 20
_MOST_NODES: Final = 500_000
"""As many as a file of that size has, if people write it; each takes some hundred bytes of memory."""

_DEEPEST: Final = 32

_TOO_DEEP: Final = "exceeded maximum nesting depth"
"""What libyaml says from 0.2.6 on where it has looked a thousand levels ahead of the events that it gives."""


Extent = tuple[int, int]
"""Where a node begins and ends in the text of its file, in characters, end exclusive."""


@dataclass(frozen=True)
class Scalar:
    """A scalar as written; ``plain`` if without quotes and not as a block."""

    text: str
    location: Location
    extent: Extent
    plain: bool


@dataclass(frozen=True)
class Items:
    """A sequence of nodes."""

    nodes: tuple[Node, ...]
    location: Location
    extent: Extent


@dataclass(frozen=True)
class Fields:
    """A mapping from keys to nodes, in the order of the file."""

    pairs: tuple[tuple[Scalar, Node], ...]
    location: Location
    extent: Extent

    def get(self, key: str) -> Node | None:
        """Return what stands under ``key``, or ``None``."""
        return next((value for name, value in self.pairs if name.text == key), None)


Node = Scalar | Items | Fields


def list_items(node: Node | None) -> tuple[Node, ...]:
    """Return what a key has: several values, one, or none."""
    if node is None:
        return ()
    return node.nodes if isinstance(node, Items) else (node,)


def read_yaml(path: Path, name: str) -> tuple[Node, list[G7kgError]]:
    """Return the node tree of the YAML file ``path``, as ``parse_yaml`` does; ``MappingError`` if it is not UTF-8."""
    return parse_yaml(read_text(path, MappingError, name, MOST_BYTES), name)


def parse_yaml(text: str, name: str) -> tuple[Node, list[G7kgError]]:
    """Return the node tree of ``text``, of a YAML file that messages call ``name``, and the duplicate keys in it.

    Raises ``MappingError`` where it is not YAML, is empty, or uses anchors, aliases or tags.
    """
    try:
        _refuse_marks(text, name)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        if error.problem == _TOO_DEEP and error.problem_mark:
            _refuse_marks(text[: error.problem_mark.index], name)  # the reader looks ahead; the place is before it
        raise _syntax_error(error, name) from error
    except yaml.YAMLError as error:
        raise MappingError(f"this is not YAML: {error}", location=Location(name)) from error
    if root is None:
        raise MappingError("the file is empty", location=Location(name, 1), hint="it needs @context and @graph")
    problems: list[G7kgError] = []
    return _convert(root, name, problems), problems


def _refuse_marks(text: str, name: str) -> None:
    """Raise ``MappingError`` at the first anchor, alias or explicit tag, and where there are too many or deep nodes."""
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
        mark = event.start_mark
        location = Location(name, mark.line + 1, mark.column + 1) if mark else Location(name)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise MappingError(f"this is nested more than {_DEEPEST} levels deep", location=location, hint="flatten it")
        if number > _MOST_NODES:
            raise MappingError(f"there are more than {_MOST_NODES:,} values", location=location, hint="divide the file")
        if getattr(event, "anchor", None):
            raise MappingError("anchors and aliases are not read", location=location, hint="write the value out")
        if getattr(event, "tag", None):
            raise MappingError("tags are not read", location=location, hint="leave the tag out")


def _syntax_error(error: yaml.MarkedYAMLError, name: str) -> MappingError:
    mark = error.problem_mark or error.context_mark
    location = Location(name, mark.line + 1, mark.column + 1) if mark else Location(name)
    start = error.context_mark.line + 1 if error.context_mark else location.line
    colon = str(error.problem).startswith("mapping values")
    hint = "put a text that has a colon into quotes" if colon else f"check indentation and quotes from line {start} on"
    return MappingError(f"this is not YAML: {error.problem}", location=location, hint=hint)


def _convert(node: yaml.Node, name: str, problems: list[G7kgError]) -> Node:
    location = Location(name, node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        return _convert_fields(node, location, name, problems)
    if isinstance(node, yaml.SequenceNode):
        nodes = tuple(_convert(item, name, problems) for item in node.value)
        return Items(nodes, location, _measure(node, nodes))
    quoted = isinstance(node, yaml.ScalarNode) and node.style in {"'", '"', "|", ">"}
    return Scalar(str(node.value), location, _measure(node), plain=not quoted)


def _measure(node: yaml.Node, inner: Sequence[Node] = ()) -> Extent:
    """Return the extent of ``node``; a block ends with the last of what is ``inner``, not at the next token."""
    block = isinstance(node, yaml.CollectionNode) and not node.flow_style and inner
    return node.start_mark.index, inner[-1].extent[1] if block else node.end_mark.index


def _convert_fields(node: yaml.MappingNode, location: Location, name: str, problems: list[G7kgError]) -> Fields:
    pairs: list[tuple[Scalar, Node]] = []
    keys: dict[str, Location] = {}
    for key_node, value_node in node.value:
        key = _convert(key_node, name, problems)
        if not isinstance(key, Scalar):
            raise MappingError("a key must be a word", location=key.location, hint="quote it if it is meant as text")
        if key.text in keys:
            first = keys[key.text].line
            hint = f"it stands in line {first} already; keep one"
            problems.append(MappingError(f"the key “{key.text}” is given twice", location=key.location, hint=hint))
            continue
        keys[key.text] = key.location
        pairs.append((key, _convert(value_node, name, problems)))
    return Fields(tuple(pairs), location, _measure(node, [value for _, value in pairs]))
