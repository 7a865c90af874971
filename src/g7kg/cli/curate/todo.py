"""``g7kg curate todo``: what is left to write."""

from pathlib import Path

import click

from g7kg.cli.failures import EXIT_FINDINGS
from g7kg.cli.options import KNOWN_FILE, workspace_option
from g7kg.cli.terminal import say
from g7kg.mapping.workspace import Workspace


@click.command(epilog="Example: g7kg curate todo mappings/kananaskis-2025.yaml")
@click.argument("mappings", nargs=-1, type=KNOWN_FILE)
@workspace_option
def todo(mappings: tuple[Path, ...], workspace: Workspace) -> None:
    """Tell what is left to write in MAPPINGS, or all mapping files, by file and kind, and where to go next.

    Counted are what a skeleton marks TODO, names that no registry file defines, sentences without a statement, and
    documents without a date. The first number is how many are left, then come line and column of the first. Exit codes:
    0 nothing is left, 1 something is, 2 a mapping cannot be read.
    """
    from g7kg.curate.drafts import read_draft, read_drafts
    from g7kg.curate.todo import list_tasks

    drafts = {draft.path.resolve(): draft for draft in read_drafts(workspace.mappings, workspace.root)}
    named = {path.resolve(): path for path in mappings}
    drafts |= {real: read_draft(path, str(path)) for real, path in named.items() if real not in drafts}
    asked = named or drafts
    left = [(one, tasks) for one, tasks in list_tasks([*drafts.values()]) if tasks and one.path.resolve() in asked]
    for draft, tasks in left:
        say(f"{draft.name}: {len(tasks)} left")
        for kind in dict.fromkeys(task.kind for task in tasks):
            alike = [task.location for task in tasks if task.kind == kind]
            say(f"  {len(alike):5} {kind}, from {alike[0].line}:{alike[0].column}")
    if not left:
        say(f"nothing is left to write in {', '.join(map(str, mappings)) or workspace.mappings}")
        return
    first = left[0][1][0]
    say(f"next: {first.location} {first.kind}")
    raise SystemExit(EXIT_FINDINGS)
