"""Content codings: what a client accepts to the coding that it gets (RFC 9110, section 12.5.3), and coding itself."""

from __future__ import annotations

import re
import sys
import zlib
from functools import lru_cache
from typing import Final, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

IDENTITY: Final = "identity"

WORTHWHILE: Final = 1000
"""Fewer bytes than this are not compressed: they fit in one packet anyway."""

_GZIP: Final = 16 + zlib.MAX_WBITS
"""The window that makes zlib write the gzip format; its header has no time, so the same bytes give the same bytes."""

_QUALITY: Final = re.compile(r"[01](?:\.\d{0,3})?")


class Compressor(Protocol):
    """What zlib and zstd have in common."""

    def compress(self, data: bytes, /) -> bytes:
        """Return what can be said of ``data`` so far."""

    def flush(self) -> bytes:
        """Return the rest."""


@lru_cache(maxsize=64)
def negotiate_encoding(accept: str | None) -> str:
    """Return ``zstd``, ``gzip`` or ``identity``, whichever ``accept`` (the value of Accept-Encoding) likes best.

    Where all codings are refused, identity is served: RFC 9110 allows that, and an answer is worth more.
    """
    qualities = _read_qualities(accept)
    ranked = {name: qualities.get(name, qualities.get("*", 0.0)) for name in ("zstd", "gzip")}
    best = max(ranked, key=lambda name: ranked[name])
    return best if ranked[best] > 0 and ranked[best] >= qualities.get(IDENTITY, 0.0) else IDENTITY


@lru_cache(maxsize=64)
def refuses_identity(accept: str | None) -> bool:
    """Whether ``accept`` refuses an answer without a coding, and takes another (RFC 9110, section 12.5.3)."""
    if not accept or "0" not in accept:
        return False
    qualities = _read_qualities(accept)
    return qualities.get(IDENTITY, qualities.get("*", 1.0)) == 0 and negotiate_encoding(accept) != IDENTITY


def _read_qualities(accept: str | None) -> dict[str, float]:
    qualities: dict[str, float] = {}
    for part in (accept or "").lower().split(","):
        name, _, stated = (piece.strip() for piece in part.partition(";"))
        quality = stated.removeprefix("q=").strip() or "1"
        if name and _QUALITY.fullmatch(quality):
            qualities[name.removeprefix("x-")] = float(quality)
    return qualities


def open_compressor(encoding: str) -> Compressor:
    """Return a new compressor for ``encoding``, which is ``zstd`` or ``gzip``."""
    if encoding == "zstd":
        return zstd.ZstdCompressor(3)
    return zlib.compressobj(5, zlib.DEFLATED, _GZIP)


def compress(data: bytes, encoding: str) -> bytes:
    """Return the whole of ``data`` in ``encoding``, which is ``zstd`` or ``gzip``."""
    compressor = open_compressor(encoding)
    return compressor.compress(data) + compressor.flush()
