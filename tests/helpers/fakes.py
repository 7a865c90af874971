"""Services that answer whatever a test has them say."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from benchmarks.processes import HOST


def answer(status: str, body: bytes, media_type: str = "application/sparql-results+json", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Type: {media_type}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(head).encode() + body


@dataclass
class Fake:
    """A service that says ``said`` to every request, or what that makes of it, and keeps what it was asked.

    ``seconds`` pass before.
    """

    said: bytes | Callable[[bytes], bytes]
    seconds: float = 0.0
    close: bool = False
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    left: threading.Event = field(default_factory=threading.Event)
    address: str = ""


@contextmanager
def run_fake(said: bytes | Callable[[bytes], bytes], seconds: float = 0.0, *, close: bool = False) -> Iterator[Fake]:
    fake = Fake(said, seconds, close)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            fake.connections += 1
            with suppress(OSError):
                while head := self._read_head():
                    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                    fake.requests.append(head + self.rfile.read(length))
                    self._pause()
                    self.wfile.write(fake.said(fake.requests[-1]) if callable(fake.said) else fake.said)
                    if fake.close:
                        return

        def _read_head(self) -> bytes:
            lines = iter(self.rfile.readline, b"\r\n")
            head = b""
            for line in lines:
                if not line:
                    break
                head += line
            return head

        def _pause(self) -> None:
            """Wait; note if the client leaves meanwhile."""
            self.connection.settimeout(fake.seconds or None)
            if fake.seconds:
                with suppress(TimeoutError):
                    if not self.connection.recv(1):
                        fake.left.set()

    class Listener(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Listener((HOST, 0), Handler) as listener:
        fake.address = f"http://{HOST}:{listener.server_address[1]}/sparql"
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield fake
        finally:
            listener.shutdown()
            thread.join()
