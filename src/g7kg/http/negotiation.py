"""Negotiation: what a client accepts to the format, the language and the coding that it gets (RFC 9110, section 12)."""

import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, Protocol

from g7kg.errors import NotAcceptable
from g7kg.rdf.formats import Format

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

IDENTITY: Final = "identity"

WORTHWHILE: Final = 1000
"""Fewer bytes than this are not compressed: they fit in one packet anyway."""

_GZIP: Final = 16 + zlib.MAX_WBITS
"""The window that makes zlib write the gzip format; its header has no time, so the same bytes give the same bytes."""


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
    qualities = dict(_read_weights(accept or ""))
    ranked = {name: qualities.get(name, qualities.get("*", 0.0)) for name in ("zstd", "gzip")}
    best = max(ranked, key=lambda name: ranked[name])
    return best if ranked[best] > 0 and ranked[best] >= qualities.get(IDENTITY, 0.0) else IDENTITY


@lru_cache(maxsize=64)
def refuses_identity(accept: str | None) -> bool:
    """Whether ``accept`` refuses an answer without a coding, and takes another (RFC 9110, section 12.5.3)."""
    if not accept or "0" not in accept:
        return False
    qualities = dict(_read_weights(accept or ""))
    return qualities.get(IDENTITY, qualities.get("*", 1.0)) == 0 and negotiate_encoding(accept) != IDENTITY


def open_compressor(encoding: str) -> Compressor:
    """Return a new compressor for ``encoding``, which is ``zstd`` or ``gzip``."""
    if encoding == "zstd":
        return zstd.ZstdCompressor(3)
    return zlib.compressobj(5, zlib.DEFLATED, _GZIP)


def compress(data: bytes, encoding: str) -> bytes:
    """Return the whole of ``data`` in ``encoding``, which is ``zstd`` or ``gzip``."""
    compressor = open_compressor(encoding)
    return compressor.compress(data) + compressor.flush()


MOST_ACCEPTED: Final = 8000
"""The longest Accept header that is read."""

_TYPE: Final = re.compile(r"[\w!#$%&'*+.^`|~-]++/[\w!#$%&'*+.^`|~-]++", re.ASCII)
_QUALITY: Final = re.compile(r"[01](?:\.\d{0,3})?|\.\d{1,3}")


def negotiate(accept: str | None, formats: Sequence[Format]) -> Format:
    """Return the one of ``formats`` that ``accept`` (the value of an Accept header) likes best.

    Each format has the quality of the most specific range that fits its media type; an alias counts where no range
    fits that but ``*/*``, if it is named in full. The first of ``formats`` wins ties and is served where nothing is
    said. Raises ``NotAcceptable``, listing what there is, if none is acceptable or the header is malformed.
    """
    if not accept or not accept.strip():
        return formats[0]
    ranges = _read_ranges(accept, formats)
    best = max(formats, key=lambda format_: _quality(format_, ranges))
    if _quality(best, ranges) == 0:
        for format_ in formats:
            if ranges.get(format_.instead_of, 0.0) > 0:
                return format_
        raise NotAcceptable(f"nothing here is acceptable to “{accept}”", hint=_list_formats(formats))
    return best


def negotiate_language(accept: str, languages: Sequence[str]) -> str:
    """Return the one of ``languages`` (tags) that ``accept`` (the value of an Accept-Language header) likes best.

    A range fits by its first subtag; the first wins where nothing fits, or the header cannot be read.
    """
    wanted: dict[str, float] = {}
    for name, quality in _read_weights(accept[:MOST_ACCEPTED]):
        tag = name.partition("-")[0]
        wanted[tag] = max(quality, wanted.get(tag, 0.0))
    return max(languages, key=lambda tag: wanted.get(tag, 0.0))


def find_format(name: str, formats: Sequence[Format]) -> Format:
    """Return the one of ``formats`` called ``name``; ``NotAcceptable``, listing what there is, if there is none."""
    wanted = name.strip().lower()
    for format_ in formats:
        if wanted in {format_.name, format_.media_type, *format_.names, *format_.aliases}:
            return format_
    raise NotAcceptable(f"there is no format “{name}” here", hint=_list_formats(formats))


def split_extension(path: str, formats: Sequence[Format]) -> tuple[str, Format | None]:
    """Return ``path`` without the extension that names one of ``formats``, and that; ``path`` as it is and ``None``."""
    named = (one for one in formats if path.endswith(f".{one.name}") and path != f".{one.name}")
    found = max(named, key=lambda one: len(one.name), default=None)
    return (path.removesuffix(f".{found.name}"), found) if found else (path, None)


def _read_ranges(accept: str, formats: Sequence[Format]) -> dict[str, float]:
    """Return the quality of each media range in ``accept``, by its type in lower case.

    Java's old lists are understood: ``*`` alone, and a quality without a zero.
    """
    if len(accept) > MOST_ACCEPTED:
        raise NotAcceptable("the Accept header is too long", hint=_list_formats(formats))
    ranges: dict[str, float] = {}
    for part in filter(None, map(str.strip, accept.split(","))):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        stated = [piece[2:].strip() for piece in parameters if piece[:2].lower() == "q="]
        quality = stated[0] if stated else "1"
        if not (media_type == "*" or _TYPE.fullmatch(media_type)) or not _QUALITY.fullmatch(quality):
            raise NotAcceptable(f"the Accept header is malformed at “{part}”", hint=_list_formats(formats))
        ranges["*/*" if media_type == "*" else media_type.lower()] = min(float(quality), 1.0)
    return ranges


def _read_weights(accept: str) -> Iterator[tuple[str, float]]:
    """Yield each name in a list of codings or languages with its quality; what cannot be read is passed over."""
    for part in accept.lower().split(","):
        name, _, stated = (piece.strip() for piece in part.partition(";"))
        quality = stated.removeprefix("q=").strip() or "1"
        if name and _QUALITY.fullmatch(quality):
            yield name.removeprefix("x-"), float(quality)


def _quality(format_: Format, ranges: dict[str, float]) -> float:
    for name in (format_.media_type, format_.media_type.partition("/")[0] + "/*", *format_.aliases):
        if name in ranges:
            return ranges[name]
    return ranges.get("*/*", 0.0)


def _list_formats(formats: Sequence[Format]) -> str:
    return "available: " + ", ".join(f"{format_.media_type} ({format_.name})" for format_ in formats)
