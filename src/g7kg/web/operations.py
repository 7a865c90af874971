"""What those who run the server ask it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request

from g7kg.errors import EngineError
from g7kg.web.site import site_of

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz(request: Request) -> dict[str, str]:
    """Say that the server can answer queries, and which snapshot it serves; 503 if no worker lives."""
    site = site_of(request)
    if not site.pool.workers:
        raise EngineError("no worker lives", hint="see the log")
    return {"status": "ok", "snapshot": site.manifest.digest, "modified": site.manifest.modified}
