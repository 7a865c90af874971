"""A server in a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

import httpx
from tests.helpers.project import quiet

from g7kg.build.load import load_snapshot


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


@dataclass(frozen=True)
class Server:
    """A server in a process of its own: its address, its process, its log as far as it is written."""

    base: str
    pid: int
    log: Path

    def list_fronts(self) -> list[int]:
        """Return the processes that share the port, where there are several."""
        return children_of(self.pid)

    def processor_seconds(self) -> float:
        """Return how long the server process itself has worked: other programs beside it do not change that."""
        user, system = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Return the bytes of memory that the server process itself takes (resident, not shared)."""
        found = re.search(r"^RssAnon:\s+(\d+) kB$", Path(f"/proc/{self.pid}/status").read_text("ascii"), re.MULTILINE)
        assert found
        return int(found[1]) * 1024


Constants = Mapping[str, Mapping[str, float]]


@contextmanager
def run_server(
    log: Path,
    *options: str | Path,
    constants: Constants | None = None,
    processes: int = 1,
    python: Sequence[str] = (sys.executable,),
) -> Iterator[Server]:
    """Serve on a free port of 127.0.0.1 with ``options``; the server is stopped at the end.

    ``constants`` are fields of the settings ``pool`` and ``connections`` that this server has other values of;
    ``python`` is the command for the program.
    """
    options = ("--processes", str(processes), *options)
    program = ["tests.helpers.constants", json.dumps(constants)] if constants else ["g7kg"]
    command = [*python, "-m", *program, "serve", "--port", "0", *map(str, options)]
    with log.open("w") as errors, subprocess.Popen(command, stdout=PIPE, stderr=errors, text=True) as process:
        try:
            assert process.stdout is not None
            base = next(match[1] for line in process.stdout if (match := re.search(r"pages\s+(http://\S+?)/\s", line)))
            with httpx.Client(transport=httpx.HTTPTransport(retries=20)) as client:
                assert client.get(f"{base}/readyz", timeout=20).status_code == 200
            yield Server(base, process.pid, log)
        finally:
            process.terminate()
            assert process.wait(30) == -signal.SIGTERM


@contextmanager
def serve_data(
    folder: Path, text: str, *options: str | Path, form: str = "ttl"
) -> Iterator[tuple[httpx.Client, Server]]:
    """Load ``text``, which is no data of the project, into ``folder`` and serve it, with a client that asks."""
    (folder / f"data.{form}").write_text(text, "utf-8")
    load_snapshot([folder / f"data.{form}"], folder / "out", None, quiet)
    with ask_server(folder / "log", "--snapshot", folder / "out", "--workers", "1", *options) as (client, server):
        yield client, server


@contextmanager
def ask_server(log: Path, *options: str | Path) -> Iterator[tuple[httpx.Client, Server]]:
    """Serve as ``run_server`` does, with a client that asks the server."""
    with run_server(log, *options) as server, httpx.Client(base_url=server.base, timeout=30) as client:
        yield client, server
