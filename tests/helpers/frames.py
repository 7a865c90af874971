"""Frames between a server and its workers, as bytes and taken apart."""

from collections.abc import Iterator

from g7kg.engine.request import EngineRequest, Frame, make_frame, take_frames

Frames = list[tuple[Frame, bytes]]
ASK = EngineRequest("ASK {}", "csv", "nt", encoding="gzip")


def split(data: bytes) -> Iterator[tuple[Frame, bytes]]:
    return take_frames(bytearray(data))


def join(frames: Frames) -> bytes:
    return b"".join(make_frame(*frame) for frame in frames)
