"""Files fetched so that a later attempt goes on where this one stopped, each verified by its SHA-256."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from g7kg.errors import Location, TransferError, WorkspaceError
from g7kg.pulling.offer import Moved, Offer, report_missing
from g7kg.pulling.origin import Answer, Origin

Progress = Callable[[str], None]

TRIES: Final = 3
"""How often a file is asked for, each time from where the last answer ended."""

_PAUSE: Final = 0.5


@dataclass(frozen=True)
class Limits:
    """What a pull may take: bytes, and seconds for all of it."""

    size: int = 16 << 30
    seconds: float = 3600.0


class Allowance:
    """What is left of the limits of one pull."""

    def __init__(self, limits: Limits, origin: Origin, progress: Progress) -> None:
        self.limits = limits
        self.origin = origin
        self.progress = progress
        self.step = ""
        self.left = limits.size
        self.end = time.monotonic() + limits.seconds

    def begin_again(self) -> None:
        """Give back the bytes; the time goes on."""
        self.left = self.limits.size

    def take(self, size: int) -> None:
        """Count ``size`` bytes; ``TransferError`` if the snapshot is too large, or takes too long."""
        self.left -= size
        self.progress(f"{self.step}, {(self.limits.size - self.left) >> 20:,} MiB so far")
        if self.left < 0:
            message = f"the snapshot is larger than {self.limits.size:,} bytes"
            raise self.origin.fail("", message, "allow more with --max-size")
        self.check()

    def check(self) -> None:
        """Raise ``TransferError`` if the time is up."""
        if time.monotonic() > self.end:
            hint = "try again: what was fetched is kept; or allow more with --timeout"
            raise self.origin.fail("", f"the snapshot took longer than {self.limits.seconds:g} seconds", hint)


def fetch_files(origin: Origin, offer: Offer, folder: Path, allowance: Allowance) -> None:
    """Have all files of ``offer`` in ``folder``, verified; what is there already is not fetched again.

    Raises ``Moved`` if the source has not all of them, or not as stated, ``TransferError`` if it does not answer,
    ``WorkspaceError`` if the disk is full. What was fetched stays, except a file whose digest is wrong.
    """
    for number, (name, digest) in enumerate(sorted(offer.files.items()), start=1):
        allowance.step = f"fetching {name}, {number} of {len(offer.files)} files"
        target = folder / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _fetch(origin, offer.base + name, target, digest, allowance)
        except OSError as error:
            hint = "what was fetched is kept: make room and pull again"
            raise WorkspaceError(
                f"the file cannot be written: {error.strerror}", location=Location(str(target)), hint=hint
            ) from error


def _fetch(origin: Origin, path: str, target: Path, digest: str, allowance: Allowance) -> None:
    if target.exists():
        allowance.take(target.stat().st_size)
    for attempt in range(TRIES):
        if _hash(target) == digest:
            return
        started = target.stat().st_size if target.exists() else 0
        try:
            _append(origin, path, target, allowance)
        except TransferError as error:
            if isinstance(error, Moved) or attempt == TRIES - 1 or allowance.left < 0:
                raise
            time.sleep(_PAUSE)
            continue
        if _hash(target) == digest:
            return
        target.unlink()  # it can only be fetched anew
        if not started:
            break
    message, hint = "the file is not as its digest says", "have the source build it again; nothing was published"
    raise Moved(message, location=origin.locate(path), hint=hint)


def _append(origin: Origin, path: str, target: Path, allowance: Allowance) -> None:
    """Fetch what is missing of ``target``; all of it if the source knows no ranges (RFC 9110, section 14)."""
    start = target.stat().st_size if target.exists() else 0
    with origin.ask(path, {"Range": f"bytes={start}-"} if start else {}) as answer:
        if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return
        if answer.status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            raise report_missing(origin, path)
        goes_on = answer.status == HTTPStatus.PARTIAL_CONTENT
        if goes_on and not answer.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            raise origin.fail(path, "the source answers with another range than it was asked for", "check the source")
        _write(answer, target, "ab" if goes_on else "wb", allowance)


def _write(answer: Answer, target: Path, mode: str, allowance: Allowance) -> None:
    with target.open(mode) as file:
        for piece in answer.pieces():
            allowance.take(len(piece))
            file.write(piece)


def _hash(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
