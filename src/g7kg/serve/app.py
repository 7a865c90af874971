"""The application: routes and handlers put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from g7kg import __version__
from g7kg.dataset.library import read_library
from g7kg.serve import operations
from g7kg.serve.checks import Checks
from g7kg.serve.commons import Commons
from g7kg.serve.data import discovery, resources
from g7kg.serve.data.resources import PATH
from g7kg.serve.documentation import PATHS, describe_failures, describe_queries
from g7kg.serve.failures import install_handlers
from g7kg.serve.front import Front
from g7kg.serve.live import LiveSite
from g7kg.serve.pages import comparison, plain, query, questions, search, undertakings, validation
from g7kg.serve.pages.manual import add_documentation
from g7kg.serve.settings import ServerSettings
from g7kg.serve.sparql.protocol import answer_sparql, answer_sparql_of_snapshot
from g7kg.serve.sparql.store import answer_store
from g7kg.serve.telemetry import Telemetry

LISTED: Final = {
    "/dumps": "/dataset",
    "/graph": "/dataset",
    "/doc": "/search",
    "/id": "/search",
    "/embed": "/help",
    "/linkset": "/dataset",
    "/q": "/query",
    "/query/editor": "/query",
}
"""What begins the addresses of other things without being one: it leads to what lists them, or tells of them."""


class Application(FastAPI):
    """FastAPI, whose description of itself has the plain routes too, and each query of the catalogue."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI description of all routes."""
        description = super().openapi()
        routes = describe_failures(description["paths"])
        paths: dict[str, Any] = {**PATHS, **routes, **describe_queries(self.state.queries)}
        paths.pop("/queries/{name}", None)
        return {name: value for name, value in description.items() if name != "components"} | {"paths": paths}


def create_app(source: Path, settings: ServerSettings | None = None, commons: Commons | None = None) -> Front:
    """Return the ASGI application that serves ``source``: the folder of a snapshot, or one with a published snapshot.

    ``commons`` is what it shares with other processes that serve the same.

    A newly published snapshot is served as soon as it is there. Raises ``WorkspaceError`` at its start-up if there is
    none, or a damaged one.
    """
    library = read_library()
    settings = settings or ServerSettings()
    commons = commons or Commons()
    live = LiveSite(source, library, settings, commons)
    telemetry = Telemetry(live)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        telemetry.totals.start()
        await live.start()
        try:
            yield
        finally:
            telemetry.totals.stop()
            await live.stop()

    app = Application(
        title="g7kg", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    app.state.live = live
    app.state.telemetry = telemetry
    app.state.checks = Checks(settings.pool.deadline, settings.checks, commons.checks, commons.checking)
    app.state.queries = library.queries
    install_handlers(app)
    _add_routes(app)
    return Front(app, answer_sparql, live, telemetry)


def _add_routes(app: FastAPI) -> None:
    """Add all routes; that of the linked data, which takes any path, comes last.

    The first ones are described in ``documentation``: their parameters are those of the protocols, not FastAPI's.
    """
    app.add_route("/dataset/{digest}/sparql", answer_sparql_of_snapshot, methods=["GET", "POST"])
    app.add_route("/validate", validation.answer_validate, methods=["GET", "POST"])
    app.add_route("/store", answer_store, methods=["GET"])
    app.add_route("/store/", _lead_to_path, methods=["GET"])  # below it, a slash may end the name of a graph
    app.add_route("/store/{path:path}", answer_store, methods=["GET"])
    app.mount("/static", StaticFiles(packages=[("g7kg.pages", "static")]), name="static")
    add_documentation(app)
    app.add_route("/{path:path}/", _lead_to_path, methods=["GET", "POST"])
    for path, target in LISTED.items():
        app.add_route(path, partial(_lead, target), methods=["GET"])
    pages = (plain, questions, search, undertakings, comparison, validation, query)
    for module in (*pages, operations, discovery, resources):
        app.include_router(module.router)


async def _lead_to_path(request: Request) -> Response:
    """Lead from an address that ends in a slash to the same without it: nothing of ours has two."""
    path = quote(bytes(request.scope["raw_path"]).decode("latin-1").strip("/"), safe=f"%{PATH}")
    query = f"?{request.url.query}" if request.url.query else ""
    return Response(status_code=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": f"/{path}{query}"})


async def _lead(target: str, _request: Request) -> Response:
    return RedirectResponse(target, HTTPStatus.SEE_OTHER)
