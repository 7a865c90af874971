"""What the front processes of a server share: memory that all of them read, and of which each writes one part."""

import mmap
import os
import secrets
import socket
import zlib
from contextlib import suppress
from struct import Struct
from typing import Final

from g7kg.http.tally import NUMBERS, Tally

_TALLY: Final = 4 * NUMBERS
_TALLIES: Final = 4
_KEY: Final = 32
_READY: Final = _TALLIES * _TALLY
_SERVED: Final = _READY + _KEY
_LETTER: Final = _SERVED + _KEY
_HEAD: Final = Struct("=III")
"""Before a letter: how many were written, the length of this one and its checksum."""

_PART: Final = 1 << 18


class Commons:
    """The memory of a server with ``fronts`` processes, made before they are forked; each then calls ``join``.

    ``connections``, ``queries`` (that wait), ``checks`` (that wait) and ``checking`` (checks that run) are counted by
    client. ``guard`` is a file to lock while the log is written; ``None`` where there is one process.
    """

    def __init__(self, fronts: int = 1) -> None:
        self.fronts = fronts
        self.memory = memoryview(mmap.mmap(-1, fronts * _PART))
        self.secret = secrets.token_bytes(16)
        self.guard = os.memfd_create("g7kg-log") if fronts > 1 else None
        self.bells = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(fronts if fronts > 1 else 0)]
        for bell in self.bells:
            for end in bell:
                end.settimeout(0)
        self.join(0)

    def join(self, number: int) -> None:
        """Be the front with this ``number``, from 0, in this process."""
        self.own = number
        self.connections, self.queries, self.checks, self.checking = map(self._open_tally, range(_TALLIES))

    def close(self) -> None:
        """Close what is open for the fronts to speak; the memory stays as long as it is used."""
        for end in (end for bell in self.bells for end in bell):
            end.close()
        if self.guard is not None:
            os.close(self.guard)

    def forget(self, number: int) -> None:
        """Have the front ``number``, which is no more, count for nothing; its last letter stays for its successor."""
        part = self._part(number)
        part[:_LETTER] = bytes(_LETTER)

    def is_ready(self, number: int) -> bool:
        """Whether the front ``number`` can serve."""
        return any(self._part(number)[_READY:_LETTER])

    def announce(self, ready: str, served: str) -> None:
        """Tell that this front has the site with the key ``ready`` open, and answers from the one called ``served``."""
        part = self._part(self.own)
        part[_READY:_LETTER] = _to_bytes(ready) + _to_bytes(served)

    def agrees(self, key: str) -> bool:
        """Whether all fronts that live are ready for the site with this ``key``, or serve it."""
        wanted, nothing = _to_bytes(key), bytes(_KEY)
        for number in range(self.fronts):
            part = self._part(number)
            ready, served = bytes(part[_READY:_SERVED]), bytes(part[_SERVED:_LETTER])
            if wanted not in {ready, served} and ready != nothing:
                return False
        return True

    def write_letter(self, text: bytes) -> None:
        """Leave ``text`` for the other fronts, and for the successor of this one, in place of what was there."""
        part = self._part(self.own)
        count, _, _ = _HEAD.unpack_from(part, _LETTER)
        start = _LETTER + _HEAD.size
        if start + len(text) <= _PART:
            part[start : start + len(text)] = text
            _HEAD.pack_into(part, _LETTER, (count + 1) & 0xFFFFFFFF, len(text), zlib.crc32(text))

    def read_letter(self, number: int) -> tuple[int, bytes]:
        """Return how many letters the front ``number`` has written, and the last one; nothing if it is not whole."""
        part = self._part(number)
        count, size, checksum = _HEAD.unpack_from(part, _LETTER)
        text = bytes(part[_LETTER + _HEAD.size :][:size])
        return count, text if zlib.crc32(text) == checksum else b""

    def ring(self, number: int) -> None:
        """Ask the front ``number`` for a letter."""
        with suppress(OSError):  # its bell rings already
            self.bells[number][0].send(b"!")

    def answer_bell(self) -> None:
        """Take what has rung for this front."""
        with suppress(OSError):
            while self.bells[self.own][1].recv(1):
                pass

    def _part(self, number: int) -> memoryview:
        return self.memory[number * _PART : (number + 1) * _PART]

    def _open_tally(self, place: int) -> Tally:
        start = place * _TALLY
        parts = [self._part(number)[start : start + _TALLY].cast("i") for number in range(self.fronts)]
        return Tally(parts, self.own, self.secret)


def _to_bytes(key: str) -> bytes:
    """Return the ``key`` of a site, an entity tag of 32 digits in quotes, without the quotes."""
    return key.strip('"').encode("ascii").ljust(_KEY, b"\0")[:_KEY]
