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
import select
import signal
import socket
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox
from pyoxigraph import RdfFormat, Store

from g7kg.engine.evaluation import LocalStore
from g7kg.engine.limits import Limits, refuse_memory
from g7kg.engine.remote import Service, open_remote
from g7kg.engine.request import Frame, make_frame, write_error
from g7kg.engine.worker import Queried, work
from g7kg.errors import EngineFault, G7kgError, WorkerKilled
from g7kg.sandbox.confinement import confine, die_with_parent, refuse_network

ORDER: Final = struct.Struct(">cI")
"""An order to the template: ``FORK`` with the two ends of pipes that the new worker has, or ``KILL`` and a pid."""

FORK: Final = b"F"
KILL: Final = b"K"
_FILES: Final = 24
"""Files and sockets that a worker over a service may have open: one connection, and what finds an address."""

_TABLES: Final = 16

_SIGNALS: Final = 4096
"""Bytes, one a signal, that are read at once."""

_WORDS: Final = 1 << 16
"""The most that is read of what a worker has said: about what a pipe holds."""

_NO_MEMORY: Final = (b"memory allocation of", b"bad_alloc", b"MemoryError")
"""What Rust, C++ and Python say before they end a process that gets no memory."""

_FAULTS: Final = {1, -signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL}
"""How a worker ends itself: by an exception of Python's, a panic of Rust's, or by what it must not do."""

LOADED: Final = b"L"
"""What the template says when it can fork."""

logger = logging.getLogger(__name__)


class _Pipes(NamedTuple):
    """The end of a worker's pipe to which its answers are written, and that from which its words are read."""

    answers: int
    words: int


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
    """Fork workers and end them, as ``control`` orders, until it ends; tell of what each has died."""
    workers: dict[int, _Pipes] = {}
    ends, notice = socket.socketpair()
    os.set_blocking(notice.fileno(), False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(notice.fileno())
    while True:
        ready, _, _ = select.select([control, ends], [], [])
        if ends in ready:
            ends.recv(_SIGNALS)
            _report_deaths(workers, settings.limits)
        if control in ready:
            order, descriptors, _, _ = socket.recv_fds(control, ORDER.size, 2)
            if not order:
                return
            kind, pid = ORDER.unpack(order)
            if kind == FORK:
                foreign = [control.fileno(), ends.fileno(), notice.fileno(), *chain(*workers.values())]
                pid, pipes = _fork(descriptors, foreign, store, settings)
                workers[pid] = pipes
            elif pid in workers:
                os.kill(pid, signal.SIGKILL)


def _report_deaths(workers: dict[int, _Pipes], limits: Limits) -> None:
    """Tell those that read from ``workers`` which are gone now of what these have died, and forget them."""
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            pid, status = ended
            pipes = workers.pop(pid)
            words = os.read(pipes.words, _WORDS)
            _log(words)
            error = _explain(os.waitstatus_to_exitcode(status), words, limits)
            os.set_blocking(pipes.answers, False)  # who does not read is told by the end of the pipe
            with suppress(OSError):
                os.write(pipes.answers, make_frame(Frame.DEAD, write_error(error)))
            for pipe in pipes:
                os.close(pipe)


def _log(words: bytes) -> None:
    """Pass on the last ``words`` of a worker if somebody takes them: a log that nobody reads holds up no template."""
    if select.select([], [sys.stderr], [], 0)[1]:
        os.write(sys.stderr.fileno(), words[-select.PIPE_BUF :])


def _explain(code: int, words: bytes, limits: Limits) -> G7kgError:
    """Return of what a worker has died, by its exit code, negative for a signal, and its last words."""
    if any(said in words for said in _NO_MEMORY):
        return refuse_memory(limits)
    if code in _FAULTS:
        return EngineFault("the engine has failed at this query", hint="ask it in another way")
    return WorkerKilled("the process that evaluated the query was ended from outside", hint="ask again")


def _fork(
    descriptors: Iterable[int], foreign: Iterable[int], store: Queried | None, settings: TemplateSettings
) -> tuple[int, _Pipes]:
    """Return a new worker, which reads from the first of ``descriptors`` and writes to the other: pid, pipes here.

    The files ``foreign`` are not for it.
    """
    requests, answers = descriptors
    words, saying = os.pipe()
    pid = os.fork()
    if pid:
        os.close(requests)
        os.close(saying)
        return pid, _Pipes(answers, words)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    die_with_parent()
    os.set_blocking(saying, False)  # what nobody has room for is lost
    os.dup2(saying, sys.stderr.fileno())
    for file in (*foreign, words, saying):
        os.close(file)
    own = store if store is not None else LocalStore(Store.read_only(settings.store))
    confine(settings.limits.memory, _count_files(settings))
    with suppress(ConnectionError):
        work(own, settings.limits, requests, answers)
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
