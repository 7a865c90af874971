"""What a worker is asked, and the frames in which it is asked and answers; how errors stand in these."""

from __future__ import annotations

import json
import marshal
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, auto
from typing import Final

from g7kg.errors import (
    EngineError,
    EngineFault,
    G7kgError,
    NotAcceptable,
    Overload,
    QueryError,
    QueryTimeout,
    StoreError,
    TooLarge,
    WorkerKilled,
)

_ERRORS: Final[dict[str, type[G7kgError]]] = {
    class_.__name__: class_
    for class_ in (
        *(QueryError, NotAcceptable, TooLarge, EngineError, EngineFault),
        *(StoreError, QueryTimeout, Overload, WorkerKilled),
    )
}

FRAME_HEAD: Final = struct.Struct(">BI")
"""A frame begins with its kind (one byte) and the length of its payload (four bytes, big-endian)."""


class Frame(IntEnum):
    """Kinds of frames.

    An answer that fits in one buffer is COMPLETE: a line with the name of the format, the encoding, and IRIs that the
    store does not know, with blanks between, and the body. A longer one is HEAD (that line), DATA as often as needed,
    END. ERROR (kind of error, message and hint as JSON) may stand at the beginning, or in place of END. A worker sends
    READY (its process id) once, when it has the store. RECALL takes back the requests that it has not begun; it answers
    RECALLED to each of them. When it has died, the template sends DEAD (as ERROR) in its place, if there is room.
    """

    READY = auto()
    REQUEST = auto()
    COMPLETE = auto()
    HEAD = auto()
    DATA = auto()
    END = auto()
    ERROR = auto()
    RECALL = auto()
    RECALLED = auto()
    DEAD = auto()


def make_frame(kind: Frame, payload: bytes) -> bytes:
    """Return the bytes of a frame."""
    return FRAME_HEAD.pack(kind, len(payload)) + payload


def take_frames(received: bytearray) -> Iterator[tuple[Frame, bytes]]:
    """Take the whole frames from the beginning of ``received``; yield the kind and the payload of each."""
    while len(received) >= FRAME_HEAD.size:
        kind, length = FRAME_HEAD.unpack_from(received)
        end = FRAME_HEAD.size + length
        if len(received) < end:
            return
        payload = bytes(received[FRAME_HEAD.size : end])
        del received[:end]
        yield Frame(kind), payload


def write_error(error: G7kgError) -> bytes:
    """Return ``error`` as the payload of a frame."""
    return json.dumps([type(error).__name__, error.message, error.hint]).encode()


def read_error(payload: bytes) -> G7kgError:
    """Return the error that ``payload`` holds."""
    name, message, hint = json.loads(payload)
    return _ERRORS.get(name, EngineError)(message, hint=hint)


@dataclass(frozen=True)
class EngineRequest:
    """A query for the engine.

    ``result_format`` names the format for solutions and booleans, ``graph_format`` that for graphs; ``None``: refuse
    that kind. ``default_graphs`` and ``named_graphs`` are the dataset of the protocol, ``None`` if it names none.
    ``encoding`` is a content coding for an answer that is worth it; ``base`` resolves relative IRIs that the query has
    no BASE for. ``named`` are IRIs of which the answer tells whether the store knows them.
    """

    query: str
    result_format: str | None
    graph_format: str | None
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    encoding: str = "identity"
    base: str | None = None
    named: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the request as the payload of a frame, for a process of the same Python."""
        return marshal.dumps(tuple(vars(self).values()))

    @staticmethod
    def from_bytes(payload: bytes) -> EngineRequest:
        """Return the request that ``payload``, which this program has written, holds."""
        return EngineRequest(*marshal.loads(payload))  # noqa: S302 - of the process that has started this one
