"""What clients may do with their connections."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConnectionLimits:
    """What clients of a server may do with their connections.

    ``request_seconds`` is how long a client may take to send a request, ``stall_seconds`` how long it may take no byte
    of an answer: enough for a mebibyte at half a megabit a second, and for a pause of a mobile client. ``total`` bounds
    all open connections, ``per_client`` those of one address, so that none takes every file that the process may have
    open; a hundred are those of some fifteen browsers behind one address. Addresses in ``trusted`` are proxies and are
    exempt; they tell whose request they bring.
    """

    request_seconds: float = 20.0
    stall_seconds: float = 20.0
    total: int = 1000
    per_client: int = 100
    trusted: str = "127.0.0.1"
