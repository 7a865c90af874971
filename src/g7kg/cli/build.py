"""``g7kg build``: make, validate and publish a snapshot."""

from pathlib import Path

import click

from g7kg.cli.options import engine_option, jobs_option, out_option, show_verified, texts_option, workspace_option
from g7kg.cli.progress import show_progress, verbose_option
from g7kg.cli.terminal import say


@click.command(epilog="Example: g7kg build --texts ~/declarations --out build")
@texts_option
@out_option
@engine_option
@jobs_option
@workspace_option
@verbose_option
def build(texts: Path | None, out: Path | None, engine: str, jobs: int | None, root: Path | None) -> None:
    """Build the graph, validate it, and publish it as a snapshot.

    The snapshot holds canonical N-Quads, dumps in other formats, and the store that `g7kg serve` opens. If the graph
    violates a shape the command ends with code 1 and publishes nothing. What was finished of a document is kept in
    work/ below the folder, and is not done again until something that it depends on changes.
    """
    from g7kg.build.snapshot import Options, build_snapshot
    from g7kg.mapping.workspace import find_workspace

    workspace = find_workspace(root)
    with show_progress() as progress:
        snapshot = build_snapshot(workspace, out or workspace.output, texts, progress, Options(engine, jobs))
    show_verified(snapshot.verified, snapshot.unmapped)
    count = sum(snapshot.manifest.graphs.values())
    told = "published" if snapshot.new else "nothing has changed:"
    say(f"{told} {snapshot.folder}: {count:,} quads, digest {snapshot.manifest.digest[:16]}")
