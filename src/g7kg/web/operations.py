"""What those who run the server ask it."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from g7kg.errors import EngineError
from g7kg.web.site import site_of
from g7kg.web.telemetry import Telemetry

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Say that the server is alive."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> dict[str, str]:
    """Say that the server can answer queries, and which snapshot it serves; 503 if no worker lives."""
    site = site_of(request)
    if not site.pool.workers:
        raise EngineError("no worker lives", hint="see the log")
    return {"status": "ready", "snapshot": site.manifest.digest, "modified": site.manifest.modified}


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Return the server's numbers in Prometheus' text format."""
    telemetry: Telemetry = request.app.state.telemetry
    return Response(generate_latest(telemetry.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
