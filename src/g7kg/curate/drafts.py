"""Mapping files at work: read as nodes, for they may be unfinished, and changed only where something has to change."""

import difflib
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from g7kg.errors import Location, MappingError, raise_problems
from g7kg.mapping.nodes import MOST_BYTES, Extent, Fields, Items, Node, Scalar, list_items, parse_yaml
from g7kg.texts.files import read_text

Edit = tuple[Extent, str]
"""A stretch of a file and what is to stand there."""


@dataclass(frozen=True)
class Draft:
    """A mapping file that may be unfinished: its path, the name that messages use, its text and its entries."""

    path: Path
    name: str
    text: str
    entries: tuple[Fields, ...]

    def change(self, edits: Iterable[Edit]) -> str:
        """Return the text with ``edits``, which do not overlap, those at one place in order; all else stays."""
        pieces: list[str] = []
        position = 0
        for (start, end), new in sorted(edits, key=lambda edit: edit[0]):
            pieces += [self.text[position:start], new]
            position = end
        return "".join(pieces) + self.text[position:]

    def compare(self, text: str) -> str:
        """Return a unified diff from the draft to ``text``; it is empty if they are the same."""
        lines = difflib.unified_diff(
            self.text.splitlines(), text.splitlines(), self.name, f"{self.name} (new)", n=0, lineterm=""
        )
        return "\n".join(lines)


def read_draft(path: Path, name: str) -> Draft:
    """Return the mapping file ``path``, which messages call ``name``.

    Raises ``MappingError`` or ``Problems`` if it is not YAML, or has no list of entries under ``@graph``.
    """
    return parse_draft(path, name, read_text(path, MappingError, name, MOST_BYTES))


def parse_draft(path: Path, name: str, text: str) -> Draft:
    """Return ``text`` as that of the mapping file ``path``; it fails as ``read_draft`` does."""
    root, problems = parse_yaml(text, name)
    raise_problems(problems)
    graph = root.get("@graph") if isinstance(root, Fields) else None
    entries = [entry for entry in list_items(graph) if isinstance(entry, Fields)]
    if not entries:
        raise MappingError("there are no entries under @graph", location=Location(name, 1), hint="see docs/mappings.md")
    return Draft(path, name, text, tuple(entries))


def read_drafts(folder: Path, root: Path) -> list[Draft]:
    """Return the mapping files below ``folder`` in the order of their paths, named relative to ``root``."""
    return [read_draft(path, str(path.relative_to(root))) for path in sorted(folder.rglob("*.yaml"))]


def write_draft(path: Path, text: str) -> None:
    """Put ``text`` into the file ``path``, all at once: whoever reads it finds the old text or the new one.

    Where lines end with carriage return and line feed, all do.
    """
    path = path.resolve()
    if "\r\n" in text:
        text = re.sub(r"(?<!\r)\n", "\r\n", text)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(text.encode())
    new = Path(file.name)
    new.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
    new.replace(path)


def list_fields(entry: Fields, key: str) -> list[Fields]:
    """Return the entries nested in ``entry`` under ``key``."""
    return [item for item in list_items(entry.get(key)) if isinstance(item, Fields)]


def list_texts(entry: Fields, key: str) -> list[str]:
    """Return the values of ``key`` in ``entry`` as they are written."""
    return [item.text for item in list_items(entry.get(key)) if isinstance(item, Scalar)]


def get_text(entry: Fields, key: str) -> str:
    """Return the first value of ``key`` in ``entry`` as it is written, or nothing."""
    return next(iter(list_texts(entry, key)), "")


def read_number(entry: Fields, key: str) -> int:
    """Return the whole number under ``key`` in ``entry``; 0 if there is none."""
    text = get_text(entry, key)
    return int(text) if text.isdecimal() else 0


def walk_scalars(node: Node, key: str = "") -> Iterator[tuple[str, Scalar]]:
    """Yield every scalar in ``node`` with its key."""
    if isinstance(node, Scalar):
        yield key, node
    elif isinstance(node, Items):
        for item in node.nodes:
            yield from walk_scalars(item, key)
    else:
        for name, value in node.pairs:
            yield from walk_scalars(value, name.text)
