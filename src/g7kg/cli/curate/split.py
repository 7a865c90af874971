"""``g7kg curate split``: a statement cut in two."""

from pathlib import Path

import click

from g7kg.cli.options import dry_run_option, mapping_argument, show_change, text_argument, workspace_option
from g7kg.mapping.workspace import Workspace


@click.command(epilog='Example: g7kg curate split mappings/kananaskis-2025.yaml declaration.txt p2/s1 "and to conduct"')
@mapping_argument
@text_argument
@click.argument("statement")
@click.argument("words")
@dry_run_option
@workspace_option
def split(mapping: Path, text: Path, statement: str, words: str, workspace: Workspace, *, dry_run: bool) -> None:
    """Cut STATEMENT of MAPPING, whose text is TEXT, before WORDS: the new statement begins with them.

    Both spans get offsets and cue words. The new one has the next number of its paragraph, whatever stands behind it
    keeps its own, and the rest of it is marked TODO. What changes is shown as a diff.
    """
    from g7kg.curate.drafts import read_draft
    from g7kg.curate.statements import split_statement
    from g7kg.texts.sources import read_source

    draft, retired = read_draft(mapping, str(mapping)), workspace.ontology / "catalogue"
    show_change(draft, split_statement(draft, read_source(text), statement, words, retired), dry_run=dry_run)
