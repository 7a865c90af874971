"""Files of the snapshot as answers: whole, in ranges, or 304; at addresses that stand for their bytes."""

from __future__ import annotations

import base64
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from g7kg.serve.caching import IMMUTABLE, matches
from g7kg.serve.site import note_outcome

RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    206: {"description": "The range that is asked for."},
    416: {"description": "The file has no such range."},
}
"""What is answered to requests for ranges, as OpenAPI describes it."""


def respond_with_file(request: Request, path: Path, digest: str, media_type: str) -> Response:
    """Return the file at ``path`` whose SHA-256 is ``digest``, or the range of it that is asked for; it never changes.

    Who has it already is told so (304).
    """
    stated = base64.b64encode(bytes.fromhex(digest)).decode()
    headers = {"Cache-Control": IMMUTABLE, "ETag": f'"{digest}"', "Repr-Digest": f"sha-256=:{stated}:"}
    if matches(", ".join(request.headers.getlist("if-none-match")), headers["ETag"]):
        note_outcome(request.scope, "unmodified")
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return _File(path, media_type=media_type, filename=path.name, headers=headers)


class _File(FileResponse):
    """A file, of which HEAD gets the head."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or the range of it that is asked for."""
        await super().__call__({**scope, "method": "HEAD"} if scope.get("g7kg.head") else scope, receive, send)
