"""A web server over a published folder that a test can make misbehave."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Fault = Callable[["Handler"], None]


@dataclass
class Source:
    """What the server serves, what it was asked (path, Range, Authorization), and how it fails, by end of the path."""

    folder: Path
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    faults: dict[str, Fault] = field(default_factory=dict)
    address: str = ""

    def paths(self) -> list[str]:
        """Return the paths that were asked since the last call."""
        found = [path for path, _, _ in self.asked]
        self.asked.clear()
        return found


class Handler(BaseHTTPRequestHandler):
    """Answers GET with files, in ranges if asked, with an entity tag."""

    protocol_version = "HTTP/1.1"

    def __init__(self, source: Source, *arguments: object) -> None:
        self.source = source
        super().__init__(*arguments)  # type: ignore[arg-type]

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - as it is called
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer as the source is set."""
        self.close_connection = True
        headers = self.headers
        self.source.asked.append((self.path, headers.get("Range"), headers.get("Authorization")))
        for end, fault in self.source.faults.items():
            if self.path.endswith(end):
                fault(self)
                return
        self.send_file()

    @property
    def file(self) -> Path:
        """The file that is asked for."""
        return self.source.folder / self.path.removeprefix("/")

    def send_file(self) -> None:
        """Send what is asked for."""
        if not self.file.is_file():
            self.answer(404, b"nothing here")
            return
        data, tag = self.file.read_bytes(), f'"{self.file.stat().st_mtime_ns}"'
        if tag in self.headers.get("If-None-Match", ""):
            self.answer(304, b"", {"ETag": tag})
            return
        if found := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
            start = int(found[1])
            self.answer(206, data[start:], {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"})
            return
        self.answer(200, data, {"ETag": tag})

    def answer(
        self, status: int, body: bytes, headers: Mapping[str, str] | None = None, length: int | None = None
    ) -> None:
        """Send ``body``; ``length`` is what is said of it."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body) if length is None else length), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def run_source(folder: Path, port: int = 0) -> Iterator[Source]:
    """Serve ``folder`` on 127.0.0.1 for as long as the context lasts."""
    source = Source(folder)
    with ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, source)) as server:
        source.address = f"http://127.0.0.1:{server.server_address[1]}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield source
        finally:
            server.shutdown()
            thread.join()


def cut(size: int) -> Fault:
    """Return the fault that a file ends after ``size`` more bytes, though its length is stated as it is."""

    def fail(handler: Handler) -> None:
        data = handler.file.read_bytes()
        found = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        start = int(found[1]) if found else 0
        ranges = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if found else {}
        handler.answer(206 if found else 200, data[start : start + size], ranges, len(data) - start)

    return fail


def say(status: int, body: bytes, **headers: str) -> Fault:
    """Return the fault that this is said instead."""
    return lambda handler: handler.answer(status, body, {name.replace("_", "-"): v for name, v in headers.items()})
