"""One snapshot as assistants ask it: the engine over its store, the searcher of its index, the catalogue of queries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from g7kg.dataset.dataset import WIDTH, Dataset, Gates
from g7kg.dataset.library import read_library
from g7kg.engine import ClientEngine, Limits, Pool, PoolSettings
from g7kg.errors import TooLarge
from g7kg.sandbox.exchange import CheckOutcome, CheckRequest, Source
from g7kg.search import Facet, open_searcher
from g7kg.serve.checks import Checks
from g7kg.snapshot.index import open_index
from g7kg.snapshot.locks import serve_snapshot
from g7kg.snapshot.manifest import STORE, read_manifest, verify_store

MOST_BYTES: Final = 1 << 20
"""The longest document that is checked."""


LIMITS: Final = Limits(rows=10_000, size=8 << 20)
"""What one answer of the engine may take: an assistant reads pages of it."""

_WORKERS: Final = 4
_QUEUE: Final = 64
"""Queries that may wait, of all clients or of one: an assistant asks many at once, and is often the only one."""


def default_pool() -> PoolSettings:
    """Return the settings of the engine as assistants need it."""
    return PoolSettings(workers=_WORKERS, limits=LIMITS, queue=_QUEUE, per_client=_QUEUE)


@dataclass(frozen=True)
class Served:
    """A snapshot that is open for assistants. ``facets`` are the classes and documents that its index knows."""

    pool: Pool
    dataset: Dataset
    checks: Checks
    facets: tuple[Facet, ...]
    gates: Gates
    client: str = ""

    def serve(self, client: str) -> Served:
        """Return the same for another ``client``."""
        engine, gate = ClientEngine(self.pool, client), self.gates.open(client)
        return replace(self, client=client, dataset=replace(self.dataset, engine=engine, gate=gate))

    async def check(self, text: str, form: str) -> CheckOutcome:
        """Return the outcome of a check of ``text``, RDF in the format ``form``, under our shapes, as plain JSON.

        Raises ``TooLarge`` for more than ``MOST_BYTES``, and what ``Checks.run`` raises.
        """
        data = text.encode(errors="surrogatepass")
        if len(data) > MOST_BYTES:
            hint = f"send at most {MOST_BYTES:,} at once, or run g7kg validate on files"
            raise TooLarge(f"the document has {len(data):,} bytes", hint=hint)
        memory = self.pool.settings.limits.memory
        return await self.checks.run(CheckRequest((Source("rdf", form, data),), (), "json", memory), self.client)


@asynccontextmanager
async def open_served(folder: Path, pool: PoolSettings) -> AsyncIterator[Served]:
    """Yield the snapshot in ``folder``, which stays meanwhile; ``WorkspaceError`` if there is none or it is damaged.

    A snapshot that is published later is not taken: what an assistant has read stays true until it ends.
    """
    manifest = read_manifest(folder)
    with serve_snapshot(folder):
        await asyncio.to_thread(verify_store, folder)
        async with (
            open_searcher(folder, pool.deadline) as searcher,
            Pool(folder / STORE, manifest.quads, pool) as engine,
        ):
            dataset = Dataset(folder, manifest, read_library(), ClientEngine(engine, ""), searcher)
            yield Served(engine, dataset, Checks(pool.deadline), _read_facets(folder), Gates(WIDTH))


def _read_facets(folder: Path) -> tuple[Facet, ...]:
    with closing(open_index(folder)) as connection:
        rows = connection.execute("SELECT iri, label FROM facet ORDER BY iri")
        return tuple(Facet(iri, label) for iri, label in rows)
