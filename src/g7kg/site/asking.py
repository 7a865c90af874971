"""The server's handlers asked in this process, without a connection."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.types import Message

from g7kg.serve.app import create_app
from g7kg.serve.site import begin_exchange
from g7kg.site.source import SiteSource


@dataclass(frozen=True)
class Answer:
    """What a path was answered with; header names are in lower case."""

    status: int
    headers: MutableMapping[str, str]
    body: bytes

    @property
    def is_page(self) -> bool:
        """Whether it is for people."""
        return self.headers.get("content-type", "").startswith("text/html")


class Asker:
    """Asks what a server over ``source`` answers."""

    def __init__(self, source: SiteSource) -> None:
        self.source = source
        self.app = create_app(source.folder, source.settings).app

    async def ask(self, path: str, accept: str = "text/html, */*;q=0.5") -> Answer:
        """Return the answer to GET of ``path`` (percent-encoded, with its parameters), redirections followed."""
        answer = await self._ask(path, accept)
        while "location" in answer.headers:
            answer = await self._ask(answer.headers["location"], accept)
        return answer

    async def _ask(self, path: str, accept: str) -> Answer:
        parts, sent = urlsplit(path), list[Message]()
        headers = {"host": "localhost", "accept": accept, "accept-encoding": "identity"}
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": None,
            "server": ("localhost", 80),
        }
        begin_exchange(scope, self.source)

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start, *rest = sent
        said = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], said, b"".join(message.get("body", b"") for message in rest))
