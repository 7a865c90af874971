"""The snapshot itself, file by file, for other servers: ``g7kg pull`` fetches it from here.

The files stand below an address that is made of their digests: the data's own digest would not do, because the store of
the same data has other bytes wherever it is built.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from g7kg.errors import NotFound
from g7kg.serve.answers import ReadyResponse
from g7kg.serve.caching import Representation, matches
from g7kg.serve.files import RESPONSES, respond_with_file
from g7kg.serve.site import Site, note_outcome, site_of
from g7kg.snapshot.manifest import MANIFEST, STORE_DIGESTS, identify_files

router = APIRouter(prefix="/snapshot", tags=["snapshot"])


@dataclass(frozen=True)
class _Handover:
    """What is handed on: the content of the manifest, what stands for all files, the SHA-256 of each by its path."""

    manifest: bytes
    digest: str
    files: Mapping[str, str]


def _read_handover(site: Site) -> _Handover:
    """Return what can be handed on of the snapshot that is served; ``NotFound`` if nothing may be."""
    if site.manifest.texts:
        raise NotFound(
            "the snapshot is not handed on: it holds the words of documents, which belong to their authors",
            hint="pull from a server whose snapshot was built without --texts",
        )
    # read anew each time: a snapshot of the same name may have taken the place of the one that was opened
    manifest, stored = ((site.folder / name).read_bytes() for name in (MANIFEST, STORE_DIGESTS))
    lists = {name: hashlib.sha256(data).hexdigest() for name, data in ((MANIFEST, manifest), (STORE_DIGESTS, stored))}
    return _Handover(manifest, identify_files(manifest, stored), {**site.manifest.files, **json.loads(stored), **lists})


@router.get("/manifest.json", response_class=Response)
async def manifest(request: Request) -> Response:
    """Return the manifest of the snapshot that is served now; Content-Location tells where its files are."""
    found, max_age = _read_handover(site_of(request)), site_of(request).settings.max_age
    etag = f'"{found.digest}"'
    headers = (
        (b"cache-control", f"public, max-age={max_age}".encode()),
        (b"etag", etag.encode()),
        (b"content-location", f"/snapshot/{found.digest}/{MANIFEST}".encode()),
    )
    if matches(", ".join(request.headers.getlist("if-none-match")), etag):
        note_outcome(request.scope, "unmodified")
        return ReadyResponse(Representation(headers, b""), HTTPStatus.NOT_MODIFIED)
    length = (b"content-length", str(len(found.manifest)).encode())
    typed = (*headers, (b"content-type", b"application/json"), length)
    return ReadyResponse(Representation(typed, found.manifest))


@router.get("/{digest}/{name:path}", response_class=Response, responses=RESPONSES)
async def file_of_snapshot(request: Request, digest: str, name: str) -> Response:
    """Return a file of one snapshot, whole or in ranges; it never changes."""
    site = site_of(request)
    found = _read_handover(site)
    if digest != found.digest:
        raise NotFound(f"the snapshot {digest} is not served here", hint="ask for /snapshot/manifest.json again")
    if name not in found.files:
        raise NotFound(f"the snapshot has no file {name}", hint="manifest.json and store.json list its files")
    return await respond_with_file(request, site.folder / name, found.files[name], _media_type(name))


def _media_type(name: str) -> str:
    return "application/json" if name.endswith(".json") else "application/octet-stream"
