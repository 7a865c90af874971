"""Limits of an answer: rows counted in its bytes as they are written, and the bytes themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from g7kg.errors import TooLarge

_MARKERS: Final = {"json": b"},{", "csv": b"\r\n", "tsv": b"\n", "xml": b"<result>"}
"""What stands between or before rows, and nowhere else outside quotes (between two bindings a name comes first)."""

_ODD_BACKSLASH: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\\Z")


@dataclass(frozen=True)
class Limits:
    """What one answer may take: ``memory`` (bytes of address space), ``rows`` or triples, ``size`` (bytes)."""

    memory: int = 1 << 30
    rows: int = 1_000_000
    size: int = 256 << 20


class Meter:
    """Counts an answer in one of the formats for solutions; raises ``TooLarge`` when it has more than its limits."""

    def __init__(self, format_name: str, limits: Limits) -> None:
        self.limits = limits
        self.marker = _MARKERS.get(format_name)
        self.quoted = format_name in {"json", "csv"}
        self.escapes = format_name == "json"
        self.found = {"json": 1, "xml": 0}.get(format_name, -1)
        self.size = 0
        self.inside = False
        self.held = b""
        self.tail = b""

    def add(self, data: bytes) -> None:
        """Count ``data``, the next bytes of the answer."""
        self.size += len(data)
        if self.size > self.limits.size:
            raise TooLarge(f"the answer has more than {self.limits.size} bytes", hint="add a LIMIT, or ask for less")
        if self.marker:
            text = self.tail + (self._outside_quotes(data) if self.quoted else data)
            self.found += text.count(self.marker)
            self.tail = text[1 - len(self.marker) :] if len(self.marker) > 1 else b""
            check_rows(self.found, self.limits)

    def _outside_quotes(self, data: bytes) -> bytes:
        """Return ``data`` without what stands in quotes, of which each leaves one behind."""
        if self.escapes:
            data = self.held + data
            self.held = b"\\" if _ODD_BACKSLASH.search(data) else b""
            data = data[: len(data) - len(self.held)].replace(b"\\\\", b"").replace(b'\\"', b"")
        pieces = data.split(b'"')
        outside = b'"'.join(pieces[self.inside :: 2])
        self.inside ^= len(pieces) % 2 == 0
        return outside


def check_rows(found: int, limits: Limits) -> None:
    """Raise ``TooLarge`` if ``found`` rows or triples are more than ``limits`` allow."""
    if found > limits.rows:
        raise TooLarge(f"the answer has more than {limits.rows} rows", hint="add a LIMIT, or ask for less")
