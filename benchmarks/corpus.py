"""Workspaces with as many declarations as a measurement wants: the real ones, and copies of them.

``python -m benchmarks.corpus --declarations 100 FOLDER`` writes a root for a ``Workspace``: the ontology,
shapes, queries and mappings of this project, and the real declarations again and again, all of them each turn, because
they refer to each other. What the copies bring to the registry is in ``mappings/registry/corpus-0001.yaml`` and so on,
a file for every hundred turns. A copy has the same bytes however many there are.
"""

import argparse
import re
import shutil
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.processes import BenchmarkError
from g7kg.mapping.workspace import find_workspace

SHARD: Final = 100
"""How many turns share a file of the registry."""

MOST: Final = 99_999
"""How many declarations may be asked for: the number of a turn has five digits."""

_FOLDERS: Final = ("ontology", "shapes", "queries", "mappings")
_HEAD: Final = '"@context": https://w3id.org/g7kg/context.jsonld\n"@graph":\n'
_NAME: Final = re.compile(r"\b(?:undertaking|deliverable|event|instrument|meeting):[a-z0-9-]+")
"""Things that a copy has for itself; all others it shares with the real declarations."""

_ENTRY: Final = re.compile(r"^  - id: (\S+)\n(?:(?:    .*)?\n)*", re.MULTILINE)
_WORDS: Final = re.compile(r'^( +(?:gist|label|title): .*?)("?)$', re.MULTILINE)
_LONG: Final = 310
"""A gist that is longer has no room for the number of a turn."""

_DIGEST: Final = re.compile(r"(?<=igest: )(sha256-)?[0-9a-f]{6}")
_PUBLICATION: Final = re.compile(r"(?<=^    publication: ).*", re.MULTILINE)


@dataclass(frozen=True)
class Corpus:
    """What was written: copies of declarations, the slug of one in the middle, bytes of YAML."""

    declarations: int
    slug: str
    bytes: int


def write_corpus(folder: Path, declarations: int) -> Corpus:
    """Write a workspace with the real declarations and at least so many copies, rounded up to whole turns.

    Raises ``BenchmarkError`` if ``folder`` has something in it already, or there cannot be so many.
    """
    if not 0 <= declarations <= MOST:
        raise BenchmarkError(f"{declarations} declarations cannot be made", hint=f"ask for 0 to {MOST}")
    if folder.exists() and any(folder.iterdir()):
        raise BenchmarkError(f"{folder} is not empty", hint="give a new folder")
    root = find_workspace().root
    for name in _FOLDERS:
        shutil.copytree(root / name, folder / name)
    texts = _read_declarations(root / "mappings")
    own = _read_own(root / "mappings", texts)
    turns = -(-declarations // len(texts))
    size = sum(_write_turn(folder / "mappings", texts, own, turn) for turn in range(1, turns + 1))
    return Corpus(turns * len(texts), f"{max(texts)}-{(turns + 1) // 2:05}", size)


def _read_declarations(mappings: Path) -> dict[str, str]:
    """Return the mapping files of the real declarations by slug."""
    return {path.stem: path.read_text("utf-8") for path in sorted(mappings.glob("*.yaml"))}


def _read_own(mappings: Path, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the registry's entries that a copy has for itself, as far as the declarations need them, by name."""
    registry = "".join(path.read_text("utf-8") for path in sorted((mappings / "registry").glob("*.yaml")))
    entries = {match[1]: match[0].rstrip("\n") + "\n\n" for match in _ENTRY.finditer(registry)}
    needed: set[str] = set()
    new = {name for text in texts.values() for name in _NAME.findall(text)}
    while new:  # ends: a name is new once
        needed |= new
        new = {found for name in new for found in _NAME.findall(entries.get(name, ""))} - needed
    return {name: entry for name, entry in entries.items() if name.partition("/")[0] in needed}


def _write_turn(mappings: Path, texts: Mapping[str, str], own: Mapping[str, str], turn: int) -> int:
    """Write a copy of each of ``texts`` and what is their ``own`` into the registry; return how many bytes."""
    size = 0
    for slug, text in texts.items():
        size += (mappings / f"{slug}-{turn:05}.yaml").write_bytes(_rename(text, texts, own, turn))
    registry = mappings / "registry" / f"corpus-{(turn - 1) // SHARD + 1:04}.yaml"
    with registry.open("ab") as file:
        head = b"" if file.tell() else _HEAD.encode()
        return size + file.write(head + _rename("".join(own.values()), texts, own, turn))


def _rename(text: str, slugs: Iterable[str], own: Collection[str], turn: int) -> bytes:
    """Return ``text`` with the names of the copies of ``turn``, and digests, labels and gists of their own."""
    documents = "|".join(slugs)
    text = _NAME.sub(lambda match: f"{match[0]}-{turn:05}" if match[0] in own else match[0], text)
    for before, after in ((r"\b(?:doc|instrument):", "(?![a-z0-9-])"), ("g7kg/id/(?:instrument/)?", "(?=/)")):
        pattern = f"{before}(?:{documents}){after}"
        text = re.sub(pattern, lambda match: f"{match[0]}-{turn:05}", text)
    text = _WORDS.sub(lambda match: f"{match[1]} ({turn}){match[2]}" if len(match[1]) < _LONG else match[0], text)
    text = _DIGEST.sub(lambda match: f"{match[1] or ''}{turn:06x}", text)
    return _PUBLICATION.sub(lambda match: f"{match[0]}?copy={turn}", text).encode()


def main() -> None:
    """Write a workspace: ``python -m benchmarks.corpus --declarations 100 FOLDER``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=main.__doc__)
    parser.add_argument("--declarations", type=int, default=100, help="at least how many copies (default: 100)")
    parser.add_argument("folder", type=Path, help="where the workspace goes")
    arguments = parser.parse_args()
    try:
        corpus = write_corpus(arguments.folder, arguments.declarations)
    except BenchmarkError as error:
        sys.exit(f"{error}; {error.hint}")
    sys.stdout.write(f"{arguments.folder}: {corpus.declarations} copies of declarations, {corpus.bytes} bytes\n")


if __name__ == "__main__":
    main()
