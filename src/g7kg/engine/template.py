"""The template: a process that holds what every worker needs and makes workers by forking.

A small store is loaded into memory once, and all workers share its pages; a large one each worker opens on the disk.
A forked worker is ready in milliseconds, so that killing one costs little.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pyoxigraph import RdfFormat, Store

from g7kg.engine.evaluation import LocalStore
from g7kg.engine.limits import Limits
from g7kg.engine.remote import Service, open_remote
from g7kg.engine.worker import Queried, work
from g7kg.sandbox.confinement import confine, die_with_parent, refuse_network

ORDER: Final = struct.Struct(">cI")
"""An order to the template: ``FORK`` with the two ends of pipes that the new worker has, or ``KILL`` and a pid."""

FORK: Final = b"F"
KILL: Final = b"K"
_FILES: Final = 24
"""Files and sockets that a worker over a service may have open: one connection, and what finds an address."""

_TABLES: Final = 16

LOADED: Final = b"L"
"""What the template says when it can fork."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TemplateSettings:
    """The folder of the store, whether it is loaded into memory, and the limits of a worker.

    ``remote``: what is asked instead; credentials are in the environment of the process.
    """

    store: str
    in_memory: bool
    limits: Limits
    remote: Service | None = None

    def to_json(self) -> str:
        """Return the settings as JSON, for the command line of the template."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> TemplateSettings:
        """Return the settings that ``text`` holds."""
        stated = json.loads(text)
        remote = stated["remote"] and Service(**stated["remote"])
        return TemplateSettings(stated["store"], stated["in_memory"], Limits(**stated["limits"]), remote)


def load_store(folder: str) -> Store:
    """Return a store in memory with the quads of the store in ``folder``, blank nodes with their names.

    Another process reads the folder: its store has threads, and a process with threads had better not fork.
    """
    source, target = os.pipe()
    child = os.fork()
    if child == 0:
        _dump_store(folder, source, target)
    os.close(target)
    store = Store()
    with os.fdopen(source, "rb") as quads:
        store.bulk_extend(ox.parse(quads, format=RdfFormat.N_QUADS))
    _, status = os.waitpid(child, 0)
    if status:
        raise OSError(f"the store in {folder} cannot be read")
    return store


def _prepare(settings: TemplateSettings) -> Queried | None:
    """Return what all workers ask; ``None`` if each is to open the store on the disk."""
    if settings.remote:
        return open_remote(settings.remote, os.environ)  # each worker connects when it is first asked
    loaded = _try_load(settings.store) if settings.in_memory else None
    return None if loaded is None else LocalStore(loaded)


def _try_load(folder: str) -> Store | None:
    """Return the store in memory; ``None``, and a word about it, if it holds what its own dump cannot bring back."""
    try:
        return load_store(folder)
    except (SyntaxError, ValueError) as error:
        logger.warning("the store stays on the disk: %s", str(error)[:200])
        return None


def _dump_store(folder: str, source: int, target: int) -> None:
    os.close(source)
    with os.fdopen(target, "wb") as output:
        Store.read_only(folder).dump(output, format=RdfFormat.N_QUADS)
    os._exit(0)


def obey(control: socket.socket, store: Queried | None, settings: TemplateSettings) -> None:
    """Fork workers and end them, as ``control`` orders, until it ends."""
    children: set[int] = set()
    while True:
        order, descriptors, _, _ = socket.recv_fds(control, ORDER.size, 2)
        if not order:
            return
        kind, pid = ORDER.unpack(order)
        children -= set(_reap())
        if kind == FORK:
            children.add(_fork(control, descriptors, store, settings))
        elif pid in children:
            children.discard(pid)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _reap() -> Iterator[int]:
    """Yield the workers that have ended by themselves, and are gone now."""
    with suppress(ChildProcessError):
        while pid := os.waitpid(-1, os.WNOHANG)[0]:
            yield pid


def _fork(control: socket.socket, pipes: list[int], store: Queried | None, settings: TemplateSettings) -> int:
    """Return the pid of a new worker that reads requests from the first of ``pipes`` and answers to the second."""
    pid = os.fork()
    if pid:
        for pipe in pipes:
            os.close(pipe)
        return pid
    die_with_parent()
    control.close()
    own = store if store is not None else LocalStore(Store.read_only(settings.store))
    confine(settings.limits.memory, _count_files(settings))
    with suppress(ConnectionError):
        work(own, settings.limits, *pipes)
    os._exit(0)


def _count_files(settings: TemplateSettings) -> int:
    """Return how many files and sockets a worker may have open; give up sockets otherwise where it needs files.

    RocksDB opens up to sixteen tables of a store at once, and any others when they are asked for.
    """
    if settings.remote:
        return _FILES
    tables = 0 if settings.in_memory else sum(1 for _ in Path(settings.store).glob("*.sst"))
    if tables <= _TABLES:
        return 0
    refuse_network()
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def main() -> None:
    """Load the store that the first argument names, then obey the socket that is standard input."""
    die_with_parent()
    settings = TemplateSettings.from_json(sys.argv[1])
    store = _prepare(settings)
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=0) as control:
        control.sendall(LOADED)
        obey(control, store, settings)


if __name__ == "__main__":
    main()
