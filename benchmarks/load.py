"""Load on a server: put by ``wrk``, which takes little of the machine that it shares with what it measures."""

import json
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from benchmarks.processes import HOST, NotAvailable, find_program
from benchmarks.queries import Query

_SCRIPT: Final = Path(__file__).with_name("wrk.lua")
_GRACE: Final = 60
"""Seconds that an answer may take before it counts as an error."""


@dataclass(frozen=True)
class Load:
    """What came of a load: good answers, in so many seconds; errors; times of an answer."""

    answers: int
    seconds: float
    errors: int
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Good answers a second."""
        return self.answers / self.seconds


@dataclass(frozen=True)
class Answer:
    """What came of one request: its status (0: none in time), its body, and the seconds that it took."""

    status: int
    body: bytes
    seconds: float


def put_load(port: int, path: str, queries: Sequence[Query], clients: int, seconds: int) -> Load:
    """Let ``clients``, each on a connection that is kept, ask ``queries`` in turn at ``path`` for ``seconds``.

    SERIAL in a query becomes a number that no request had before: it begins with the microseconds of the clock, which
    goes faster than any load. ``NotAvailable`` if no load can be put.
    """
    return put_requests(
        port, [(query.kind.accept, f"{path}?query={query.encoded}") for query in queries], clients, seconds
    )


def put_requests(port: int, requests: Sequence[tuple[str, str]], clients: int, seconds: int) -> Load:
    """Let ``clients`` send GET ``requests``, media types and paths, in turn; see ``put_load``."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines(f"{accept}\t{path}\n" for accept, path in requests)
        file.flush()
        options = ["-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", f"{_GRACE}s", "-s", str(_SCRIPT)]
        command = [find_program("wrk", "wrk"), *options]
        command += [f"http://{HOST}:{port}/", "--", file.name, str(time.monotonic_ns() // 1000)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise NotAvailable(f"wrk failed: {done.stderr or done.stdout}")
    return Load(**json.loads(done.stdout.splitlines()[-1]))


def ask(port: int, path: str, accept: str, limit: float = _GRACE) -> Answer:
    """Return the answer to a GET of ``path``, which is not to be compressed."""
    headers = {"Accept": accept, "Accept-Encoding": "identity"}
    try:
        response = httpx.get(f"http://{HOST}:{port}{path}", headers=headers, timeout=limit)
    except httpx.HTTPError:
        return Answer(0, b"", limit)
    return Answer(response.status_code, response.content, response.elapsed.total_seconds())
