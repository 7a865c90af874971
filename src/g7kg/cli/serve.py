"""``g7kg serve``: serve a snapshot; build one first if there is none."""

import os
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from g7kg.cli.options import KNOWN_FOLDER, texts_option
from g7kg.cli.terminal import say
from g7kg.errors import Location, WorkspaceError

_MIB = 1 << 20


class _Seconds(click.FloatRange):
    """Seconds from a twentieth to a day; FloatRange alone would take “nan”, which is in no range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return ``value`` as a number; refuse what is none."""
        number = super().convert(value, param, ctx)
        if number != number:  # noqa: PLR0124 - only NaN is not itself
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return number


def _read_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise click.BadParameter(f"{text} is no address of a server, such as https://g7kg.example.org/.")
    return f"{parts.scheme}://{parts.netloc}/"


def _read_contact(text: str) -> str:
    if text and not text.startswith(("https://", "http://", "mailto:")):
        raise click.BadParameter(f"{text} is no address to write to, such as mailto:data@example.org.")
    return text


def _read_service(text: str) -> str:
    from g7kg.http.endpoint import check_address

    return check_address(text)


SECONDS = _Seconds(0.05, 86_400)

_MEMORY = 512 * _MIB
"""Address space that a server needs for itself."""


def _setting(name: str, kind: Any, default: Any, text: str) -> Callable[[Any], Any]:
    """Return the option ``--name``, which the environment variable ``G7KG_NAME`` sets too."""
    variable = "G7KG_" + name.upper().replace("-", "_")
    return click.option(
        f"--{name}", type=kind, default=default, show_default=default is not None, envvar=variable, help=text
    )


@click.command(epilog="Example: g7kg serve --port 8080")
@_setting("host", str, "127.0.0.1", "Address to listen on.")
@_setting("port", click.IntRange(0, 65535), 8000, "Port to listen on; 0: any.")
@_setting(
    "snapshot",
    KNOWN_FOLDER,
    None,
    "Folder of a snapshot, or one that was published to. Default: the published one, built first if there is none.",
)
@texts_option
@_setting("store", _read_service, None, "Address of a SPARQL service to ask in place of the snapshot's own store.")
@_setting("processes", click.IntRange(1), None, "Processes that share the port. Default: one a processor.")
@_setting("workers", click.IntRange(1), None, "Worker processes of all. Default: six a processor.")
@_setting("timeout", SECONDS, 10.0, "Seconds a query may take.")
@_setting("memory", click.IntRange(16), 512, "MiB a query may take.")
@_setting("max-rows", click.IntRange(1), 1_000_000, "Rows or triples an answer may have.")
@_setting("max-size", click.IntRange(1), 256, "MiB an answer may have, before compression.")
@_setting("cache", click.IntRange(0), 64, "MiB of answers that are kept.")
@_setting("max-age", click.IntRange(0), 60, "Seconds an answer may be used without asking again.")
@_setting("trusted-proxies", str, "127.0.0.1", "Addresses that may say for whom they ask (X-Forwarded-For).")
@_setting("public-url", _read_address, None, "Address at which the server is known, if not as it is asked.")
@_setting("contact", _read_contact, "", "Where readers report errors: mailto:… or the address of a tracker's form.")
@click.option(
    "--private",
    is_flag=True,
    envvar="G7KG_PRIVATE",
    help="Keep answers from other sites' pages: no CORS, no Host but this machine's, --host's and --public-url's.",
)
@_setting(
    "log-level", click.Choice(["debug", "info", "warning", "error"]), "info", "What is logged; info: each request."
)
def serve(
    host: str,
    port: int,
    snapshot: Path | None,
    texts: Path | None,
    processes: int | None,
    log_level: str,
    **settings: Any,
) -> None:
    """Serve SPARQL, linked data and pages from a snapshot.

    With --texts a snapshot that holds the words is built first. A snapshot that is published while the server runs is
    served as soon as it is there. Every option but --texts can be set by an environment variable too: G7KG_PORT, ...

    With --store the snapshot only says what the service at that address holds. Credentials for it are taken from
    G7KG_STORE_USER and G7KG_STORE_PASSWORD, or from G7KG_STORE_TOKEN.
    """
    from g7kg.client import find_or_build
    from g7kg.engine.holdings import check_service
    from g7kg.serve.server import serve as run_server
    from g7kg.snapshot.manifest import find_snapshot, read_manifest, verify_store

    refuse_start(snapshot, texts)
    served = to_settings(settings, host)
    fronts = _count_fronts(processes, served.pool.workers)
    listener = _open_shared(host, port) if fronts > 1 else open_listener(host, port)
    source = snapshot or find_or_build(texts)
    folder = find_snapshot(source)
    manifest = read_manifest(folder)
    verify_store(folder)  # a damaged snapshot is told before anything listens
    if served.store:
        check_service(served.store, manifest)
    base = f"http://{bracket(host)}:{listener.getsockname()[1]}"
    _tell(folder, base, settings["store"], manifest.texts)
    run_server(source, listener, fronts, served, log_level)


