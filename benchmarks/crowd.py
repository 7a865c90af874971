"""``python -m benchmarks.crowd``: what an ASK of somebody else takes while many want large pages, none of them kept."""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles
from typing import Final

import httpx

from benchmarks.load import put_requests
from benchmarks.processes import HOST, free_port, proportional_set, say, serving

_PAGES: Final = (
    "/ontology",
    "/undertakings",
    "/coverage",
    "/doc/verona-trento-2024.html",
    "/queries/undertakings.html",
    "/queries/participations.html?size=5000",
    "/queries/triples-of-resource.json?resource=graph:registry&size=50000",
)
_OTHER: Final = "127.0.0.2"
"""Where the one comes from who asks: the crowd has the usual address, and clients are told apart by theirs."""


def main(arguments: list[str]) -> None:
    """Ask alone, then beside a crowd; print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crowd", description=main.__doc__)
    parser.add_argument("--clients", type=int, default=90, help="how many want pages (default: 90)")
    parser.add_argument("--seconds", type=int, default=10, help="for how long (default: 10)")
    parser.add_argument("--snapshot", type=Path, default=Path("build"), help="default: build")
    parser.add_argument("--log", type=Path, default=Path("build/crowd.log"))
    options = parser.parse_args(arguments)
    port = free_port()
    command = [sys.executable, "-m", "g7kg", "serve", "--port", str(port), "--cache", "0", "--log-level", "warning"]
    with (
        serving([*command, "--snapshot", str(options.snapshot)], port, options.log, 120) as pid,
        ThreadPoolExecutor() as pool,
    ):
        requests = [("text/html, */*;q=0.5", path) for path in _PAGES]
        alone = list(_ask(port, options.seconds))
        crowd = pool.submit(put_requests, port, requests, options.clients, options.seconds)
        beside = list(_ask(port, options.seconds))
        load = crowd.result()
        say("| ASK of another client, ms | median | 99 % | answers |", "|---|---:|---:|---:|")
        for name, times in (("alone", alone), (f"beside {options.clients} on large pages", beside)):
            say(f"| {name} | {median(times):.1f} | {quantiles(times, n=100)[98]:.0f} | {len(times)} |")
        say(f"{load.per_second:.0f} pages a second, {load.errors} errors, {proportional_set(pid) or 0:.0f} MiB in all")


def _ask(port: int, seconds: float) -> Iterator[float]:
    """Yield the milliseconds of one ASK after another, each a text that was not sent before."""
    with httpx.Client(transport=httpx.HTTPTransport(local_address=_OTHER), timeout=60) as client:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            query = f"ASK {{ <http://example.org/{time.monotonic_ns()}> ?p ?o }}"
            start = time.monotonic()
            client.get(f"http://{HOST}:{port}/sparql", params={"query": query}).raise_for_status()
            yield (time.monotonic() - start) * 1000


if __name__ == "__main__":
    main(sys.argv[1:])
