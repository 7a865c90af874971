"""What each client has, counted over the processes of a server, without a lock that a dead process could keep."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from struct import unpack
from typing import Final

_ROWS: Final = 4
_WIDTH: Final = 1024

NUMBERS: Final = _ROWS * _WIDTH + 1
"""How many integers a process keeps."""


class Tally:
    """Numbers by client: each process changes those in its own part and reads the sum over all ``parts``.

    A part has ``NUMBERS`` integers, which its process may lose by its death: whoever sees that sets them to 0. A client
    is counted in one place of each of four rows, its number is the least of these (a count-min sketch): never too
    small, and too large only if others share all four, which the ``secret`` keeps anybody from arranging.
    """

    def __init__(self, parts: Sequence[memoryview] | None = None, own: int = 0, secret: bytes = b"") -> None:
        self.parts = parts or [memoryview(bytearray(4 * NUMBERS)).cast("i")]
        self.own = self.parts[own]
        self.secret = secret

    @property
    def total(self) -> int:
        """The sum over all clients and processes."""
        return sum(part[NUMBERS - 1] for part in self.parts)

    def add(self, client: str, number: int) -> None:
        """Count ``number`` more of ``client`` in this process."""
        for place in _find_places(client, self.secret):
            self.own[place] += number
        self.own[NUMBERS - 1] += number

    def count(self, client: str) -> int:
        """Return the number of ``client`` over all processes."""
        return min(sum(part[place] for part in self.parts) for place in _find_places(client, self.secret))


@lru_cache(maxsize=256)
def _find_places(client: str, secret: bytes) -> tuple[int, ...]:
    found = unpack("4H", blake2b(client.encode(), digest_size=2 * _ROWS, key=secret).digest())
    return tuple(row * _WIDTH + number % _WIDTH for row, number in enumerate(found))
