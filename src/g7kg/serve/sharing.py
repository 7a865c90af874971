"""Short links to queries, as they were given away once: the code in a link is the query itself, compressed."""

import binascii
import re
import zlib
from base64 import urlsafe_b64decode
from functools import cache
from importlib.resources import files
from typing import Final

from g7kg.errors import NotFound

QUERY_BYTES: Final = 16_384
"""The longest query, in UTF-8, that a link stands for."""

CODE_LENGTH: Final = 24_000
"""The longest code that is read."""

_VERSION: Final = "a"
_CODE: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_WINDOW: Final = -zlib.MAX_WBITS
"""Deflate without header or checksum (RFC 1951)."""


def decode_query(code: str) -> str:
    """Return the query that ``code`` stands for; ``NotFound`` if it stands for none, or for a larger one."""
    if len(code) > CODE_LENGTH or not _CODE.fullmatch(code) or code[0] != _VERSION:
        raise _unknown()
    packed = code[1:]
    inflate = zlib.decompressobj(wbits=_WINDOW, zdict=_read_dictionary())
    try:
        data = inflate.decompress(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), QUERY_BYTES + 1)
        query = data.decode()
    except (binascii.Error, zlib.error, UnicodeDecodeError) as error:
        raise _unknown() from error
    if len(data) > QUERY_BYTES or not inflate.eof or inflate.unused_data:
        raise _unknown()
    return query


@cache
def _read_dictionary() -> bytes:
    """Return what links were compressed with; it stays as it is, or they lose their meaning."""
    return (files("g7kg.serve") / "sharing.txt").read_bytes()


def _unknown() -> NotFound:
    return NotFound("no query stands behind this link", hint="it may have been cut off")
