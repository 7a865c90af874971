"""``g7kg pull``: fetch a snapshot from another server."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from g7kg.cli.failures import print_error
from g7kg.cli.progress import show_progress, verbose_option
from g7kg.cli.serve import SECONDS
from g7kg.cli.terminal import say
from g7kg.errors import G7kgError

if TYPE_CHECKING:
    from g7kg.pulling import Pulled, Puller


@click.command(epilog="Example: g7kg pull https://g7kg.example.org/ --out data --watch 60")
@click.argument("url")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to publish to. Default: build/ in a clone, the user's cache folder otherwise.",
)
@click.option("--watch", type=SECONDS, help="Ask again every so many seconds, until stopped. Default: pull once.")
@click.option("--max-size", type=click.IntRange(1), default=16384, show_default=True, help="MiB the snapshot may have.")
@click.option("--timeout", type=SECONDS, default=3600.0, show_default=True, help="Seconds a pull may take.")
@verbose_option
def pull(url: str, out: Path | None, watch: float | None, max_size: int, timeout: float) -> None:
    """Fetch the snapshot of the g7kg server at URL, or of a web server over a published folder, and publish it here.

    Every file is verified by its SHA-256 before any is published. A pull that was interrupted goes on where it stopped;
    nothing is fetched if the snapshot is here already. Credentials are taken from G7KG_PULL_TOKEN, or G7KG_PULL_USER
    and G7KG_PULL_PASSWORD. With --watch, what fails is told and tried again.
    """
    from g7kg.mapping.workspace import find_workspace
    from g7kg.pulling import Limits, Puller, open_origin

    origin = open_origin(url, os.environ)
    output = out or find_workspace().output
    limits = Limits(max_size << 20, timeout)
    with show_progress() as progress:
        puller = Puller(origin, output, limits, progress)
        if watch is None:
            _tell(puller.pull())
        else:
            _watch(puller, watch)


def _tell(pulled: Pulled) -> None:
    manifest = pulled.manifest
    done = "published" if pulled.new else "nothing new, published is"
    say(f"{done} {pulled.folder}: {manifest.quads:,} quads, digest {manifest.digest[:16]}")


def _watch(puller: Puller, seconds: float) -> None:
    """Pull every so many ``seconds``; a failure is told once, not each time."""
    problem = ""
    while True:
        try:
            pulled = puller.pull()
        except G7kgError as error:
            if str(error) != problem:
                print_error(error)
            problem = str(error)
        else:
            problem = ""
            if pulled.new:
                _tell(pulled)
        time.sleep(seconds)
