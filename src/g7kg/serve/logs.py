"""The log of a server: lines of JSON on standard error, written by a thread, so that no reader of them holds it up."""

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from typing import Final

MOST_WAITING: Final = 4 << 20
"""Bytes of lines that may wait to be written; what comes then is dropped and counted."""

_STANDARD_ERROR: Final = 2
_NEWLINE: Final = ord("\n")
_LOST: Final = "lines of the log lost since the start, because it could not be written: %s"

_LATE_SECONDS: Final = 0.2
"""Lines are written together, at most so late: one by one they would cost as much as a small query."""

_LAST_SECONDS: Final = 1.0
"""How long the end of the program waits for its last lines to be taken."""


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON: time (seconds of the epoch), level, message, logger, a traceback.

    A record may have further ``fields``, by name. All is ASCII, so that nothing in a line can act on a terminal.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": round(record.created, 3),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
            "logger": record.name,
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


class LogWriter(logging.Handler):
    """Takes records at once and has a thread write them to the file ``descriptor``, whatever becomes of that.

    ``lost`` counts the lines that were dropped: because more than ``MOST_WAITING`` bytes waited, or because the system
    refused them, as on a full disk. The log itself tells of them when it can be written again. ``guard`` is a file that
    is locked meanwhile, where several processes write: no line is torn by another.
    """

    def __init__(self, descriptor: int = _STANDARD_ERROR, guard: int | None = None) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.descriptor = descriptor
        self.guard_file = guard
        self.lost = 0
        self.told = 0
        self.torn = False
        self.lines: list[bytes] = []
        self.waiting = 0
        self.guard = Lock()
        self.some, self.closing = Event(), Event()
        self.thread = Thread(target=self._write_on, name="log", daemon=True)
        self.thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Have the line of ``record`` written, or drop it."""
        try:
            line = self.format(record).encode() + b"\n"
        except Exception:  # noqa: BLE001 - a log is no reason to fail, and standard error may be stuck
            self._lose(1)
            return
        with self.guard:
            if self.waiting + len(line) > MOST_WAITING:
                self.lost += 1
            else:
                self.waiting += len(line)
                self.lines.append(line)
            if len(self.lines) <= 1:
                self.some.set()

    def close(self) -> None:
        """Write what waits, if somebody takes it within a second, and end the thread."""
        self.closing.set()
        self.some.set()
        self.thread.join(_LAST_SECONDS)
        super().close()

    def _write_on(self) -> None:
        while not self.closing.is_set() or self.lines:
            self.some.wait()
            self.closing.wait(_LATE_SECONDS)
            with self.guard:
                self.some.clear()
                lines, self.lines = self.lines, []
            lost = self.lost
            record = logging.LogRecord(__name__, logging.WARNING, __file__, 0, _LOST, (lost,), None)
            told = [] if lost == self.told else [self.format(record).encode() + b"\n"]
            if self._write(b"".join([*told, *lines]), len(told)):
                self.told = lost
            with self.guard:
                self.waiting -= sum(map(len, lines))

    def _write(self, data: bytes, own: int) -> bool:
        """Write ``data``, of which the first lines, as many as ``own``, are not to be counted; whether all is taken."""
        rest = memoryview(b"\n" + data if self.torn else data)
        try:
            with _lock(self.guard_file):
                while rest:
                    done = os.write(self.descriptor, rest)
                    self.torn = rest[done - 1] != _NEWLINE
                    rest = rest[done:]
        except OSError:
            left = bytes(rest).count(b"\n")
            self._lose(min(left, data.count(b"\n") - own))
            return False
        return True

    def _lose(self, number: int) -> None:
        with self.guard:
            self.lost += number


@contextmanager
def _lock(guard: int | None) -> Iterator[None]:
    """Hold the lock of the file ``guard``, which the system takes from a process that dies."""
    if guard is not None:
        fcntl.lockf(guard, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if guard is not None:
            fcntl.lockf(guard, fcntl.LOCK_UN)


def write_logs(level: str, guard: int | None = None) -> LogWriter:
    """Have the process log from ``level`` (``info``, ...) on by the writer that is returned, warnings of Python too.

    ``guard``: see ``LogWriter``.
    """
    writer = LogWriter(guard=guard)
    logging.basicConfig(level=level.upper(), handlers=[writer], force=True)
    logging.captureWarnings(capture=True)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # no line has them, and each costs
    for name in ("asyncio", "uvicorn"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    return writer
