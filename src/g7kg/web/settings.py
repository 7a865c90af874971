"""The settings of a server."""

from __future__ import annotations

from dataclasses import dataclass, field

from g7kg.engine import PoolSettings, Service


@dataclass(frozen=True)
class ServerSettings:
    """What whoever runs the server may choose.

    ``cache_bytes`` bounds the answers that are kept; ``max_age`` is for how many seconds others may keep one without
    asking again. ``request_seconds`` is how long a client may take to send a request, ``stall_seconds`` how long it may
    take no byte of an answer. ``connections`` bounds all open connections, ``client_connections`` those of one address
    (addresses in ``trusted`` are proxies and are exempt; they tell whose request they bring).

    ``public`` is the address, ending in a slash, at which the server is known;
    without it that is the one that each request names. ``store`` is a service that is asked in place of the store in
    the snapshot.
    """

    pool: PoolSettings = field(default_factory=PoolSettings)
    cache_bytes: int = 64 << 20
    max_age: int = 60
    request_seconds: float = 20.0
    stall_seconds: float = 20.0
    connections: int = 1000
    client_connections: int = 100
    trusted: str = "127.0.0.1"
    public: str | None = None
    store: Service | None = None
