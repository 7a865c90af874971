"""What a query came to is taken as it was for as long as nothing has changed that it relies on.

Digests of a graph tell whether anything has. They add up over its parts, so that only what is new is digested.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Final
from zlib import crc32

import pyoxigraph as ox
from pyoxigraph import DefaultGraph, NamedNode

from g7kg.build.work import WorkFolder
from g7kg.rdf.lexer import is_repeatable
from g7kg.rdf.reliance import read_reliance

Digests = dict[str, int]
"""Sums of the digests of triples: by predicate (``<IRI>``), by bucket of the subject (``find_bucket``); under
``SUBJECTS`` that of the subjects alone."""

SUBJECTS: Final = "subjects"
_BUCKETS: Final = 1 << 20
_OUTCOME: Final = ".outcome"


def digest_lines(lines: Iterable[bytes]) -> Digests:
    """Return the digests of ``lines`` of N-Triples or N-Quads, each given once."""
    found: defaultdict[str, int] = defaultdict(int)
    subjects = set()
    for line in lines:
        subject, predicate, _ = line.split(b" ", 2)
        number = _digest(line)
        found[predicate.decode()] += number
        found[find_bucket(subject)] += number
        subjects.add(subject)
    return found | {SUBJECTS: sum(map(_digest, subjects))}


def add_digests(whole: Digests, part: Digests) -> None:
    """Make of ``whole`` the digests of its graph with that of ``part``."""
    for key, number in part.items():
        whole[key] = whole.get(key, 0) + number


def find_bucket(subject: bytes) -> str:
    """Return under which key of ``Digests`` the triples of ``subject`` are, and by chance those of a few others."""
    return str(crc32(subject) % _BUCKETS)


def _digest(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=16).digest())


class Memo:
    """What ``query`` came to on graphs of which digests are given; nothing is kept of one that NOW or chance varies."""

    def __init__(self, work: WorkFolder, query: str, prefixes: Mapping[str, str] | None = None) -> None:
        self.work = work
        self.inputs = repr((query, sorted((prefixes or {}).items()))).encode()
        self.repeatable, self.reliance = is_repeatable(query), read_reliance(query, prefixes or {})

    def recall(self, digests: Digests) -> bytes | None:
        """Return what is kept of a graph that is the same in all that the query relies on."""
        head, _, outcome = (self.work.find(self._make_key(digests), _OUTCOME) or b"").partition(b"\n")
        same = (
            self.repeatable and head and all(digests.get(key, 0) == number for key, number in json.loads(head).items())
        )
        return outcome if same else None

    def keep(self, digests: Digests, store: ox.Store, outcome: bytes, more: Iterable[str] = ()) -> None:
        """Keep the ``outcome`` of asking ``store``, which has ``digests``; it relies on ``more`` of these, too."""
        if not self.repeatable:
            return
        bound = self.reliance.bound if self.reliance else ()
        found = {
            str(quad.object if is_object else quad.subject)
            for predicate, is_object in bound
            for quad in store.quads_for_pattern(None, NamedNode(predicate), None, DefaultGraph())
        }
        head = json.dumps({key: digests.get(key, 0) for key in sorted({*found, *more})}).encode()
        self.work.keep(self._make_key(digests), _OUTCOME, head + b"\n" + outcome)

    def _make_key(self, digests: Digests) -> str:
        if self.reliance is None:
            read = [key for key in digests if key.startswith("<")]
        else:
            read = [key for key in (f"<{name}>" for name in self.reliance.names) if key in digests]
        state = [(key, digests[key]) for key in sorted(read)]
        return self.work.make_key(b"outcome", self.inputs, repr(state).encode())
