"""What every handler needs: the snapshot that is served, the engine, the catalogue of queries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request

from g7kg.engine import Pool
from g7kg.manifest import Manifest
from g7kg.queries import CatalogueQuery


@dataclass(frozen=True)
class Site:
    """The snapshot's manifest, the pool over its store, the catalogue of queries, and the JSON-LD context's file."""

    manifest: Manifest
    pool: Pool
    queries: tuple[CatalogueQuery, ...]
    context: Path


def accept_of(request: Request) -> str | None:
    """Return what the client accepts: all its Accept headers as one; ``None`` if it has none."""
    values = request.headers.getlist("accept")
    return ", ".join(values) if values else None


def site_of(request: Request) -> Site:
    """Return the site that the request's application serves."""
    site = request.app.state.site
    if not isinstance(site, Site):
        raise TypeError("the application has not been started")
    return site
