"""``g7kg publish``: have a SPARQL service hold a snapshot."""

from pathlib import Path

import click

from g7kg.cli.options import snapshot_option
from g7kg.cli.progress import show_progress, verbose_option
from g7kg.cli.terminal import say


@click.command(epilog="Example: g7kg publish --to http://127.0.0.1:3030/g7kg/data")
@click.option("--to", required=True, metavar="URL", help="Address of the service's graph store.")
@click.option("--query", metavar="URL", help="Where it takes queries, if that does not follow from --to.")
@click.option("--update", metavar="URL", help="Where it takes updates, if that does not follow from --to.")
@snapshot_option
@click.option("--replace", is_flag=True, help="Remove data that g7kg has not put there.")
@click.option("--break-lock", is_flag=True, help="End a publication that is under way, or has died.")
@verbose_option
def publish(
    to: str, query: str | None, update: str | None, snapshot: Path | None, *, replace: bool, break_lock: bool
) -> None:
    """Have a SPARQL 1.1 service hold a snapshot, for `g7kg serve --store`.

    Graphs are sent by the Graph Store Protocol beside what is there, and put in its place by one update. Credentials
    are taken from G7KG_STORE_USER and G7KG_STORE_PASSWORD, or from G7KG_STORE_TOKEN.
    """
    from g7kg.build.service import find_target, publish_snapshot
    from g7kg.client import find_or_build
    from g7kg.snapshot.manifest import find_snapshot

    target = find_target(to, query, update)
    folder = find_snapshot(snapshot or find_or_build())
    with show_progress() as progress:
        manifest = publish_snapshot(folder, target, progress, replace=replace, break_lock=break_lock)
    graphs, digest = len(manifest.graphs), manifest.digest[:16]
    say(f"published {digest} to {target.store}: {manifest.quads:,} quads in {graphs} graphs")
    if manifest.texts:
        say(f"  with the words of {', '.join(manifest.texts)}")
