"""The files of a snapshot that hold the graph: canonical N-Quads first, the other forms and the store made of it."""

import gzip
import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

import pyoxigraph as ox
from pyoxigraph import Quad, RdfFormat

from g7kg.rdf.formats import RDF_FORMATS, name_syntaxes
from g7kg.rdf.lines import load_lines, read_lines, split_quad, to_file, to_triples
from g7kg.rdf.vocab import PREFIXES, RDF, graph_iri
from g7kg.snapshot.manifest import STORE

QUADS: Final = "g7kg.nq"
"""The canonical N-Quads (https://www.w3.org/TR/rdf-canon/): sorted lines, each once, blank nodes named by RDFC-1.0."""

DUMPS: Final = {"nq": None} | {name: name_syntaxes(RDF_FORMATS, RdfFormat)[name] for name in ("trig", "ttl", "jsonld")}
"""The compressed dumps by name; ``None`` is the canonical form itself."""

_LEVEL: Final = 6
_TYPE: Final = str(RDF("type")).encode()
_BUFFER: Final = 1 << 20


@dataclass(frozen=True)
class Tally:
    """What is counted while the quads go by: those of each graph and property, the instances of each class, by IRI."""

    graphs: Mapping[str, int]
    classes: Mapping[str, int]
    properties: Mapping[str, int]


def write_quads(lines: Iterable[bytes], words: Iterable[bytes], path: Path) -> tuple[Tally, str]:
    """Write ``lines`` to ``path``, and ``words`` nowhere; return the tally of both, and their SHA-256 in hexadecimal.

    Both are lines of canonical N-Quads.
    """
    graphs: Counter[bytes] = Counter()
    properties: Counter[bytes] = Counter()
    classes: Counter[bytes] = Counter()
    digest = hashlib.sha256()

    def count(line: bytes) -> bytes:
        triple, graph = split_quad(line)
        _, property_, object_ = triple.split(b" ", 2)
        graphs[graph] += 1
        properties[property_] += 1
        if property_ == _TYPE and object_.startswith(b"<"):
            classes[object_] += 1
        digest.update(line)
        return line

    with path.open("wb", _BUFFER) as file:
        file.writelines(map(count, lines))
    for line in words:
        count(line)
    return Tally(_by_iri(graphs), _by_iri(classes), _by_iri(properties)), digest.hexdigest()


def write_dump(folder: Path, name: str) -> None:
    """Write the graph of ``QUADS`` in ``folder`` as ``g7kg.NAME.gz`` (``DUMPS``), always as the same bytes."""
    format_ = DUMPS[name]
    with ExitStack() as stack:
        raw = stack.enter_context((folder / f"g7kg.{name}.gz").open("wb"))
        packed = stack.enter_context(gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0))  # without a name and a date
        if format_ is None:
            shutil.copyfileobj(stack.enter_context((folder / QUADS).open("rb")), packed, _BUFFER)
        else:
            quads = ox.parse(path=str(folder / QUADS), format=RdfFormat.N_QUADS)
            statements = quads if format_.supports_datasets else (quad.triple for quad in quads)
            ox.serialize(statements, cast("IO[bytes]", packed), format_, prefixes=PREFIXES)


def fill_store(folder: Path, words: Sequence[Path]) -> None:
    """Complete the store in ``folder``, whose default graph has what is in ``QUADS`` there but the shapes.

    Afterwards it has every named graph of ``QUADS`` and of ``words``, and in the default graph their union.
    """
    store = ox.Store(folder / STORE)
    lines = (line for line in read_lines([folder / QUADS]) if not _may_have_blank_nodes(line))
    load_lines(store, lines, RdfFormat.N_QUADS)
    lines = (line for line in read_lines([folder / QUADS]) if _may_have_blank_nodes(line))
    store.bulk_extend(ox.parse(to_file(lines), format=RdfFormat.N_QUADS))  # a bulk load gives them other labels
    shapes = f"{graph_iri('shapes')} .\n".encode()
    lines = (line for line in read_lines([folder / QUADS]) if line.endswith(shapes))
    store.bulk_extend(Quad(*quad.triple) for quad in ox.parse(to_file(lines), format=RdfFormat.N_QUADS))
    load_lines(store, read_lines(words), RdfFormat.N_QUADS)
    load_lines(store, to_triples(read_lines(words)), RdfFormat.N_TRIPLES)
    store.optimize()
    store.flush()


def restore_store(folder: Path) -> None:
    """Make the store in ``folder`` anew from ``QUADS`` there, as the build that wrote it did."""
    shapes = f"{graph_iri('shapes')} .\n".encode()
    lines = [line for line in read_lines([folder / QUADS]) if not line.endswith(shapes)]
    store = ox.Store(folder / STORE)
    plain = (line for line in lines if not _may_have_blank_nodes(line))
    load_lines(store, to_triples(plain), RdfFormat.N_TRIPLES)
    blank = to_file(line for line in lines if _may_have_blank_nodes(line))
    store.bulk_extend(Quad(*quad.triple) for quad in ox.parse(blank, format=RdfFormat.N_QUADS))
    del store  # closes its files
    fill_store(folder, ())


def _may_have_blank_nodes(line: bytes) -> bool:
    """Whether a line of N-Quads has a blank node, or a literal that looks like one."""
    return line.startswith(b"_:") or b" _:" in line


def _by_iri(counts: Counter[bytes]) -> dict[str, int]:
    return {term.decode()[1:-1]: counts[term] for term in sorted(counts)}
