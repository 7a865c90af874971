"""Clients that look at what they get: every answer is whole, of one snapshot, in the format that was asked for."""

import csv
import io
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from typing import Final

import httpx

from benchmarks.processes import HOST

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

    def check(self, right: bool, fault: str) -> None:  # noqa: FBT001 - a condition
        """Take note of ``fault`` unless it is ``right``."""
        if not right:
            self.faults.append(fault)


def ask_snapshot(port: int, digest: str) -> tuple[int, str, bytes]:
    """Ask at the address that stands for the snapshot of ``digest``; return status, what the cache did, the answer."""
    address = f"http://{HOST}:{port}/dataset/{digest}/sparql"
    response = httpx.get(address, params={"query": _QUERY}, headers={"Accept": "text/csv"}, timeout=30)
    return response.status_code, response.headers.get("X-Cache", ""), response.content


@contextmanager
def watch(port: int, number: int) -> Iterator[Testimony]:
    """Have ``number`` witnesses ask on ``port`` until the context ends; then what they saw is complete."""
    testimony, done = Testimony(), threading.Event()
    witnesses = [threading.Thread(target=_witness, args=(port, n, testimony, done)) for n in range(number)]
    for witness in witnesses:
        witness.start()
    try:
        yield testimony
    finally:
        done.set()
        for witness in witnesses:
            witness.join()


def _witness(port: int, name: int, testimony: Testimony, done: threading.Event) -> None:
    """Ask until it is ``done``: the same query, and one that was never asked, by turns."""
    known: dict[str, str] = {}
    with httpx.Client(base_url=f"http://{HOST}:{port}", timeout=30) as client:
        for number in count():
            if done.is_set():
                break
            accept = _FORMATS[number % len(_FORMATS)]
            fresh = number % 4 < 2  # noqa: PLR2004 - each format takes its turn with both
            text = f"{_QUERY} # witness {name} {number}" if fresh else _QUERY
            condition = {"If-None-Match": known[accept]} if not fresh and accept in known else {}
            try:
                response = client.get("/sparql", params={"query": text}, headers={"Accept": accept, **condition})
                if not fresh:
                    known[accept] = response.headers["ETag"]
                _look(testimony, response, accept, condition.get("If-None-Match"))
            except (httpx.HTTPError, ValueError, KeyError) as error:
                testimony.faults.append(f"{type(error).__name__}: {error}")


def _look(testimony: Testimony, response: httpx.Response, accept: str, known: str | None) -> None:
    tag = response.headers["ETag"]
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        testimony.check(tag == known, f"304 with the tag {tag}")
        testimony.unmodified += 1
        return
    stated = response.headers["Content-Type"]
    testimony.check(response.status_code == HTTPStatus.OK, f"status {response.status_code}")
    testimony.check(stated.partition(";")[0] == accept, f"{accept} came as {stated}")
    values = _read(accept, response)
    testimony.check(len(values) == ROWS, f"{len(values)} rows")
    testimony.check(len(set(values)) == 1, f"a mixture of snapshots {sorted(set(values))}")
    stands_for = testimony.tags.setdefault(tag, (values[0], accept))
    testimony.check(stands_for == (values[0], accept), f"two of tag {tag}")
    testimony.answers[values[0]] += 1


def _read(accept: str, response: httpx.Response) -> list[str]:
    if accept == "text/csv":
        return [row[0] for row in csv.reader(io.StringIO(response.text))][1:]
    return [row["v"]["value"] for row in response.json()["results"]["bindings"]]
