"""Options that several verbs share, and what they print alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from g7kg.cli.terminal import say
from g7kg.mapping.workspace import Workspace, find_workspace
from g7kg.shacl import ENGINES

if TYPE_CHECKING:
    from g7kg.curate.drafts import Draft

FOLDER = click.Path(path_type=Path, file_okay=False)
KNOWN_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
KNOWN_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)

texts_option = click.option(
    "--texts", type=FOLDER, help="Folder of the documents as received; every pointer is verified against their words."
)

engine_option = click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="pyshacl",
    show_default=True,
    help="SHACL implementation; shacl is faster, and comes with g7kg[fast].",
)

jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1),
    help="Processes that work at a time. Default: one a processor, one for fewer than 32 mapping files.",
)


def _open_workspace(_ctx: click.Context, _parameter: click.Parameter, root: Path | None) -> Workspace:
    return find_workspace(root)


workspace_option = click.option(
    "--workspace",
    type=KNOWN_FOLDER,
    callback=_open_workspace,
    help="Folder with mappings/, ontology/, shapes/ and queries/ to build from. Default: those of g7kg.",
)

snapshot_option = click.option(
    "--snapshot",
    type=KNOWN_FOLDER,
    help="Folder of a snapshot, or one that was published to. Default: the published one, built first if none is.",
)

out_option = click.option(
    "--out", type=FOLDER, help="Folder to publish to. Default: build/ in a clone, the user's cache folder otherwise."
)

mapping_argument = click.argument("mapping", type=KNOWN_FILE)

text_argument = click.argument("text", type=KNOWN_FILE)

dry_run_option = click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")


def describe_verified(documents: Mapping[str, bool], unmapped: Sequence[Path]) -> list[str]:
    """Return lines: which documents' pointers were verified, which had no text, which texts have no mapping."""
    verified = [slug for slug, done in documents.items() if done]
    missing = [slug for slug, done in documents.items() if not done]
    lines = [f"words verified: {', '.join(verified)}"] if verified else []
    if verified and missing:
        lines.append(f"no text given for: {', '.join(missing)}")
    if unmapped:
        names, hint = ", ".join(path.name for path in unmapped), "g7kg scaffold FILE begins a mapping"
        lines.append(f"no mapping of: {names} ({hint}; of another print of a mapped document, add it to its editions)")
    return lines


def show_change(draft: Draft, text: str, *, dry_run: bool) -> None:
    """Print what ``text`` changes in ``draft``, and write it into its file, unless it is a dry run."""
    from g7kg.curate.drafts import write_draft

    if text == draft.text:
        say("nothing has moved")
        return
    say(draft.compare(text))
    if not dry_run:
        write_draft(draft.path, text)
