"""As much of HTTP/1.1 as a load generator needs: requests ready to be sent, and a reader of responses."""

from __future__ import annotations

from typing import Final

from benchmarks.workload import Query

_END_OF_HEAD: Final = b"\r\n\r\n"
_NO_BODY: Final = frozenset({204, 304})


def to_request(query: Query, path: str, etag: str | None = None) -> bytes:
    """Return the GET request that asks ``query`` at ``path``; with ``etag``, only if the answer is another by now."""
    condition = f"If-None-Match: {etag}\r\n" if etag else ""
    head = f"Host: 127.0.0.1\r\nAccept: {query.kind.accept}\r\n{condition}"
    return f"GET {path}?query={query.encoded} HTTP/1.1\r\n{head}\r\n".encode("ascii")


class ResponseReader:
    """Reads one response, piece by piece; lengths, chunks and bodies that end with the connection are understood.

    ``status``, ``headers`` (names in small letters) and ``body`` hold once ``feed`` or ``end`` has returned true.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self._buffer = bytearray()
        self._position = 0
        self._length: int | None = None
        self._chunked = False

    def feed(self, data: bytes) -> bool:
        """Take ``data``; return whether the response is complete. ``ValueError``: it is not HTTP."""
        self._buffer += data
        if not self.status and not self._read_head():
            return False
        if self._chunked:
            return self._read_chunks()
        if self._length is None:
            return False
        self._move_body()
        return len(self.body) >= self._length

    def end(self) -> bool:
        """Take note that the connection has ended; return whether the response is complete by that."""
        if not self.status or self._chunked or self._length is not None:
            return False
        self._move_body()
        return True

    @property
    def keeps_alive(self) -> bool:
        """Whether another request may be sent on the connection."""
        return self.headers.get("connection", "").lower() != "close"

    def _move_body(self) -> None:
        self.body += self._buffer[self._position :]
        self._buffer.clear()
        self._position = 0

    def _read_head(self) -> bool:
        end = self._buffer.find(_END_OF_HEAD)
        if end < 0:
            return False
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ", 2)[1])
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self._position = end + len(_END_OF_HEAD)
        self._chunked = self.headers.get("transfer-encoding", "").lower() == "chunked"
        if self.status in _NO_BODY:
            self._length, self._chunked = 0, False
        elif "content-length" in self.headers:
            self._length = int(self.headers["content-length"])
        return True

    def _read_chunks(self) -> bool:
        """Move the chunks that are complete to the body; return whether the last one was among them."""
        while (line := self._buffer.find(b"\r\n", self._position)) >= 0:  # ends: each round moves on, or returns
            size = int(bytes(self._buffer[self._position : line]).partition(b";")[0], 16)
            if size == 0:
                return self._buffer.find(_END_OF_HEAD, line) >= 0
            start = line + 2
            if len(self._buffer) < start + size + 2:
                return False
            self.body += self._buffer[start : start + size]
            self._position = start + size + 2
        return False
