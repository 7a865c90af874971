"""``g7kg serve``: serve a snapshot; build one first if there is none."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import click

from g7kg.cli.options import texts_option
from g7kg.errors import Location, WorkspaceError


@click.command(epilog="Example: g7kg serve --port 8080")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on; 0: any."
)
@click.option(
    "--snapshot",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of a snapshot. Default: the published one, which is built first if there is none.",
)
@texts_option
@click.option("--workers", type=click.IntRange(1), help="Worker processes. Default: one a processor.")
@click.option(
    "--timeout",
    default=10.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Seconds a query may take.",
)
def serve(host: str, port: int, snapshot: Path | None, texts: Path | None, workers: int | None, timeout: float) -> None:
    """Serve SPARQL, linked data and pages from a snapshot.

    With --texts a snapshot that holds the words is built first.
    """
    import uvicorn
    from pyoxigraph import Store

    from g7kg.engine import PoolSettings
    from g7kg.manifest import read_manifest
    from g7kg.web import create_app

    if snapshot and texts:
        raise click.UsageError("--snapshot and --texts exclude each other: --texts builds a snapshot")
    listener = _listen(host, port)
    folder = snapshot or _published(texts)
    defaults = PoolSettings()
    settings = PoolSettings(workers=workers or defaults.workers, deadline=timeout)
    app = create_app(folder, settings)
    Store.read_only(str(folder / "store"))  # a damaged store is told before anything listens
    actual = listener.getsockname()[1]
    name = f"[{host}]" if ":" in host else host
    click.echo(
        f"serving {folder.resolve()}\n  pages   http://{name}:{actual}/\n  SPARQL  http://{name}:{actual}/sparql"
    )
    words = read_manifest(folder).texts
    if words:
        click.echo(f"  with the words of {', '.join(words)}")
    config = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=5)
    uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address; ``WorkspaceError`` if it is not to be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        hint = "is another server running? choose another with --port"
        raise WorkspaceError(f"cannot listen on port {port}: {reason}", location=Location(host), hint=hint) from error


def _published(texts: Path | None) -> Path:
    """Return the published snapshot; build one if there is none, or if texts are given.

    The build runs in a process of its own, so that the server never loads what only a build needs.
    """
    from g7kg.manifest import MANIFEST
    from g7kg.workspace import find_workspace

    current = find_workspace().output / "current"
    if texts or not (current / MANIFEST).is_file():
        options = ["--texts", str(texts)] if texts else []
        command = [sys.executable, "-m", "g7kg", "build", *options]
        finished = subprocess.run(command, check=False)  # noqa: S603 - it is this program
        if finished.returncode:
            raise SystemExit(finished.returncode)
    return current
