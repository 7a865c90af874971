"""The answer of a worker on its way out: made sound, measured, compressed, sent in frames."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final

from g7kg.engine.limits import Limits, Meter
from g7kg.engine.request import FRAME_HEAD, Frame
from g7kg.errors import G7kgError, NotAcceptable
from g7kg.http.encodings import IDENTITY, WORTHWHILE, Compressor, compress, open_compressor

BUFFER: Final = 1 << 16
"""Bytes of an answer that are held back, so that an error before them is still reported instead of the answer."""

_CONTROLS: Final = bytes({*range(0x20)} - {0x09, 0x0A, 0x0D})
_NONCHARACTERS: Final = ("\ufffe".encode(), "\uffff".encode())
_NOT_XML: Final = re.compile(rb"[%s]|%s|%s" % (re.escape(_CONTROLS), *_NONCHARACTERS))
"""Characters that no XML 1.0 document can hold, not even as references (XML 1.0, section 2.2), in UTF-8."""


class FramedOutput:
    """A writable binary file that collects an answer and sends it in frames."""

    def __init__(self, send: Callable[[bytes], object], encoding: str, limits: Limits) -> None:
        self.send_bytes = send
        self.encoding = encoding
        self.limits = limits
        self.format = ""
        self.meter = Meter("", limits)
        self.buffer = bytearray()
        self.compressor: Compressor | None = None
        self.started = False

    def begin(self, format_name: str) -> None:
        """Note the format of the answer that follows."""
        self.format = format_name
        self.meter = Meter(format_name, self.limits)

    def write(self, data: bytes) -> int:
        """Take ``data``; send it on when the buffer is full."""
        sound = _make_sound(data) if self.format in {"xml", "rdf"} else data
        self.meter.add(sound)
        self.buffer += sound
        if len(self.buffer) >= BUFFER:
            if not self.started:
                self._start()
            self._send_buffer()
        return len(data)

    def flush(self) -> None:
        """Do nothing: frames are sent when they are full."""

    def finish(self) -> None:
        """Send what is left, and the end of the answer."""
        if not self.started:
            self._send_whole()
            return
        self._send_buffer()
        if self.compressor:
            self.send(Frame.DATA, self.compressor.flush())
        self.send(Frame.END, b"")

    def fail(self, error: G7kgError) -> None:
        """Send ``error`` instead of the answer, or of its end."""
        self.send(Frame.ERROR, json.dumps([type(error).__name__, error.message, error.hint]).encode())

    def send(self, kind: Frame, payload: bytes) -> None:
        """Send one frame."""
        self.send_bytes(FRAME_HEAD.pack(kind, len(payload)) + payload)

    def _start(self) -> None:
        self.started = True
        self.compressor = None if self.encoding == IDENTITY else open_compressor(self.encoding)
        self.send(Frame.HEAD, f"{self.format} {self.encoding}".encode())

    def _send_buffer(self) -> None:
        data = bytes(self.buffer)
        self.buffer.clear()
        if self.compressor:
            data = self.compressor.compress(data)
        if data:
            self.send(Frame.DATA, data)

    def _send_whole(self) -> None:
        body, encoding = bytes(self.buffer), self.encoding
        if len(body) < WORTHWHILE:
            encoding = IDENTITY
        if encoding != IDENTITY:
            body = compress(body, encoding)
        self.send(Frame.COMPLETE, f"{self.format} {encoding}\n".encode() + body)


def _make_sound(data: bytes) -> bytes:
    """Return ``data``, a piece of XML, with carriage returns as references: raw ones would be read as line breaks.

    Raises ``NotAcceptable`` if it holds a character that XML cannot express.
    """
    if len(data.translate(None, _CONTROLS)) < len(data) or any(character in data for character in _NONCHARACTERS):
        found = _NOT_XML.search(data)
        character = f"U+{ord(found[0].decode()):04X}" if found else "of control"
        hint = "ask for application/sparql-results+json, text/turtle or another format"
        raise NotAcceptable(f"the answer holds the character {character}, which XML cannot express", hint=hint)
    return data.replace(b"\r", b"&#13;")
