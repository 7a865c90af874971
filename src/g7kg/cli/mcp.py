"""``g7kg mcp``: serve a snapshot to assistants."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from g7kg.cli.options import snapshot_option, texts_option
from g7kg.cli.serve import SECONDS, bracket, open_listener, refuse_start
from g7kg.cli.terminal import say
from g7kg.errors import WorkspaceError

_ANY = ("0.0.0.0", "::")  # noqa: S104 - addresses that nobody should be addressed by


@click.command(epilog="Example: g7kg mcp --http --port 8010")
@click.option("--http", is_flag=True, help="Serve streamable HTTP at /mcp instead of standard input and output.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on, with --http.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8010, show_default=True, help="Port, with --http; 0: any."
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    help="A name by which others may address the server, with --http. This machine's own always work.",
)
@click.option(
    "--trusted-proxies",
    default="127.0.0.1",
    show_default=True,
    help="Addresses that may say for whom they ask (X-Forwarded-For), with --http.",
)
@snapshot_option
@texts_option
@click.option("--workers", type=click.IntRange(1), default=4, show_default=True, help="Worker processes.")
@click.option("--timeout", type=SECONDS, default=10.0, show_default=True, help="Seconds a query or check may take.")
@click.option(
    "--memory", type=click.IntRange(16), default=512, show_default=True, help="MiB a query or check may take."
)
def mcp(
    host: str,
    port: int,
    hosts: tuple[str, ...],
    trusted_proxies: str,
    snapshot: Path | None,
    texts: Path | None,
    *,
    http: bool,
    **bounds: Any,
) -> None:
    """Serve the graph to assistants by the Model Context Protocol; needs the extra g7kg[mcp].

    Tools search, describe, run queries of the catalogue and SPARQL, and validate. The snapshot that is published when
    the server starts is served to the end. How to set it up: docs/assistants.md.
    """
    _require_sdk()
    from dataclasses import replace

    from g7kg.client import find_or_build
    from g7kg.serve.mcp.served import default_pool
    from g7kg.serve.mcp.server import CONNECTIONS, PATH, serve_http, serve_stdio

    refuse_start(snapshot, texts)
    defaults = default_pool()
    limits = replace(defaults.limits, memory=bounds["memory"] << 20)
    pool = replace(defaults, workers=bounds["workers"], deadline=bounds["timeout"], limits=limits)
    if not http:
        serve_stdio(snapshot or find_or_build(texts), pool)
        return
    listener = open_listener(host, port)
    source = snapshot or find_or_build(texts)
    say(f"serving assistants at http://{bracket(host)}:{listener.getsockname()[1]}{PATH}")
    connections = replace(CONNECTIONS, trusted=trusted_proxies)
    serve_http(source, pool, listener, hosts if host in _ANY else (bracket(host), *hosts), connections)


def _require_sdk() -> None:
    if find_spec("mcp") is None or find_spec("mcp.server.mcpserver") is None:
        raise WorkspaceError("mcp, of version 2, is not installed", hint="pip install 'g7kg[mcp]'")
    if sys.flags.optimize > 1:
        message = "Python was told to leave out docstrings, which tell assistants what each tool is for"
        raise WorkspaceError(message, hint="run it without -OO, and without PYTHONOPTIMIZE=2")
