"""What those who run the server ask it."""

import json
from typing import Final

from fastapi import APIRouter
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from g7kg.engine import EngineRequest, read_answer
from g7kg.engine.holdings import MARK
from g7kg.errors import EngineError
from g7kg.serve.answers import kept
from g7kg.serve.site import engine_of, site_of
from g7kg.serve.telemetry import Telemetry

_ROW_BYTES: Final = 1 << 16

router = APIRouter(tags=["operations"])


@router.get("/openapi.json", include_in_schema=False)
@kept()
async def openapi(request: Request) -> Response:
    """Return the description of the API (OpenAPI 3.1)."""
    return JSONResponse(request.app.openapi())


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Say that the server is alive."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> dict[str, str]:
    """Say that the server can answer queries, and which snapshot it serves; 503 if no worker or no store answers.

    While what is published is refused, or not all of it can be served, ``refused`` names its folder.
    """
    site = site_of(request)
    if not site.pool.workers:
        raise EngineError("no worker lives", hint="see the log")
    if site.settings.store is not None:
        try:
            answer = await engine_of(request).run(EngineRequest(MARK, "json", None))
            rows = json.loads(await read_answer(answer, _ROW_BYTES) or b"null")["results"]["bindings"]
        except EngineError as error:
            raise EngineError(error.message, hint=error.hint) from error
        if rows and rows[0]["digest"]["value"] != site_of(request).manifest.digest:
            raise EngineError("the store holds another snapshot", hint="publish this one to it, or that one here")
    refusal = request.app.state.live.refused
    refused = {"refused": refusal.folder.name} if refusal else {}
    return {"status": "ready", "snapshot": site.manifest.digest, "modified": site.manifest.modified, **refused}


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Return the server's numbers in Prometheus' text format."""
    telemetry: Telemetry = request.app.state.telemetry
    return Response(await telemetry.totals.collect(), headers={"Content-Type": CONTENT_TYPE_LATEST})
