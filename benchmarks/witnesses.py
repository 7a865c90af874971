"""Clients that look at what they get: every answer is whole, of one snapshot, in the format that was asked for."""

from __future__ import annotations

import csv
import http.client
import io
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Final
from urllib.parse import quote

from benchmarks.client import HOST

ROWS: Final = 300
"""How many triples of a snapshot say which one it is; their answer is sent in one piece."""

_QUERY: Final = "SELECT ?v WHERE { ?s <http://example.org/snapshot> ?v }"
_FORMATS: Final = ("application/sparql-results+json", "text/csv")


def mark(number: int) -> str:
    """Return the triples that say that a snapshot has ``number``."""
    return "".join(f'<http://example.org/{n}> <http://example.org/snapshot> "{number}" .\n' for n in range(ROWS))


@dataclass
class Testimony:
    """What witnesses saw: answers by snapshot, how many 304, what each tag stood for, what was wrong."""

    answers: Counter[str] = field(default_factory=Counter)
    unmodified: int = 0
    tags: dict[str, tuple[str, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def ask_snapshot(port: int, digest: str) -> tuple[int, str, bytes]:
    """Ask at the address that stands for the snapshot of ``digest``; return status, what the cache did, the answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    connection.request("GET", f"/dataset/{digest}/sparql?query={quote(_QUERY)}", headers={"Accept": "text/csv"})
    with connection.getresponse() as response:
        found = response.status, response.headers.get("X-Cache", ""), response.read()
    connection.close()
    return found


class _Witness(threading.Thread):
    """Asks one after the other until it is told to stop: the same query, and one that was never asked, by turns."""

    def __init__(self, port: int, name: str, testimony: Testimony, done: threading.Event) -> None:
        super().__init__(name=name)
        self.port = port
        self.testimony = testimony
        self.done = done
        self.known: dict[str, str] = {}

    def run(self) -> None:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        for number in count():
            if self.done.is_set():
                break
            try:
                self._ask(connection, number)
            except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
                self.testimony.faults.append(f"{type(error).__name__}: {error}")
                connection.close()
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, number: int) -> None:
        accept = _FORMATS[number % len(_FORMATS)]
        fresh = number % 4 < 2  # noqa: PLR2004 - each format takes its turn with both
        text = f"{_QUERY} # {self.name} {number}" if fresh else _QUERY
        headers = {"Accept": accept}
        if not fresh and accept in self.known:
            headers["If-None-Match"] = self.known[accept]
        connection.request("GET", f"/sparql?query={quote(text)}", headers=headers)
        response = connection.getresponse()
        body = response.read()
        tag = response.headers["ETag"]
        if not fresh:
            self.known[accept] = tag
        if response.status == http.client.NOT_MODIFIED:
            self._check(tag == headers["If-None-Match"], f"304 with the tag {tag}")
            self.testimony.unmodified += 1
            return
        self._check(response.status == http.client.OK, f"status {response.status}")
        self._check(
            response.headers.get_content_type() == accept, f"{accept} came as {response.headers['Content-Type']}"
        )
        self._take(_read(accept, body), accept, tag)

    def _take(self, values: list[str], accept: str, tag: str) -> None:
        self._check(len(values) == ROWS, f"{len(values)} rows")
        self._check(len(set(values)) == 1, f"a mixture of snapshots {sorted(set(values))}")
        self._check(
            self.testimony.tags.setdefault(tag, (values[0], accept)) == (values[0], accept), f"two of tag {tag}"
        )
        self.testimony.answers[values[0]] += 1

    def _check(self, right: bool, fault: str) -> None:  # noqa: FBT001 - a condition
        if not right:
            self.testimony.faults.append(fault)


def _read(accept: str, body: bytes) -> list[str]:
    if accept == "text/csv":
        return [row[0] for row in csv.reader(io.StringIO(body.decode()))][1:]
    return [row["v"]["value"] for row in json.loads(body)["results"]["bindings"]]


@contextmanager
def watch(port: int, number: int) -> Iterator[Testimony]:
    """Have ``number`` witnesses ask on ``port`` until the context ends; then what they saw is complete."""
    testimony, done = Testimony(), threading.Event()
    witnesses = [_Witness(port, f"witness {n}", testimony, done) for n in range(number)]
    for witness in witnesses:
        witness.start()
    try:
        yield testimony
    finally:
        done.set()
        for witness in witnesses:
            witness.join()
