"""Processes of servers: started, waited for, weighed, and always stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from benchmarks.failures import NotAvailable

HOST: Final = "127.0.0.1"
STOP_SECONDS: Final = 15.0
_POLL: Final = 0.05


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def run(command: Sequence[str], log: Path, limit: float) -> None:
    """Run ``command`` to its end, what it says going to ``log``; ``NotAvailable`` if it fails or takes too long."""
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log.open("wb") as file:
            finished = subprocess.run(  # noqa: S603 - commands of the servers that we measure
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, timeout=limit, check=False
            )
    except subprocess.TimeoutExpired as error:
        raise NotAvailable(f"“{Path(command[0]).name}” took more than {limit:.0f} seconds") from error
    except OSError as error:
        raise NotAvailable(f"“{command[0]}” does not run: {error.strerror}") from error
    if finished.returncode:
        raise NotAvailable(f"“{Path(command[0]).name}” failed: {last_words(log)}")


@contextmanager
def serving(command: Sequence[str], port: int, log: Path, limit: float) -> Iterator[int]:
    """Run the server ``command`` in a group of processes of its own, and give its process id once it listens.

    It is stopped at the end, however that comes. ``NotAvailable`` if it does not listen within ``limit`` seconds.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - commands of the servers that we measure
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait_for(process, port, log, limit)
        yield process.pid
    finally:
        stop(process)


def last_words(log: Path) -> str:
    """Return the last two lines of ``log`` that say anything."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return "; ".join(lines[-2:]) if lines else "it said nothing"


def proportional_set(pid: int) -> float | None:
    """Return the resident memory in MiB of a process and all below it, shared pages counted once; ``None``: unknown.

    It is the sum of the proportional set sizes (PSS), which Linux alone tells.
    """
    sizes = [size for member in find_tree(pid) if (size := _pss(member)) is not None]
    return sum(sizes) / 1024 if sizes else None


def processor_seconds(pid: int) -> float:
    """Return how many seconds of processors a process and all below it have taken so far (Linux only)."""
    ticks = 0
    for member in find_tree(pid):
        with suppress(OSError):
            found = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            ticks += int(found[11]) + int(found[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the process politely, then what is left of its group at once; it was started in a session of its own."""
    with suppress(ProcessLookupError):
        process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(STOP_SECONDS)


def find_tree(root: int) -> list[int]:
    """Return the ids of a process and of all below it, its own first (Linux only)."""
    parents = _parents()
    tree, new = [root], {root}
    while new:  # ends: a process is in one generation only
        new = {pid for pid, parent in parents.items() if parent in new}
        tree += new
    return tree


def resident_set(pid: int) -> tuple[float, float]:
    """Return the resident memory of one process in MiB: all of it, and what is no part of a file (Linux only).

    Raises ``OSError`` if there is no such process.
    """
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    sizes = {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines) if "kB" in value}
    return sizes.get("VmRSS", 0) / 1024, sizes.get("RssAnon", 0) / 1024


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path, limit: float) -> None:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if process.poll() is not None:
            raise NotAvailable(f"the server ended: {last_words(log)}")
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(_POLL)
    raise NotAvailable(f"the server did not listen within {limit:.0f} seconds")


def _parents() -> Mapping[int, int]:
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    return parents


def _pss(pid: int) -> int | None:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return None
