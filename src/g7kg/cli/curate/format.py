"""``g7kg curate format``: mapping files in one form."""

from pathlib import Path

import click

from g7kg.cli.failures import EXIT_FINDINGS
from g7kg.cli.options import workspace_option
from g7kg.cli.terminal import say


@click.command("format", epilog="Example: g7kg curate format mappings/kananaskis-2025.yaml")
@click.argument("mappings", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--check", is_flag=True, help="Change nothing; tell what would change, as a diff.")
@workspace_option
@click.pass_context
def format_mappings(ctx: click.Context, mappings: tuple[Path, ...], root: Path | None, *, check: bool) -> None:
    """Write MAPPINGS, or all mapping files, in the one form: order of keys, indentation, blank lines.

    Comments stay, and quotes. Keys stand as in ontology/forms.yaml. What is changed is told. Exit codes: 0 done, 1 with
    --check if something would change, 2 a file cannot be read.
    """
    from g7kg.curate.drafts import read_draft, write_draft
    from g7kg.curate.formatting import format_draft
    from g7kg.mapping.context import read_context
    from g7kg.mapping.workspace import find_workspace

    workspace = find_workspace(root)
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
        ctx.exit(EXIT_FINDINGS)