def refuse_start(snapshot: Path | None, texts: Path | None) -> None:
    """Raise an error if it is not clear what to serve, or if there is too little memory to serve it."""
    from g7kg.sandbox.confinement import require_memory

    if snapshot and texts:
        raise click.UsageError("--snapshot and --texts exclude each other: --texts builds a snapshot")
    require_memory(_MEMORY, "serving")


def _tell(folder: Path, base: str, store: str | None, texts: Sequence[str]) -> None:
    say(f"serving {folder}\n  pages   {base}/\n  SPARQL  {base}/sparql")
    if store:
        say(f"  from    {store}")
    if texts:
        say(f"  with the words of {', '.join(texts)}")


def bracket(host: str) -> str:
    """Return ``host`` as addresses have it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def to_settings(options: dict[str, Any], host: str) -> Any:
    """Return the ``ServerSettings`` that ``options`` make, by their names, for a server that listens on ``host``."""
    from g7kg.engine import Limits, PoolSettings, Service
    from g7kg.http.limits import ConnectionLimits
    from g7kg.serve.settings import ServerSettings

    defaults = PoolSettings()
    pool = PoolSettings(
        workers=options["workers"] or defaults.workers,
        deadline=options["timeout"],
        limits=Limits(options["memory"] * _MIB, options["max_rows"], options["max_size"] * _MIB),
    )
    return ServerSettings(
        pool=pool,
        cache_bytes=options["cache"] * _MIB,
        max_age=options["max_age"],
        connections=ConnectionLimits(trusted=options["trusted_proxies"]),
        public=options["public_url"],
        contact=options["contact"],
        store=Service(options["store"]) if options["store"] else None,
        private=frozenset(_name_hosts(host, options["public_url"])) if options["private"] else None,
    )


def _name_hosts(host: str, public: str | None) -> Iterator[str]:
    """Yield the names by which a private server is addressed, in lower case, an IPv6 address in brackets."""
    yield from _LOOPBACK
    yield bracket(host).lower()
    if public:
        yield bracket(urlsplit(public).hostname or "")


def _count_fronts(asked: int | None, workers: int) -> int:
    """Return how many processes share the port: as many as ``asked``, or one a processor, each with two workers.

    One where the system does not divide connections between them, as Linux does.
    """
    from g7kg.sandbox.confinement import count_processors

    return max(1, min(asked or count_processors(), workers // 2)) if sys.platform == "linux" else 1


def _open_shared(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address, which it shares with those of other fronts, but with no other server.

    ``WorkspaceError`` if it is not to be had.
    """
    with open_listener(host, port) as first:
        taken = first.getsockname()[1]
    return open_listener(host, taken, shared=True)


def open_listener(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Return a socket bound to the address; ``WorkspaceError`` if it is not to be had."""
    from g7kg.serve.supervisor import BACKLOG

    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=shared)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        hint = "is another server running? choose another with --port"
        raise WorkspaceError(f"cannot listen on port {port}: {reason}", location=Location(host), hint=hint) from error
