"""Files of the snapshot as answers: whole, in ranges, or 304; at addresses that stand for their bytes."""

import asyncio
import base64
import hashlib
import logging
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

from g7kg.errors import EngineError
from g7kg.http.connection import connection_of
from g7kg.serve.caching import IMMUTABLE, matches
from g7kg.serve.site import exchange_of, header_of, site_of

logger = logging.getLogger(__name__)

RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    206: {"description": "The range that is asked for."},
    416: {"description": "The file has no such range."},
}
"""What is answered to requests for ranges, as OpenAPI describes it."""


async def respond_with_file(request: Request, path: Path, digest: str, media_type: str) -> Response:
    """Return the file at ``path`` whose SHA-256 is ``digest``, or the range of it that is asked for; it never changes.

    Who has it already is told so (304). Raises ``EngineError`` if the file is not there with just these bytes; one that
    changes while it is sent is not sent to its end.
    """
    stated = base64.b64encode(bytes.fromhex(digest)).decode()
    headers = {"Cache-Control": IMMUTABLE, "ETag": f'"{digest}"', "Repr-Digest": f"sha-256=:{stated}:"}
    if matches(header_of(request, b"if-none-match"), headers["ETag"]):
        exchange_of(request.scope).outcome = "unmodified"
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if await asyncio.to_thread(site_of(request).digests.find, path) != digest:
        logger.error("the snapshot is damaged: %s is not as written, and is not served", path)
        raise EngineError(f"{path.name} is damaged here", hint="who runs this server is to build the snapshot again")
    return SnapshotFile(path, digest, media_type, headers)


class SnapshotFile(FileResponse):
    """A file, of which HEAD gets the head, and which is sent to its end only if it has the ``digest``."""

    def __init__(self, path: Path, digest: str, media_type: str, headers: dict[str, str]) -> None:
        super().__init__(path, media_type=media_type, filename=path.name, headers=headers)
        self.digest = digest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or the range of it that is asked for; reset the connection before a wrong one is whole."""
        if scope.get("g7kg.head"):
            await super().__call__({**scope, "method": "HEAD"}, receive, send)
            return
        try:
            await super().__call__(scope, receive, _Verified(send, self).send)
        except EngineError as error:
            exchange_of(scope).outcome = type(error).__name__
            connection = connection_of(scope)
            if connection is None:
                raise
            connection.abort()
            await asyncio.sleep(0)


class _Verified:
    """Sends a body on, if it is a whole file all but its end; the end when the digest of all is right."""

    def __init__(self, send: Send, file: SnapshotFile) -> None:
        self.pass_on = send
        self.file = file
        self.found = hashlib.sha256()
        self.left: int | None = None
        self.end: list[bytes] = []

    async def send(self, message: Message) -> None:
        """Send ``message``, or keep it back; ``EngineError`` at the end of a wrong body."""
        if message["type"] == "http.response.start" and message["status"] == HTTPStatus.OK:
            self.left = next(int(value) for name, value in message["headers"] if name == b"content-length")
        elif self.left is not None:
            body, more = message["body"], message["more_body"]
            self.found.update(body)
            self.left -= len(body)
            if self.left < 0 or not (more or (self.left == 0 and self.found.hexdigest() == self.file.digest)):
                logger.error("the snapshot is damaged: %s was changed while it was sent", self.file.path)
                raise EngineError("the file was changed while it was sent")
            if self.left == 0:
                self.end.append(body)
                if more:
                    return
                message = {**message, "body": b"".join(self.end)}
        await self.pass_on(message)
