"""Lines of N-Quads, sorted and read as streams: a graph need not fit into memory."""

import heapq
import io
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, Final, cast

from pyoxigraph import RdfFormat, Store

RUN: Final = 64 << 20
"""Bytes of lines that are sorted in memory at a time."""

LOAD: Final = 100_000
"""Lines that are put into a store at a time."""

_BUFFER: Final = 1 << 20


def sort_lines(lines: Iterable[bytes], folder: Path, run: int = RUN) -> Iterator[bytes]:
    """Yield ``lines`` sorted by their bytes, each once; what is over ``run`` bytes waits in files in ``folder``."""
    remaining = iter(lines)
    with ExitStack() as stack:
        runs: list[Iterable[bytes]] = []
        while batch := sorted(_take(remaining, run)):
            if sum(map(len, batch)) < run:
                runs.append(batch)
                break
            file = stack.enter_context(tempfile.TemporaryFile(dir=folder, buffering=_BUFFER))
            file.writelines(batch)
            file.seek(0)
            runs.append(file)
        last = b""
        for line in runs[0] if len(runs) == 1 else heapq.merge(*runs):
            if line != last:
                yield line
            last = line


def _take(lines: Iterator[bytes], most: int) -> Iterator[bytes]:
    """Yield the next of ``lines`` until they have ``most`` bytes or more."""
    size = 0
    while size < most and (line := next(lines, None)) is not None:
        size += len(line)
        yield line


def read_lines(paths: Iterable[Path]) -> Iterator[bytes]:
    """Yield the lines of the files at ``paths``, one file after the other."""
    for path in paths:
        with path.open("rb", _BUFFER) as file:
            yield from file


def split_quad(line: bytes) -> tuple[bytes, bytes]:
    """Return the triple of a line of N-Quads and its graph, an IRI in brackets."""
    triple, graph, _ = line.rsplit(b" ", 2)
    return triple, graph


def to_triples(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines of N-Quads as lines of N-Triples: without their graphs."""
    return (line.rsplit(b" ", 2)[0] + b" .\n" for line in lines)


def load_lines(store: Store, lines: Iterable[bytes], form: RdfFormat, most: int = LOAD) -> None:
    """Put ``lines`` in ``form`` into ``store``, ``most`` at a time: it sorts in memory what it is given at once."""
    remaining = iter(lines)
    while batch := list(islice(remaining, most)):
        store.bulk_load(b"".join(batch), form)


def to_file(lines: Iterable[bytes]) -> IO[bytes]:
    """Return a binary file that can be read, with ``lines`` as its content."""
    return cast("IO[bytes]", io.BufferedReader(_LineStream(lines), _BUFFER))


class _LineStream(io.RawIOBase):
    """A file whose content is made while it is read."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self.lines = iter(lines)
        self.rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        size = len(buffer)
        parts, length = [self.rest], len(self.rest)
        while length < size and (batch := list(islice(self.lines, 1000))):
            parts += batch
            length += sum(map(len, batch))
        data = b"".join(parts)
        self.rest = data[size:]
        buffer[: min(size, length)] = data[:size]
        return min(size, length)
