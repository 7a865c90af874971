"""The server process: uvicorn over the application, with guarded connections."""

from __future__ import annotations

import resource
import socket
from pathlib import Path
from typing import Final

import uvicorn

from g7kg.http.connection import guard_connections
from g7kg.serve.app import create_app
from g7kg.serve.settings import ServerSettings
from g7kg.serve.telemetry import write_logs

_GRACE_SECONDS: Final = 10
"""How long requests may go on after the server was told to stop."""

_SPARE_FILES: Final = 200


def serve(source: Path, listener: socket.socket, settings: ServerSettings, log_level: str) -> None:
    """Serve ``source`` (a snapshot, or an output folder with a published one) on ``listener`` until a signal comes."""
    write_logs(log_level)
    _allow_files(settings.connections.total + _SPARE_FILES)
    app = create_app(source, settings)
    config = uvicorn.Config(
        app,
        http=guard_connections(settings.connections, app.live.refusals),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.connections.trusted,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _allow_files(number: int) -> None:
    """Have this process open ``number`` files, if the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if hard == resource.RLIM_INFINITY else min(number, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
