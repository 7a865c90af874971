"""Small snapshots under a server: published, asked, waited for."""

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
from tests.helpers.project import quiet

from g7kg.build.load import load_snapshot
from g7kg.engine import PoolSettings
from g7kg.serve.app import create_app
from g7kg.serve.front import Front
from g7kg.serve.settings import ServerSettings

VALUE = "SELECT ?o WHERE { <http://e/s> <http://e/p> ?o }"


def publish(output: Path, number: int) -> str:
    """Publish a snapshot that says ``number``; return its digest."""
    file = output.parent / "data.nt"
    file.write_text(f'<http://e/s> <http://e/p> "{number}" .\n', "utf-8")
    return load_snapshot([file], output, None, quiet)[1].digest


@asynccontextmanager
async def open_front(source: Path, workers: int = 1) -> AsyncIterator[Front]:
    """Yield the application over ``source`` in this process."""
    front = create_app(source, ServerSettings(pool=PoolSettings(workers=workers)))
    await front.live.start()
    try:
        yield front
    finally:
        await front.live.stop()


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


@contextmanager
def keep_asking(base: str) -> Iterator[list[list[int]]]:
    """Have four clients read the value all the time; what each has seen is there at the end, and never went back."""
    done, values = threading.Event(), list[list[int]]()

    def ask() -> list[int]:
        seen = []
        with httpx.Client(base_url=base, timeout=20) as client:
            while not done.is_set():
                seen.append(read_value(client))
        return seen

    with ThreadPoolExecutor(4) as threads:
        asking = [threads.submit(ask) for _ in range(4)]
        try:
            yield values
        finally:
            done.set()
        values += [future.result() for future in asking]
    assert values == [sorted(seen) for seen in values]
