"""``g7kg build``: make, validate and publish a snapshot."""

from pathlib import Path

import click

from g7kg.cli.options import describe_verified, engine_option, jobs_option, out_option, texts_option, workspace_option
from g7kg.cli.progress import show_progress, verbose_option
from g7kg.cli.terminal import say
from g7kg.mapping.workspace import Workspace


@click.command(epilog="Example: g7kg build --texts ~/declarations --out build")
@texts_option
@out_option
@engine_option
@jobs_option
@workspace_option
@verbose_option
def build(texts: Path | None, out: Path | None, engine: str, jobs: int | None, workspace: Workspace) -> None:
    """Build the graph, validate it, and publish it as a snapshot.

    The snapshot holds canonical N-Quads, dumps in other formats, and the store that `g7kg serve` opens. If the graph
    violates a shape the command ends with code 1 and publishes nothing. What was finished of a document is kept in
    work/ below the folder, and is not done again until something that it depends on changes.
    """
    from g7kg.build.snapshot import Options, build_snapshot

    with show_progress() as progress:
        snapshot = build_snapshot(workspace, out or workspace.output, texts, progress, Options(engine, jobs))
    for line in describe_verified(snapshot.verified, snapshot.unmapped):
        say(line)
    count = sum(snapshot.manifest.graphs.values())
    told = "published" if snapshot.new else "nothing has changed:"
    say(f"{told} {snapshot.folder}: {count:,} quads, digest {snapshot.manifest.digest[:16]}")
