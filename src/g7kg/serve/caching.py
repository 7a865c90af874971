"""Caching: entity tags that are known before anything is evaluated, conditional requests, answers kept in memory."""

import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

_TAG: Final = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')

SHARE: Final = 16
"""No answer is kept that would take more than this part of the cache."""

MOST_REPEATS: Final = 1024
REPEAT_BYTES: Final = 4096
"""How many requests are remembered, and how long they may be: four mebibytes of them in all."""

IMMUTABLE: Final = "public, max-age=31536000, immutable"
"""For what stands below the digest of a snapshot: it can never change."""


def compute_etag(*parts: str | None) -> str:
    """Return the strong entity tag of the representation that ``parts`` determine, in quotes."""
    return f'"{hashlib.sha256(ascii(parts).encode("ascii")).hexdigest()[:32]}"'


def matches(if_none_match: str | None, etag: str) -> bool:
    """Whether ``if_none_match`` (the value of If-None-Match) lists ``etag``, weakly compared (RFC 9110, 13.1.2).

    ``*`` lists nothing: whether there is any representation is known only when there is one.
    """
    return if_none_match is not None and etag in _TAG.findall(if_none_match)


@dataclass(frozen=True)
class Representation:
    """A whole answer, ready to be sent: its headers and its bytes, in their content coding."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def size(self) -> int:
        """About how many bytes it takes in memory."""
        return len(self.body) + sum([len(name) + len(value) for name, value in self.headers]) + 500


@dataclass(frozen=True)
class Repeat:
    """What a request that is known word for word is answered with, as long as it is kept: that under ``etag``.

    ``headers`` are added to those of the representation, or stand alone if the client has it (``unmodified``).
    ``query`` is what was asked.
    """

    etag: str
    headers: tuple[tuple[bytes, bytes], ...]
    unmodified: bool
    query: str


RequestKey = tuple[str | bytes, ...]


class Repeats:
    """The last requests that could be answered again without being read again, by all that an answer depends on."""

    def __init__(self) -> None:
        self.entries: OrderedDict[RequestKey, Repeat] = OrderedDict()

    def get(self, key: RequestKey) -> Repeat | None:
        """Return what is known of the request ``key``, if anything is."""
        found = self.entries.get(key)
        if found is not None:
            self.entries.move_to_end(key)
        return found

    def put(self, key: RequestKey, repeat: Repeat) -> None:
        """Remember the request ``key`` if it is no long one."""
        if sum(map(len, key)) <= REPEAT_BYTES:
            self.entries[key] = repeat
            if len(self.entries) > MOST_REPEATS:
                self.entries.popitem(last=False)


class ResultCache:
    """Representations by entity tag, bounded in bytes; the least recently used go first."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.hits = 0
        self.misses = 0
        self.entries: OrderedDict[str, Representation] = OrderedDict()

    def get(self, etag: str) -> Representation | None:
        """Return what is kept under ``etag``, if anything is; it is counted whether there is."""
        found = self.find(etag)
        self.misses += found is None
        return found

    def find(self, etag: str) -> Representation | None:
        """Return what is kept under ``etag``, if anything is; what is not is looked for once more."""
        found = self.entries.get(etag)
        if found is not None:
            self.hits += 1
            self.entries.move_to_end(etag)
        return found

    def takes(self, size: int) -> bool:
        """Whether an answer of ``size`` bytes would be kept."""
        return size <= self.limit // SHARE

    def put(self, etag: str, representation: Representation) -> None:
        """Keep ``representation`` under ``etag``, unless it is too large."""
        size = representation.size
        if etag in self.entries or not self.takes(size):
            return
        self.entries[etag] = representation
        self.size += size
        while self.size > self.limit:
            _, gone = self.entries.popitem(last=False)
            self.size -= gone.size
