"""``g7kg release``: snapshots that are kept for good."""

from pathlib import Path
from typing import TextIO

import click

from g7kg.cli.options import FOLDER, KNOWN_FILE, out_option, workspace_option
from g7kg.cli.progress import show_progress, verbose_option
from g7kg.cli.terminal import say
from g7kg.mapping.workspace import Workspace


@click.group(epilog="Example: g7kg release list")
def release() -> None:
    """Releases: snapshots that are kept for good, which a server goes on answering for."""


@release.command(epilog="Example: g7kg release create 1.0.0 --notes notes.txt")
@click.argument("version")
@click.option("--notes", type=click.File(encoding="utf-8"), help="What has changed since the last release, in prose.")
@click.option(
    "--archives",
    type=FOLDER,
    help="Where to put the archive. Default: releases/ in the folder that is published to.",
)
@out_option
@workspace_option
@verbose_option
def create(version: str, notes: TextIO | None, archives: Path | None, out: Path | None, workspace: Workspace) -> None:
    """Build the graph, and release the snapshot as VERSION: three numbers, higher than those of the last release.

    The archive g7kg-VERSION.tar.gz is to be kept outside the repository; ontology/catalogue/releases.json has its
    digest, and is to be committed. Refused if the ontology, a scheme, the context or a shape has changed since the last
    release and its version has not.
    """
    from g7kg.build.releases import create_release
    from g7kg.build.snapshot import build_snapshot
    from g7kg.snapshot.releases import RECORD

    output = out or workspace.output
    with show_progress() as progress:
        snapshot = build_snapshot(workspace, output, None, progress)
        text = notes.read() if notes else ""
        archive = create_release(workspace, snapshot.folder, version, text, archives or output / "releases")
    say(f"released {snapshot.manifest.digest} as {version}: {archive}")
    say(f"commit ontology/{RECORD}, and keep the archive")


@release.command("import", epilog="Example: g7kg release import g7kg-1.0.0.tar.gz")
@click.argument("archives", nargs=-1, required=True, type=KNOWN_FILE)
@out_option
@workspace_option
@verbose_option
def bring_back(archives: tuple[Path, ...], out: Path | None, workspace: Workspace) -> None:
    """Put the releases in ARCHIVES back, so that a server answers for them; what is published stays published."""
    from g7kg.build.releases import import_release
    from g7kg.snapshot.releases import read_releases

    for archive in archives:
        found, folder = import_release(archive, out or workspace.output, read_releases(workspace.ontology))
        say(f"{found.version}: {folder}")


@release.command("list", epilog="Example: g7kg release list")
@out_option
@workspace_option
def show(out: Path | None, workspace: Workspace) -> None:
    """Show the releases on record, the newest first: version, date, digest, and whether each is here."""
    from g7kg.snapshot.releases import find_kept, read_releases

    releases = read_releases(workspace.ontology)
    if not releases:
        say("no release is on record: g7kg release create begins one")
    for found in releases:
        here = "here" if find_kept(out or workspace.output, found.digest) else "not here"
        say(f"{found.version}  {found.issued}  {found.digest}  {here}")
