"""What those who run the server ask it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request

from g7kg.web.site import site_of

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz(request: Request) -> dict[str, str]:
    """Say that the server is up, and which snapshot it serves."""
    site = site_of(request)
    return {"status": "ok", "snapshot": site.manifest.digest, "modified": site.manifest.modified}
