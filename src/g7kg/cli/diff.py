"""``g7kg diff``: compare two snapshots."""

from pathlib import Path

import click

from g7kg.cli.options import KNOWN_FOLDER
from g7kg.cli.terminal import say


@click.command(epilog="Example: g7kg diff build/snapshots/9c8ff490ae82e831 build/current")
@click.argument("old", type=KNOWN_FOLDER)
@click.argument("new", type=KNOWN_FOLDER)
def diff(old: Path, new: Path) -> None:
    """Show what changed from snapshot OLD to snapshot NEW, thing by thing: for review.

    Each is the folder of a snapshot, or one that was published to.
    Compared is what the mappings state; what the rules derive from it is left out. Statements, spans, undertakings and
    the rest come in the order of their IRIs, with the values that went (-) and came (+).
    """
    from g7kg.build.diff import compare_snapshots, to_text
    from g7kg.snapshot.manifest import find_snapshot

    for line in to_text(compare_snapshots(find_snapshot(old), find_snapshot(new))):
        say(line)
