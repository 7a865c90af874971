"""What each client has, counted over the processes of a server, without a lock that a dead process could keep."""

import ipaddress
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from struct import unpack
from typing import Any, Final

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
        return sum([part[NUMBERS - 1] for part in self.parts])

    def add(self, client: str, number: int) -> None:
        """Count ``number`` more of ``client`` in this process."""
        for place in _find_places(client, self.secret):
            self.own[place] += number
        self.own[NUMBERS - 1] += number

    def count(self, client: str) -> int:
        """Return the number of ``client`` over all processes."""
        return min([sum([part[place] for part in self.parts]) for place in _find_places(client, self.secret)])


@lru_cache(maxsize=256)
def _find_places(client: str, secret: bytes) -> tuple[int, ...]:
    found = unpack("4H", blake2b(client.encode(), digest_size=2 * _ROWS, key=secret).digest())
    return tuple(row * _WIDTH + number % _WIDTH for row, number in enumerate(found))


def client_of(scope: Mapping[str, Any]) -> str:
    """Return who asks: an IPv4 address, or the network (64 bits) of an IPv6 address, which one client may fill."""
    return group_address(scope["client"][0] if scope.get("client") else "")


def group_address(address: str) -> str:
    """Return the network (64 bits) of an IPv6 address, any other address as it is."""
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
