"""One snapshot as assistants ask it: the engine over its store, the searcher of its index, the catalogue of queries."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode

from g7kg.engine import EngineRequest, Limits, Pool, PoolSettings
from g7kg.mapping.workspace import find_workspace
from g7kg.queries.catalogue import CatalogueQuery, read_queries
from g7kg.rdf.solutions import Table, read_table
from g7kg.search import Facet, Searcher, open_searcher
from g7kg.serve.mcp.checking import DocumentChecks
from g7kg.snapshot.index import open_index
from g7kg.snapshot.locks import serve_snapshot
from g7kg.snapshot.manifest import STORE, Manifest, read_manifest, verify_store

LIMITS: Final = Limits(rows=10_000, size=8 << 20)
"""What one answer of the engine may take: an assistant reads pages of it."""

_WORKERS: Final = 4
_QUEUE: Final = 64
"""Queries that may wait, of all clients or of one: an assistant asks many at once, and is often the only one."""


def default_pool() -> PoolSettings:
    """Return the settings of the engine as assistants need it."""
    return PoolSettings(workers=_WORKERS, limits=LIMITS, queue=_QUEUE, per_client=_QUEUE)


@dataclass(frozen=True)
class Answered:
    """The answer to a query: the name of its format, and its body."""

    format: str
    body: bytes


@dataclass(frozen=True)
class Served:
    """A snapshot that is open for assistants. ``facets`` are the classes and documents that its index knows.

    ``client`` is the one that asks: its queries count towards its share of the workers.
    """

    folder: Path
    manifest: Manifest
    pool: Pool
    searcher: Searcher
    checks: DocumentChecks
    queries: tuple[CatalogueQuery, ...]
    selections: Mapping[str, CatalogueQuery]
    facets: tuple[Facet, ...]
    client: str = ""

    async def run(self, request: EngineRequest) -> Answered:
        """Return the whole answer to ``request``; errors: see ``Engine``, ``TooLarge`` for more than ``LIMITS``."""
        answer = await self.pool.run(request, self.client)
        try:
            if isinstance(answer.body, bytes):
                return Answered(answer.format, answer.body)
            return Answered(answer.format, b"".join([chunk async for chunk in answer.body]))
        finally:
            answer.close()

    async def ask(self, query: CatalogueQuery, bindings: Mapping[str, NamedNode | Literal]) -> Table:
        """Return the solutions of ``query`` with ``bindings``; errors: see ``run``."""
        answered = await self.run(EngineRequest(query.text, "json", None, bindings=bindings))
        return read_table(answered.body, tuple(bindings))

    async def select(self, name: str, **bindings: NamedNode | Literal) -> Table:
        """Return the solutions of the query ``name`` of this room; errors: see ``run``."""
        return await self.ask(self.selections[name], bindings)


@asynccontextmanager
async def open_served(folder: Path, pool: PoolSettings) -> AsyncIterator[Served]:
    """Yield the snapshot in ``folder``, which stays meanwhile; ``WorkspaceError`` if there is none or it is damaged.

    A snapshot that is published later is not taken: what an assistant has read stays true until it ends.
    """
    manifest = read_manifest(folder)
    queries, selections = read_queries(find_workspace().queries), read_queries(Path(__file__).parent / "selections")
    with serve_snapshot(folder):
        await asyncio.to_thread(verify_store, folder)
        async with (
            open_searcher(folder, pool.deadline) as searcher,
            Pool(folder / STORE, manifest.quads, pool) as engine,
        ):
            yield Served(
                folder,
                manifest,
                engine,
                searcher,
                DocumentChecks(pool.limits.memory, pool.deadline),
                queries,
                {query.name: query for query in selections},
                _read_facets(folder),
            )


def _read_facets(folder: Path) -> tuple[Facet, ...]:
    with closing(open_index(folder)) as connection:
        return tuple(Facet(iri, label) for iri, label in _rows(connection, "SELECT iri, label FROM facet ORDER BY iri"))


def _rows(connection: sqlite3.Connection, query: str) -> list[tuple[str, str | None]]:
    return connection.execute(query).fetchall()
