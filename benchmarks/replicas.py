"""``python -m benchmarks.replicas``: several g7kg servers behind nginx, which publish, die and come back under load.

Each server has a folder of its own, to which every publication is copied by the commands that ``docs/scaling.md``
shows; nginx stands before them with its cache. All of it runs on this machine.
"""

import argparse
import os
import re
import shutil
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

from benchmarks.data import keep_real
from benchmarks.load import ask, put_load
from benchmarks.processes import (
    NotAvailable,
    conclude,
    find_program,
    free_port,
    make_parser,
    run,
    say,
    serving,
)
from benchmarks.queries import LIGHT, draw_repeated, draw_unseen, read_constants
from benchmarks.servers import START_LIMIT
from benchmarks.witnesses import Testimony, ask_snapshot, mark, watch
from g7kg.snapshot.manifest import find_snapshot, read_manifest

SERVERS: Final = 3
CONFIGURATION: Final = Path(__file__).with_name("nginx.conf")
_GUIDE: Final = Path(__file__).parents[1] / "docs" / "scaling.md"
_WAIT: Final = 60.0
_MAX_AGE: Final = 1
_G7KG: Final = (sys.executable, "-m", "g7kg")


@dataclass(frozen=True)
class Place:
    """Where the replicas run: the graph that they serve, a folder for all files, workers of each server."""

    graph: Path
    folder: Path
    workers: int

    @property
    def source(self) -> Path:
        """The folder that is published to."""
        return self.folder / "source"


def find_programs() -> None:
    """Raise ``NotAvailable`` unless what this needs is installed."""
    for name, package in (("nginx", "nginx-light"), ("rsync", "rsync"), ("wrk", "wrk")):
        find_program(name, package)


def publish(place: Place, number: int) -> str:
    """Publish a snapshot of the graph that says that it has ``number``; return its digest."""
    marker = place.folder / "marker.nt"
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text(mark(number), "utf-8")
    files = [str(place.graph), str(marker)]
    run([*_G7KG, "load", *files, "--out", str(place.source)], place.folder / "load.log", 600)
    return read_manifest(find_snapshot(place.source)).digest


def copy_snapshot(source: Path, folder: Path) -> None:
    """Copy what is published in ``source`` to ``folder / "data"``, as the guide has it between two machines.

    ``NotAvailable`` if a command fails; what was published in the folder is untouched then.
    """
    shown = re.search(r"```sh[^\n]*\n(set -e\n.*?rsync.*?)```", _GUIDE.read_text("utf-8"), re.DOTALL)
    if shown is None:
        raise NotAvailable(f"{_GUIDE} does not show the commands any more")
    commands = (
        shown[1].replace("ssh publisher ", "").replace("publisher:", "").replace("/srv/g7kg", str(source.resolve()))
    )
    folder.mkdir(parents=True, exist_ok=True)
    run(["bash", "-c", f"cd '{folder}'\n{commands}"], folder / "copy.log", _WAIT)


class Replica:
    """A server with a folder of its own, which can be killed and started again on the same port."""

    def __init__(self, place: Place, name: str) -> None:
        self.place = place
        self.folder = place.folder / name
        self.port = free_port()
        self.pid = 0

    @contextmanager
    def serve(self) -> Iterator[None]:
        """Serve what was copied to the folder."""
        options = ["--port", str(self.port), "--workers", str(self.place.workers), "--max-age", str(_MAX_AGE)]
        command = [*_G7KG, "serve", "--snapshot", str(self.folder / "data"), *options, "--log-level", "warning"]
        with serving(command, self.port, self.folder / "serve.log", START_LIMIT) as self.pid:
            yield

    def kill(self) -> None:
        """End the server at once, in the middle of what it does."""
        os.kill(self.pid, signal.SIGKILL)


def move(replicas: Sequence[Replica], place: Place, digest: str) -> None:
    """Copy what is published to all ``replicas``, and wait until they serve it; ``NotAvailable`` if they do not."""
    for replica in replicas:
        copy_snapshot(place.source, replica.folder)
    end = time.monotonic() + _WAIT
    while not all(digest.encode() in ask(replica.port, "/readyz", "*/*").body for replica in replicas):
        if time.monotonic() > end:
            raise NotAvailable("the servers have not moved to the new snapshot")
        time.sleep(0.1)


