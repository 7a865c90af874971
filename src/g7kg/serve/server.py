"""The server: uvicorn over the application, with guarded connections, in one process or several side by side."""

import gc
import logging
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import uvicorn

from g7kg.http.connection import configure_server
from g7kg.serve.app import create_app
from g7kg.serve.commons import Commons
from g7kg.serve.logs import LogWriter, write_logs
from g7kg.serve.settings import ServerSettings
from g7kg.serve.supervisor import Supervisor
from g7kg.serve.telemetry import Reading, read_log

_GRACE_SECONDS: Final = 10
"""How long requests may go on after the server was told to stop."""

_SPARE_FILES: Final = 200

_SWITCH_SECONDS: Final = 0.0005
"""How long a thread that renders a page may keep the event loop waiting; Python's five milliseconds add up."""

_ALLOCATIONS: Final = 2_000
"""After so many objects Python looks for circles among the new ones; of those that it has at the start, never: its 700
came every second request."""

logger = logging.getLogger(__name__)


def serve(source: Path, listener: socket.socket, fronts: int, settings: ServerSettings, log_level: str) -> None:
    """Serve ``source`` (a snapshot, or an output folder with a published one) on ``listener`` until a signal comes.

    So many ``fronts`` are processes of their own, where they are several; the listener then shares its port. SIGINT
    and SIGTERM are such signals; SIGHUP changes nothing.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # there is nothing to read again: a new snapshot is noticed anyway
    commons = Commons(fronts)

    def run(number: int, listener: socket.socket, notice: str) -> None:
        """Serve on ``listener`` as the front ``number``; log the ``notice``, if there is one."""
        sys.setswitchinterval(_SWITCH_SECONDS)
        log = write_logs(log_level, commons.guard)
        if notice:
            logger.error("%s", notice)
        _allow_files(settings.connections.total + _SPARE_FILES)
        app = create_app(source, settings.divide(fronts, number), commons)
        app.telemetry.registry.register(Reading(partial(read_log, log)))
        config = configure_server(app, settings.connections, _GRACE_SECONDS, app.live.refusals, commons.connections)
        gc.freeze()
        gc.set_threshold(_ALLOCATIONS)
        _Server(config, log).run(sockets=[listener])

    if fronts == 1:
        run(0, listener, "")
    else:
        Supervisor(commons, listener, run).supervise()


class _Server(uvicorn.Server):
    """uvicorn, which writes the last lines of ``log`` before the signal that stops it ends the process."""

    def __init__(self, config: uvicorn.Config, log: LogWriter) -> None:
        super().__init__(config)
        self.log = log

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on the signals that ask for it."""
        with super().capture_signals():
            try:
                yield
            finally:
                self.log.close()


def _allow_files(number: int) -> None:
    """Have this process open ``number`` files, if the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if hard == resource.RLIM_INFINITY else min(number, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
