"""A worker process: opens the store read-only, gives up what it does not need, then answers one query at a time.

It reads requests from standard input and writes frames to standard output. Whatever goes wrong in it, stack overflow
and exhausted memory included, ends this process only; its pool starts another.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import BinaryIO, Final

from pyoxigraph import Store

from g7kg.engine.evaluation import evaluate, write_result
from g7kg.engine.request import FRAME_HEAD, EngineRequest, Frame
from g7kg.errors import EngineError, G7kgError, NotAcceptable, QueryError

BUFFER: Final = 1 << 16
"""Bytes of an answer that are held back, so that an error before them is still reported instead of the answer."""


class FramedOutput:
    """A writable binary file that collects an answer and sends it in frames."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.format = ""
        self.buffer = bytearray()
        self.started = False

    def begin(self, format_name: str) -> None:
        """Note the format of the answer that follows."""
        self.format = format_name

    def write(self, data: bytes) -> int:
        """Take ``data``; send it on when the buffer is full."""
        self.buffer += data
        if len(self.buffer) >= BUFFER:
            if not self.started:
                self.send(Frame.HEAD, self.format.encode())
                self.started = True
            self.send(Frame.DATA, bytes(self.buffer))
            self.buffer.clear()
        return len(data)

    def flush(self) -> None:
        """Do nothing: frames are sent when they are full."""

    def finish(self) -> None:
        """Send what is left, and the end of the answer."""
        if not self.started:
            self.send(Frame.COMPLETE, self.format.encode() + b"\n" + bytes(self.buffer))
            return
        self.send(Frame.DATA, bytes(self.buffer))
        self.send(Frame.END, b"")

    def fail(self, error: G7kgError) -> None:
        """Send ``error`` instead of the answer, or of its end."""
        self.send(Frame.ERROR, json.dumps([type(error).__name__, error.message, error.hint]).encode())

    def send(self, kind: Frame, payload: bytes) -> None:
        """Send one frame."""
        self.stream.write(FRAME_HEAD.pack(kind, len(payload)) + payload)
        self.stream.flush()


def serve_requests(store: Store, source: BinaryIO, target: BinaryIO) -> None:
    """Say that the worker is ready, then answer requests from ``source`` until it ends."""
    FramedOutput(target).send(Frame.READY, b"")
    while head := source.read(FRAME_HEAD.size):
        _, length = FRAME_HEAD.unpack(head)
        request = EngineRequest.from_bytes(source.read(length))
        output = FramedOutput(target)
        try:
            write_result(evaluate(store, request), request, output, output.begin)
        except (QueryError, NotAcceptable) as error:
            output.fail(error)
        except Exception as error:  # noqa: BLE001 - whatever an evaluation raises is reported, and the worker lives on
            output.fail(EngineError(f"the evaluation failed: {error}"))
        else:
            output.finish()


_PR_SET_PDEATHSIG: Final = 1
"""prctl(2): the signal that this process gets when its parent ends."""


def confine(memory: int) -> None:
    """Die with the server; give up files, sockets, and more than ``memory`` further bytes of address space."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def main() -> None:
    """Open the store named by the first argument; the second is the ceiling of memory in bytes."""
    store = Store.read_only(sys.argv[1])
    confine(int(sys.argv[2]))
    serve_requests(store, os.fdopen(0, "rb", closefd=False), os.fdopen(1, "wb", closefd=False))


if __name__ == "__main__":
    main()
