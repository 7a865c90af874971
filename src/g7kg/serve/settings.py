"""The settings of a server."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from g7kg.dataset.dataset import WIDTH
from g7kg.engine import PoolSettings, Service
from g7kg.http.limits import ConnectionLimits
from g7kg.serve.checks import AT_ONCE


@dataclass(frozen=True)
class ServerSettings:
    """What whoever runs the server may choose.

    ``cache_bytes`` bounds the answers that are kept; ``max_age`` is for how many seconds others may keep one without
    asking again.

    ``public`` is the address, ending in a slash, at which the server is known;
    without it that is the one that each request names. ``store`` is a service that is asked in place of the store in
    the snapshot.

    ``contact`` is where readers report errors in the data: an address (https, mailto), or empty.

    ``gate`` is how many questions of a client's pages are asked at once, ``checks`` how many checks run at once.

    ``private`` names the hosts as which the server may be addressed, and keeps its answers from pages of other sites;
    ``None``: it answers to any name, and everybody's scripts may read.
    """

    pool: PoolSettings = field(default_factory=PoolSettings)
    cache_bytes: int = 64 << 20
    max_age: int = 60
    connections: ConnectionLimits = field(default_factory=ConnectionLimits)
    public: str | None = None
    contact: str = ""
    store: Service | None = None
    private: frozenset[str] | None = None
    gate: int = WIDTH
    checks: int = AT_ONCE

    def divide(self, fronts: int, number: int) -> ServerSettings:
        """Return what the front ``number``, from 0, of so many ``fronts`` has of all: workers, cache, checks.

        The questions of its pages are no more than its workers answer at once: those of all fronts are in one queue.
        """
        if fronts == 1:
            return self
        least, more = divmod(self.pool.workers, fronts)
        pool = replace(self.pool, workers=least + (number < more))
        gate, checks = min(self.gate, pool.admission.share), max(1, self.checks // fronts)
        return replace(self, pool=pool, cache_bytes=self.cache_bytes // fronts, gate=gate, checks=checks)
