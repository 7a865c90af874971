"""``g7kg curate format``: mapping files in one form."""

from pathlib import Path

import click

from g7kg.cli.failures import EXIT_FINDINGS
from g7kg.cli.options import KNOWN_FILE, workspace_option
from g7kg.cli.terminal import say
from g7kg.mapping.workspace import Workspace


@click.command("format", epilog="Example: g7kg curate format mappings/kananaskis-2025.yaml")
@click.argument("mappings", nargs=-1, type=KNOWN_FILE)
@click.option("--check", is_flag=True, help="Change nothing; tell what would change, as a diff.")
@workspace_option
def format_mappings(mappings: tuple[Path, ...], workspace: Workspace, *, check: bool) -> None:
    """Write MAPPINGS, or all mapping files, in the one form: order of keys, indentation, blank lines.

    Comments stay, and quotes. Keys stand as in ontology/forms.yaml. What is changed is told. Exit codes: 0 done, 1 with
    --check if something would change, 2 a file cannot be read.
    """
    from g7kg.curate.drafts import read_draft, write_draft
    from g7kg.curate.formatting import format_draft
    from g7kg.mapping.context import read_context

    forms = read_context(workspace.ontology / "context.jsonld").forms
    changed = False
    for path in mappings or sorted(workspace.mappings.rglob("*.yaml")):
        draft = read_draft(path, str(path))
        text = format_draft(draft, forms)
        if text == draft.text:
            continue
        changed = True
        say(draft.compare(text) if check else f"formatted {draft.name}")
        if not check:
            write_draft(path, text)
    if changed and check:
        raise SystemExit(EXIT_FINDINGS)
