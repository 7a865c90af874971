"""A worker process: gives up what it does not need, then answers one query at a time, in frames."""

import os
import select
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from io import FileIO, RawIOBase
from typing import Final, Protocol

from g7kg.engine.evaluation import Result, write_result
from g7kg.engine.limits import Limits, Meter, refuse_memory
from g7kg.engine.request import EngineRequest, Frame, make_frame, take_frames, write_error
from g7kg.errors import EngineFault, G7kgError
from g7kg.http.negotiation import IDENTITY, WORTHWHILE, Compressor, compress, open_compressor

BUFFER: Final = 1 << 16
"""Bytes of an answer that are held back, so that an error before them is still reported instead of the answer."""

_PIECE: Final = 1 << 16
"""Bytes of requests that are read at once."""


class FramedOutput:
    """A writable binary file that collects an answer and sends it in frames."""

    def __init__(self, send: Callable[[bytes], object], encoding: str, limits: Limits) -> None:
        self.send_bytes = send
        self.encoding = encoding
        self.limits = limits
        self.format = ""
        self.unknown: tuple[str, ...] = ()
        self.meter = Meter(self.format, limits)
        self.buffer = bytearray()
        self.compressor: Compressor | None = None
        self.started = False

    def begin(self, format_name: str) -> None:
        """Note the format of the answer that follows."""
        self.format = format_name
        self.meter = Meter(format_name, self.limits)

    def write(self, data: bytes) -> int:
        """Take ``data``; send it on when the buffer is full."""
        self.meter.add(data)
        self.buffer += data
        if len(self.buffer) >= BUFFER:
            if not self.started:
                self._start()
            self._send_buffer()
        return len(data)

    def flush(self) -> None:
        """Do nothing: frames are sent when they are full."""

    def finish(self) -> None:
        """Send what is left, and the end of the answer."""
        if not self.started:
            self._send_whole()
            return
        self._send_buffer()
        if self.compressor:
            self.send(Frame.DATA, self.compressor.flush())
        self.send(Frame.END, b"")

    def fail(self, error: G7kgError) -> None:
        """Send ``error`` instead of the answer, or of its end."""
        self.send(Frame.ERROR, write_error(error))

    def send(self, kind: Frame, payload: bytes) -> None:
        """Send one frame."""
        self.send_bytes(make_frame(kind, payload))

    def _start(self) -> None:
        self.started = True
        self.compressor = None if self.encoding == IDENTITY else open_compressor(self.encoding)
        self.send(Frame.HEAD, self._head(self.encoding))

    def _send_buffer(self) -> None:
        data = bytes(self.buffer)
        self.buffer.clear()
        if self.compressor:
            data = self.compressor.compress(data)
        if data:
            self.send(Frame.DATA, data)

    def _send_whole(self) -> None:
        body, encoding = bytes(self.buffer), self.encoding
        if len(body) < WORTHWHILE:
            encoding = IDENTITY
        if encoding != IDENTITY:
            body = compress(body, encoding)
        self.send(Frame.COMPLETE, self._head(encoding) + b"\n" + body)

    def _head(self, encoding: str) -> bytes:
        return " ".join((self.format, encoding, *self.unknown)).encode()


class Queried(Protocol):
    """What a worker asks: a store of its own, or one behind a service."""

    def answer(self, request: EngineRequest) -> AbstractContextManager[Result]:
        """Return the context in which the result of ``request`` can be read; raises the project's errors."""

    def list_unknown(self, iris: Sequence[str]) -> tuple[str, ...]:
        """Return those of ``iris`` that no triple has; raises the project's errors."""


def work(store: Queried, limits: Limits, requests: int, answers: int) -> None:
    """Say that the worker is ready, then answer what comes from the file ``requests`` to the file ``answers``.

    Ends with ``requests``; raises ``ConnectionError`` if nobody is there to read the answers.
    """
    with os.fdopen(requests, "rb", buffering=0) as source, os.fdopen(answers, "wb", buffering=0) as target:
        send = partial(_write_all, target)
        FramedOutput(send, "", limits).send(Frame.READY, str(os.getpid()).encode())
        for request in _read_requests(source, send):
            _answer(store, EngineRequest.from_bytes(request), limits, send)


def _read_requests(source: FileIO, send: Callable[[bytes], None]) -> Iterator[bytes]:
    """Yield the requests that come from ``source``, but those that are taken back before they are begun."""
    received, waiting = bytearray(), deque[bytes]()
    while True:
        if not waiting or select.select([source], [], [], 0)[0]:  # poll(2) is refused where no file may be opened
            data = source.read(_PIECE)
            if not data:
                yield from waiting
                return
            received += data
            for kind, payload in take_frames(received):
                if kind is Frame.REQUEST:
                    waiting.append(payload)
                else:
                    for _ in waiting:
                        send(make_frame(Frame.RECALLED, b""))
                    waiting.clear()
        else:
            yield waiting.popleft()


def _write_all(target: RawIOBase, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[target.write(rest) :]


def _answer(store: Queried, request: EngineRequest, limits: Limits, send: Callable[[bytes], None]) -> None:
    output = FramedOutput(send, request.encoding, limits)
    try:
        output.unknown = store.list_unknown(request.named) if request.named else ()
        with store.answer(request) as result:
            write_result(result, request, limits, output, output.begin)
    except G7kgError as error:
        output.fail(error)
    except ConnectionError:
        raise
    except MemoryError:
        output.fail(refuse_memory(limits))
    except Exception as error:  # noqa: BLE001 - whatever an evaluation raises is reported, and the worker lives on
        output.fail(EngineFault(f"the evaluation failed: {error}"))
    else:
        output.finish()
