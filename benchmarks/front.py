"""nginx in front of replicas, with its cache: a plain process with a configuration of its own, never the system's."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.failures import NotAvailable
from benchmarks.processes import free_port, serving

CONFIGURATION: Final = Path(__file__).with_name("nginx.conf")
START_LIMIT: Final = 20.0


@dataclass(frozen=True)
class Front:
    """A running nginx: the port of the replicas, that of the published folder, where its files are, its process."""

    port: int
    static: int
    folder: Path
    pid: int


def find_nginx() -> str:
    """Return the program; ``NotAvailable`` if it is not installed."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise NotAvailable("nginx is not installed: apt-get install nginx-light")
    return found


@contextmanager
def run_front(folder: Path, source: Path, ports: Sequence[int]) -> Iterator[Front]:
    """Run nginx, its cache empty, before the servers on ``ports`` and over the published folder ``source``."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    port, static = free_port(), free_port()
    servers = "\n".join(f"        server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in ports)
    filled = CONFIGURATION.read_text("utf-8")
    for name, value in {
        "FOLDER": folder.resolve(),
        "PORT": port,
        "STATIC": static,
        "SOURCE": source.resolve(),
        "SERVERS": servers,
    }.items():
        filled = filled.replace(f"@{name}@", str(value))
    if os.geteuid() == 0:
        filled = f"user root;\n{filled}"  # its workers could not read our folders as somebody else
    path = folder.resolve() / "nginx.conf"
    path.write_text(filled, "utf-8")
    command = [find_nginx(), "-p", str(path.parent), "-c", str(path), "-e", str(path.with_name("error.log"))]
    with serving(command, port, folder / "nginx.log", START_LIMIT) as pid:
        yield Front(port, static, path.parent, pid)


def count_answers(folder: Path) -> Counter[tuple[int, str]]:
    """Return how many answers an nginx that has ended gave, by status and by what its cache did."""
    counts: Counter[tuple[int, str]] = Counter()
    for line in (folder / "access.log").read_text("ascii").splitlines():
        status, _, cache = line.partition(" ")
        counts[int(status), cache] += 1
    return counts
