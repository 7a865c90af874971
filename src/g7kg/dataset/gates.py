"""Gates: how many questions of one client are asked at once."""

from __future__ import annotations

import asyncio
from typing import Final
from weakref import WeakValueDictionary

WIDTH: Final = 6
"""How many questions of one client pass at once: a page asks about so many."""


class Gates:
    """Lets each client have so many questions of its pages asked at once; the others wait their turn.

    One page asks a dozen at once: without gates a client that opens some pages would use up its share of the queue,
    and half of each page would be thrown away.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.gates: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def open(self, client: str) -> asyncio.Semaphore:
        """Return the gate of ``client``, which is forgotten when nobody holds it any more."""
        gate = self.gates.get(client)
        if gate is None:
            gate = self.gates[client] = asyncio.Semaphore(self.width)
        return gate
