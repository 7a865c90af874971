"""The graphs that the servers are asked about: the real one, and copies of it side by side.

A copy has the instances of the real graph with slugs of its own: ``id/c17-verona-trento-2024/p1``,
``id/meeting/c17-verona-trento-2024``, ``graph/c17-derived``. Gists, labels and titles of a copy end in its name, so
that a search in the texts tells the copies apart, and digests begin with its number. What is said of the ontology, the
shapes and the schemes is there once, and so are exact matches elsewhere and what the shapes name. So all of it conforms
to the shapes as the real graph does. The same input gives the same output, byte by byte.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.processes import BenchmarkError

_ID: Final = b"<https://w3id.org/g7kg/id/"
_GRAPH: Final = b" <https://w3id.org/g7kg/graph/"
_ONCE: Final = (b"graph/ontology> .\n", b"graph/shapes> .\n", b"graph/catalogue> .\n")
_LONG: Final = re.compile(rb'(ontology#gist> "[^"\\]{200,220}) [^"\\]*(?= \0")')
"""A gist that leaves no room for the name of a copy: the shapes bound its length."""
_TEXTS: Final = re.compile(b"(?:ontology#gist|rdf-schema#label|core#(?:pref|alt)Label|dc/terms/title)> ")
_MATCH: Final = b"> <https://schema.org/sameAs> <"
_NAMED: Final = b"organisation/g7-leaders>"
"""A shape names it, so there is one for all copies."""
_SLUG: Final = re.compile(b"<https://w3id[.]org/g7kg/id/(?!" + _NAMED + b")(?:[a-z]+/)?")
_DIGEST: Final = re.compile(rb'(?:(?<="sha256-)|(?<=ontology#sourceDigest> "))[0-9a-f]{6}')
_COPY: Final = b"\0"
"""Stands for the name of the copy in a template; N-Quads never has it."""


@dataclass(frozen=True)
class Graph:
    """A file of N-Quads: what it is called, and how many quads and copies of the real graph it holds."""

    name: str
    path: Path
    quads: int
    copies: int


def keep_real(real: Path, folder: Path) -> Path:
    """Return a copy of the ``real`` graph in ``folder``: a build may replace it while the benchmark runs."""
    if not real.is_file():
        raise BenchmarkError(f"there is no {real}", hint="build the graph first, with g7kg build")
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "real.nq"
    kept.write_bytes(real.read_bytes())
    return kept


def make_graph(name: str, real: Path, folder: Path) -> Graph:
    """Return the graph of the size ``name`` (``real``, or a number of quads), written to ``folder``."""
    quads = parse_size(name)
    lines = real.read_bytes().splitlines(keepends=True)
    if quads is None:
        return Graph(name, real, len(lines), 1)
    is_repeated = [_is_repeated(line) for line in lines]
    once = [line for line, repeated in zip(lines, is_repeated, strict=True) if not repeated]
    template = [_as_template(line) for line, repeated in zip(lines, is_repeated, strict=True) if repeated]
    copies = max(1, round((quads - len(once)) / len(template)))
    path = folder / f"{name}.nq"
    with path.open("wb") as file:
        file.writelines(once)
        for copy in range(copies):
            file.write(_fill(b"".join(template), copy))
    return Graph(name, path, len(once) + copies * len(template), copies)


def parse_size(name: str) -> int | None:
    """Return the number of quads that ``name`` asks for (``250k``, ``10m``), ``None`` for ``real``."""
    if name == "real":
        return None
    units = {"k": 1_000, "m": 1_000_000}
    digits, unit = (name[:-1], units[name[-1]]) if name[-1:] in units else (name, 1)
    if not digits.isdecimal():
        raise BenchmarkError(f"“{name}” is not a size", hint="give real, or a number of quads such as 250k, 1m or 10m")
    return int(digits) * unit


def _is_repeated(line: bytes) -> bool:
    is_instance = line.startswith(_ID) and not line.startswith(_ID + _NAMED)
    return is_instance and not line.endswith(_ONCE) and _MATCH not in line


def _as_template(line: bytes) -> bytes:
    """Return ``line`` with the mark of a copy in its names, and in its text if it has one."""
    head, _, graph = line.rpartition(_GRAPH)
    if _TEXTS.search(head):
        text, _, language = head.rpartition(b'"')
        head = text + b" " + _COPY + b'"' + language
    return _SLUG.sub(lambda match: match[0] + _COPY, head) + _GRAPH + _COPY + graph


def _fill(template: bytes, copy: int) -> bytes:
    """Return the lines of a copy; copy 0 is the real graph."""
    if not copy:
        return template.replace(b" " + _COPY + b'"', b'"').replace(_COPY, b"")
    text = _LONG.sub(rb"\1", template)
    text = text.replace(b" " + _COPY + b'"', b' (c%d)"' % copy).replace(_COPY, b"c%d-" % copy)
    return _DIGEST.sub(b"%06x" % copy, text)


def main() -> None:
    """Write a graph: ``python -m benchmarks.data --quads 1m FOLDER``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data", description=main.__doc__)
    parser.add_argument("--quads", default="1m", help="about how many quads, such as 250k or 10m (default: 1m)")
    parser.add_argument("--real", type=Path, default=Path("build/current/g7kg.nq"), help="the real graph")
    parser.add_argument("folder", type=Path, help="where the file goes")
    arguments = parser.parse_args()
    graph = make_graph(arguments.quads, keep_real(arguments.real, arguments.folder), arguments.folder)
    sys.stdout.write(f"{graph.path}: {graph.quads} quads, {graph.copies} copies\n")


if __name__ == "__main__":
    main()
