"""What a query relies on: the predicates of the patterns that it reads, and digests of a graph by predicate.

Where none of the triples that a query reads has changed, it need not be asked again.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from rdflib import URIRef, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from g7kg.build.work import WorkFolder

Digests = Mapping[str, str]
"""A digest of all triples with a predicate, by its IRI."""

_PREDICATES: Final = ".predicates"
_STRANGE: Final = frozenset({"Graph", "ServiceGraphPattern"})


def digest_lines(lines: Iterable[bytes]) -> dict[str, str]:
    """Return the digests of ``lines``, N-Quads in a stable order, by predicate."""
    found: defaultdict[bytes, hashlib._Hash] = defaultdict(hashlib.sha256)
    for line in lines:
        found[line.split(b" ", 2)[1]].update(line)
    return {predicate.decode().strip("<>"): digest.hexdigest() for predicate, digest in found.items()}


def join_digests(parts: Iterable[Digests]) -> dict[str, str]:
    """Return the digests of the graph whose ``parts`` have these, in this order."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for part in parts:
        for predicate, digest in part.items():
            found[predicate].append(digest)
    return {predicate: hashlib.sha256(" ".join(some).encode()).hexdigest() for predicate, some in found.items()}


def make_key(work: WorkFolder, query: str, prefixes: Mapping[str, str], digests: Digests) -> str:
    """Return the key of the solutions of ``query``, with ``prefixes``, on a graph with these digests."""
    read = recall_predicates(work, query, prefixes)
    used = sorted(digests.items()) if read is None else [(name, digests.get(name)) for name in read]
    return work.make_key(b"solutions", repr((query, sorted(prefixes.items()), used)).encode())


def recall_predicates(work: WorkFolder, query: str, prefixes: Mapping[str, str]) -> list[str] | None:
    """Return what ``find_predicates`` does, in order; it is found once, for to parse a query takes long.

    What has been parsed may hold the frames of its callers for a while, and a store that is open in one of them.
    """
    place = work.make_key(b"predicates", repr((query, sorted(prefixes.items()))).encode())
    kept = work.find(place, _PREDICATES)
    if kept is None:
        found = find_predicates(query, prefixes)
        kept = json.dumps(None if found is None else sorted(found)).encode()
        work.keep(place, _PREDICATES, kept)
    read: list[str] | None = json.loads(kept)
    return read


def find_predicates(query: str, prefixes: Mapping[str, str]) -> frozenset[str] | None:
    """Return the predicates of the patterns and the template of ``query``; ``None`` if it may read any triple."""
    try:
        algebra = translateQuery(parseQuery(query), initNs=dict(prefixes)).algebra
        found = frozenset(_walk(algebra))
    except Exception:  # noqa: BLE001 - whatever rdflib cannot read may read anything
        return None
    return None if "" in found else found


def _walk(node: Any) -> Iterator[str]:  # noqa: ANN401 - an algebra is a tree of whatever rdflib puts there
    """Yield the predicates in ``node``; an empty one for any."""
    if isinstance(node, CompValue):
        if node.name in _STRANGE:
            yield ""
        for key, value in node.items():
            if key in {"triples", "template"} and value is not None:
                uses = Counter(end for subject, _, object_ in value for end in {subject, object_})
                for subject, path, object_ in value:
                    bound = any(not isinstance(end, Variable) or uses[end] > 1 for end in (subject, object_))
                    yield from _read_path(path, bound=bound)
            elif key not in {"_vars", "lazy"}:
                yield from _walk(value)
    elif isinstance(node, list | tuple | set | frozenset):
        for one in node:
            yield from _walk(one)


def _read_path(path: Any, *, bound: bool) -> Iterator[str]:  # noqa: ANN401 - as it stands in the algebra
    """Yield the predicates of ``path``; an empty one for a variable, a negated set, and a path that has all nodes.

    That is one that may be empty, unless another pattern has one of its ends (``bound``).
    """
    if isinstance(path, URIRef):
        yield str(path)
    elif isinstance(path, SequencePath | AlternativePath):
        for one in path.args:
            yield from _read_path(one, bound=bound)
    elif isinstance(path, InvPath):
        yield from _read_path(path.arg, bound=bound)
    elif isinstance(path, MulPath) and (bound or not path.zero):
        yield from _read_path(path.path, bound=bound)
    else:
        yield ""
