"""The graphs that the servers are asked about: the real one, and copies of it side by side.

A copy has the instances of the real graph with slugs of its own: ``id/c17-verona-trento-2024/p1``,
``id/meeting/c17-verona-trento-2024``, ``graph/c17-derived``. Gists, labels and titles of a copy end in its name, so
that a search in the texts tells the copies apart, and digests begin with its number. What is said of the ontology, the
shapes and the schemes is there once, and so are exact matches elsewhere. So all of it conforms to the shapes as the
real graph does. The same input gives the same output, byte by byte.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.failures import BenchmarkError

ID: Final = b"<https://w3id.org/g7kg/id/"
GRAPH: Final = b" <https://w3id.org/g7kg/graph/"
NAMED_ONCE: Final = (b"graph/ontology> .\n", b"graph/shapes> .\n", b"graph/catalogue> .\n")
TEXTS: Final = re.compile(b"(?:ontology#gist|rdf-schema#label|core#(?:pref|alt)Label|dc/terms/title)> ")
COPY: Final = "\0"
"""Stands for the name of the copy in a template; N-Quads never has it."""

_COPY: Final = COPY.encode()
_SLUG: Final = re.compile(r"^(?:[a-z]+/)?")
"""What stands before a thing's slug: nothing if it is a document, ``meeting/`` and so on otherwise."""
_MATCH: Final = b"> <http://www.w3.org/2004/02/skos/core#exactMatch> <"
_SLUG_IN_LINE: Final = re.compile(b"<https://w3id[.]org/g7kg/id/(?:[a-z]+/)?")
_DIGEST: Final = re.compile(rb'(?<="sha256-)[0-9a-f]{6}')


@dataclass(frozen=True)
class Graph:
    """A file of N-Quads, with how many quads and how many copies of the real graph it holds."""

    name: str
    path: Path
    quads: int
    copies: int


@dataclass(frozen=True)
class _Parts:
    """The lines of the real graph: those that every graph has once, and those that a copy repeats."""

    once: bytes
    once_quads: int
    repeated: bytes
    repeated_quads: int


def parse_size(name: str) -> int | None:
    """Return the number of quads that ``name`` asks for (``250k``, ``10m``), ``None`` for ``real``."""
    if name == "real":
        return None
    units = {"k": 1_000, "m": 1_000_000}
    digits, unit = (name[:-1], units[name[-1]]) if name[-1:] in units else (name, 1)
    if not digits.isdecimal():
        raise BenchmarkError(f"“{name}” is not a size", hint="give real, or a number of quads such as 250k, 1m or 10m")
    return int(digits) * unit


def keep_real(real: Path, folder: Path) -> Path:
    """Return a copy of the ``real`` graph in ``folder``: a build may replace it while the benchmark runs."""
    if not real.is_file():
        raise BenchmarkError(f"there is no {real}", hint="build the graph first, with g7kg build")
    kept = folder / "real.nq"
    data = real.read_bytes()
    if not kept.is_file() or kept.read_bytes() != data:
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(data)
    return kept


def make_graph(name: str, real: Path, folder: Path) -> Graph:
    """Return the graph of the size ``name``, written to ``folder`` unless it is there or it is the ``real`` one."""
    quads = parse_size(name)
    if quads is None:
        return Graph(name, real, real.read_bytes().count(b"\n"), 1)
    parts = _split(real)
    copies = max(1, round((quads - parts.once_quads) / parts.repeated_quads))
    path = folder / f"{name}.nq"
    actual = parts.once_quads + copies * parts.repeated_quads
    made_of = max(real.stat().st_mtime, Path(__file__).stat().st_mtime)
    if not path.is_file() or path.stat().st_mtime < made_of:
        _write(path, parts, copies)
    return Graph(name, path, actual, copies)


def copy_prefix(copy: int) -> str:
    """Return what stands before the slugs of a copy; copy 0 has the slugs of the real graph."""
    return f"c{copy}-" if copy else ""


def mark_slug(name: str) -> str:
    """Return ``name``, which is what follows ``id/``, with ``COPY`` where ``copy_prefix`` stands in a copy."""
    return _SLUG.sub(lambda match: match[0] + COPY, name)


def _split(real: Path) -> _Parts:
    once: list[bytes] = []
    repeated: list[bytes] = []
    with real.open("rb") as file:
        for line in file:
            if line.startswith(ID) and not line.endswith(NAMED_ONCE) and _MATCH not in line:
                repeated.append(_as_template(line))
            else:
                once.append(line)
    return _Parts(b"".join(once), len(once), b"".join(repeated), len(repeated))


def _as_template(line: bytes) -> bytes:
    """Return ``line`` with the mark of a copy in its names, and in its text if it has one."""
    head, _, graph = line.rpartition(GRAPH)
    if TEXTS.search(head):
        text, _, language = head.rpartition(b'"')
        head = text + b" " + _COPY + b'"' + language
    return _SLUG_IN_LINE.sub(lambda match: match[0] + _COPY, head) + GRAPH + _COPY + graph


def _write(path: Path, parts: _Parts, copies: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        for piece in _pieces(parts, copies):
            file.write(piece)
    unfinished.replace(path)


def _pieces(parts: _Parts, copies: int) -> Iterator[bytes]:
    yield parts.once
    yield parts.repeated.replace(b" " + _COPY + b'"', b'"').replace(_COPY, b"")
    for copy in range(1, copies):
        prefix = copy_prefix(copy).encode()
        text = parts.repeated.replace(b" " + _COPY + b'"', b" (" + prefix[:-1] + b')"').replace(_COPY, prefix)
        yield _DIGEST.sub(b"%06x" % copy, text)


def main() -> None:
    """Write a graph: ``python -m benchmarks.data --quads 1m FOLDER``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data", description=main.__doc__)
    parser.add_argument("--quads", default="1m", help="about how many quads, such as 250k or 10m (default: 1m)")
    parser.add_argument("--real", type=Path, default=Path("build/current/g7kg.nq"), help="the real graph")
    parser.add_argument("folder", type=Path, help="where the file goes")
    arguments = parser.parse_args()
    real = keep_real(arguments.real, arguments.folder)
    graph = make_graph(arguments.quads, real, arguments.folder)
    sys.stdout.write(f"{graph.path}: {graph.quads} quads, {graph.copies} copies\n")


if __name__ == "__main__":
    main()
