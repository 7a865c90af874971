"""The application: routes and handlers put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles

from g7kg import __version__
from g7kg.engine import Pool, PoolSettings
from g7kg.locks import serve_snapshot
from g7kg.manifest import read_manifest
from g7kg.queries import read_queries
from g7kg.web import home, operations, protocol, resources
from g7kg.web.failures import install_handlers
from g7kg.web.head import HeadAsGet
from g7kg.web.site import Site
from g7kg.workspace import find_workspace


def create_app(snapshot: Path, settings: PoolSettings | None = None) -> FastAPI:
    """Return the application that serves the snapshot in the folder ``snapshot`` (links are followed once, here).

    Raises ``WorkspaceError`` if there is no snapshot; at its start-up, if the store cannot be opened.
    """
    folder = snapshot.resolve()
    manifest = read_manifest(folder)
    workspace = find_workspace()
    queries = read_queries(workspace.queries)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with serve_snapshot(folder):
            async with Pool(folder / "store", settings or PoolSettings()) as pool:
                app.state.site = Site(manifest, pool, queries, workspace.ontology / "context.jsonld")
                yield

    app = FastAPI(title="g7kg", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(HeadAsGet)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "HEAD", "POST", "OPTIONS"],
        expose_headers=["Content-Location", "Link", "Retry-After"],
    )
    install_handlers(app)
    app.mount("/static", StaticFiles(packages=[("g7kg.web", "static")]), name="static")
    for module in (home, protocol, operations, resources):
        app.include_router(module.router)
    return app