@contextmanager
def run_front(folder: Path, ports: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Run nginx, its cache empty, before the servers on ``ports``; yield its port and its process."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    port = free_port()
    servers = "\n".join(f"        server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in ports)
    filled = CONFIGURATION.read_text("utf-8").replace("@FOLDER@", str(folder.resolve()))
    filled = filled.replace("@PORT@", str(port)).replace("@SERVERS@", servers)
    if os.geteuid() == 0:
        filled = f"user root;\n{filled}"  # its workers could not read our folders as somebody else
    path = folder.resolve() / "nginx.conf"
    path.write_text(filled, "utf-8")
    options = ["-p", str(path.parent), "-c", str(path), "-e", str(path.with_name("error.log"))]
    command = [find_program("nginx", "nginx-light"), *options]
    with serving(command, port, folder / "nginx.log", START_LIMIT) as pid:
        yield port, pid


def count_answers(folder: Path) -> Counter[tuple[int, str]]:
    """Return how many answers an nginx that has ended gave, by status and by what its cache did."""
    lines = (line.partition(" ") for line in (folder / "access.log").read_text("ascii").splitlines())
    return Counter((int(status), cache) for status, _, cache in lines)


def prove(place: Place, pause: float, clients: int) -> tuple[Testimony, Counter[tuple[int, str]], int]:
    """Publish three snapshots under load, kill a server in between and start it again.

    Return what witnesses saw, what nginx counted, and how many errors the load met. ``pause`` is how long, in seconds,
    the load goes on between two events.
    """
    oldest = publish(place, 0)
    replicas = [Replica(place, f"replica{n}") for n in range(SERVERS)]
    victim, *others = replicas
    with ExitStack() as stack:
        port, _ = stack.enter_context(run_front(place.folder / "front", [each.port for each in replicas]))
        for replica in replicas:
            copy_snapshot(place.source, replica.folder)
        for replica in others:
            stack.enter_context(replica.serve())
        restarted, first = (stack.enter_context(ExitStack()) for _ in range(2))
        first.enter_context(victim.serve())
        with watch(port, 4) as testimony, _load(place, port, clients) as errors:
            time.sleep(pause)
            *_, kept = (ask_snapshot(port, oldest) for _ in range(3))
            move(replicas, place, publish(place, 1))
            time.sleep(pause)
            victim.kill()
            move(others, place, publish(place, 2))
            time.sleep(pause)
            first.close()
            restarted.enter_context(victim.serve())
            move(replicas, place, publish(place, 3))
            time.sleep(pause + _MAX_AGE)
        if not kept == ask_snapshot(port, oldest) == (HTTPStatus.OK, "HIT", kept[2]):
            testimony.faults.append("the answer at an address that never changes was not kept")
    return testimony, count_answers(place.folder / "front"), sum(errors)


@contextmanager
def _load(place: Place, port: int, clients: int) -> Iterator[list[int]]:
    """Put the mixes on ``port`` for as long as the context lasts; yield the errors, which are complete after it."""
    errors: list[int] = []
    done = threading.Event()

    def put() -> None:
        constants = read_constants(place.graph)
        mixes = draw_unseen(LIGHT, constants, "proof"), draw_repeated(LIGHT, constants, "proof")
        while not done.is_set():
            errors.extend(put_load(port, "/sparql", mix, clients, 1).errors for mix in mixes)

    thread = threading.Thread(target=put)
    thread.start()
    try:
        yield errors
    finally:
        done.set()
        thread.join()


def main(arguments: Sequence[str]) -> int:
    """Run the proof; return 1 if a request failed or an answer was wrong."""
    parser = make_parser("benchmarks.replicas", "Servers behind nginx.", "build/replicas")
    parser.add_argument("--clients", type=int, default=16, help="default: 16")
    parser.add_argument("--workers", type=int, default=4, help="worker processes of each server (default: 4)")
    return conclude(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> bool:
    find_programs()
    shutil.rmtree(options.out, ignore_errors=True)
    place = Place(keep_real(options.graph, options.out), options.out, options.workers)
    testimony, counts, errors = prove(place, options.seconds, options.clients)
    seen = ", ".join(f"{number:,} of snapshot {name}" for name, number in sorted(testimony.answers.items()))
    statuses = ", ".join(f"{number:,} {status} {cache}" for (status, cache), number in sorted(counts.items()))
    say(f"answers that were looked at: {seen}; {testimony.unmodified:,} not modified")
    say(f"{counts.total():,} requests to nginx: {statuses}")
    say(f"{errors} failed requests, {len(testimony.faults)} faults: {testimony.faults[:5]}")
    return bool(testimony.faults or errors)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
