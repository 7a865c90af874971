"""Workspaces with as many declarations as a measurement wants: the real ones, and synthetic ones of their shape.

``python -m benchmarks.corpus --declarations 100 --seed 1 FOLDER`` writes a root for a ``Workspace``: the
ontology, shapes, queries and mappings of this project, a mapping file for every synthetic declaration, and what these
share in ``mappings/registry/corpus-0001.yaml`` and so on, a file for every hundred. The same seed gives the same bytes;
a declaration has the same bytes however many there are.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.calendar import MOST
from benchmarks.declarations import Declaration, draw_declaration
from benchmarks.failures import BenchmarkError
from benchmarks.templates import Entry, Templates, read_templates
from g7kg.mapping.workspace import find_workspace

SHARD: Final = 100
"""How many declarations share a file of the registry."""

_CONTEXT: Final = "https://w3id.org/g7kg/context.jsonld"
_FOLDERS: Final = ("ontology", "shapes", "queries", "mappings")
_PLAIN: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9:/.-]*[A-Za-z0-9])?")


def write_corpus(folder: Path, declarations: int, seed: int) -> int:
    """Write a workspace with the real declarations and so many synthetic ones; return the bytes of the latter.

    Raises ``BenchmarkError`` if ``folder`` has something in it already, or there cannot be so many.
    """
    if not 0 <= declarations <= MOST:
        raise BenchmarkError(f"{declarations} declarations cannot be made", hint=f"ask for 0 to {MOST}")
    if folder.exists() and any(folder.iterdir()):
        raise BenchmarkError(f"{folder} is not empty", hint="give a new folder")
    root = find_workspace().root
    for name in _FOLDERS:
        shutil.copytree(root / name, folder / name)
    mappings = folder / "mappings"
    return sum(
        _write_declaration(mappings, declaration) for declaration in _draw_all(read_templates(root), seed, declarations)
    )


def _draw_all(templates: Templates, seed: int, declarations: int) -> Iterator[Declaration]:
    previous: Declaration | None = None
    for number in range(1, declarations + 1):
        previous = draw_declaration(templates, seed, number, previous)
        yield previous


def _write_declaration(mappings: Path, declaration: Declaration) -> int:
    """Write the file of ``declaration`` and add to the registry what it brings; return how many bytes that is."""
    slug, shard = declaration.occasion.slug, (declaration.occasion.number - 1) // SHARD + 1
    base = f'"@context": [{_CONTEXT}, {{"@base": https://w3id.org/g7kg/id/{slug}/}}]\n"@graph":\n'
    own = (base + "".join(_format_all(declaration.entries))).encode()
    (mappings / f"{slug}.yaml").write_bytes(own)
    registry = mappings / "registry" / f"corpus-{shard:04}.yaml"
    head = "" if registry.exists() else f'"@context": {_CONTEXT}\n"@graph":\n'
    shared = (head + "".join(_format_all(declaration.shared))).encode()
    with registry.open("ab") as file:
        file.write(shared)
    return len(own) + len(shared)


def _format_all(entries: tuple[Entry, ...]) -> Iterator[str]:
    """Yield the lines of ``entries`` in YAML, written as the real mappings are."""
    for number, entry in enumerate(entries):
        yield "\n" if number else ""
        yield from _format_entry(entry, "  ")


def _format_entry(entry: Entry, indent: str) -> Iterator[str]:
    mark = "- "
    for key, value in entry.items():
        if isinstance(value, list) and isinstance(value[0], dict):
            yield f"{indent}  {key}:\n"
            for nested in value:
                yield from _format_entry(nested, f"{indent}    ")
        else:
            yield f"{indent}{mark}{key}: {_format_value(value)}\n"
        mark = "  "


def _format_value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_format_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return _format_value(value[0]) if len(value) == 1 else f"[{', '.join(map(_format_value, value))}]"
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def main() -> None:
    """Write a workspace: ``python -m benchmarks.corpus --declarations 100 FOLDER``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=main.__doc__)
    parser.add_argument("--declarations", type=int, default=100, help="how many synthetic ones (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other declarations (default: 1)")
    parser.add_argument("folder", type=Path, help="where the workspace goes")
    arguments = parser.parse_args()
    try:
        size = write_corpus(arguments.folder, arguments.declarations, arguments.seed)
    except BenchmarkError as error:
        sys.exit(f"{error}; {error.hint}")
    sys.stdout.write(f"{arguments.folder}: {arguments.declarations} synthetic declarations, {size} bytes\n")


if __name__ == "__main__":
    main()
