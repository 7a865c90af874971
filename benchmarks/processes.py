"""Processes of servers: started, waited for, weighed, and always stopped."""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
STOP_SECONDS: Final = 15.0
_POLL: Final = 0.05


class BenchmarkError(Exception):
    """The benchmark cannot go on; ``hint`` says what to do."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class NotAvailable(Exception):
    """A program is not to be had here, or does not work; the message is the reason."""


def make_parser(command: str, description: str | None, out: str) -> argparse.ArgumentParser:
    """Return a parser of what most commands are told: seconds of a load, the real graph, a folder for all files."""
    parser = argparse.ArgumentParser(prog=f"python -m {command}", description=description)
    parser.add_argument("--seconds", type=int, default=5, help="how long a load is (default: 5)")
    parser.add_argument("--graph", type=Path, default=Path("build/current/g7kg.nq"), help="the real graph")
    parser.add_argument("--out", type=Path, default=Path(out), help=f"default: {out}")
    return parser


def conclude(work: Callable[[], bool | None]) -> int:
    """Return the exit code of ``work``: 1 if it comes to ``True``, or cannot go on, which is told."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that servers are stopped then, too
    try:
        return int(bool(work()))
    except (BenchmarkError, NotAvailable) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


def find_program(name: str, package: str) -> str:
    """Return the path of the program ``name``; ``NotAvailable`` if Debian's ``package`` is not installed."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise NotAvailable(f"{name} is not installed: apt-get install {package}")
    return found


def say(*lines: str) -> None:
    """Write ``lines`` to standard output at once."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


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
    tree = [pid]
    for member in tree:  # ends: a process is below one other only
        for children in Path(f"/proc/{member}/task").glob("*/children"):
            with suppress(OSError):
                tree += map(int, children.read_text().split())
    sizes = [size for member in tree if (size := _pss(member)) is not None]
    return sum(sizes) / 1024 if sizes else None


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the process politely, then what is left of its group at once; it was started in a session of its own."""
    with suppress(ProcessLookupError):
        process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(STOP_SECONDS)


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path, limit: float) -> None:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if process.poll() is not None:
            raise NotAvailable(f"the server ended: {last_words(log)}")
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(_POLL)
    raise NotAvailable(f"the server did not listen within {limit:.0f} seconds")


def _pss(pid: int) -> int | None:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return None
