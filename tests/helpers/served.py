"""Small snapshots under a server: published, asked, waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import httpx
from tests.helpers.project import quiet

from g7kg.build.load import load_snapshot

VALUE = "SELECT ?o WHERE { <http://e/s> <http://e/p> ?o }"


def publish(output: Path, number: int) -> str:
    """Publish a snapshot that says ``number``; return its digest."""
    file = output.parent / "data.nt"
    file.write_text(f'<http://e/s> <http://e/p> "{number}" .\n', "utf-8")
    return load_snapshot([file], output, None, quiet)[1].digest


def read_value(client: httpx.Client) -> int:
    response = client.get("/sparql", params={"query": VALUE})
    assert response.status_code == 200
    (row,) = response.json()["results"]["bindings"]
    return int(row["o"]["value"])


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen within ten seconds")


def metric(client: httpx.Client, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.split()[0] == name)
