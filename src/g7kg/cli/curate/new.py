"""``g7kg curate new``: the beginning of an entry of the registry."""

import click

from g7kg.cli.options import workspace_option
from g7kg.cli.terminal import say
from g7kg.mapping.workspace import Workspace


@click.command(epilog='Example: g7kg curate new organisation "Lake Statistics Office"')
@click.argument("kind")
@click.argument("name")
@workspace_option
def new(kind: str, name: str, workspace: Workspace) -> None:
    """Begin the entry of a shared thing of KIND, called NAME, in the registry file of its kind, at its place there.

    KIND is person, country, place, organisation, initiative, deliverable, instrument, presidency, meeting, event, or,
    of undertakings, commitment, request or announcement. NAME is the full name, of which an id is made, or an id in
    small letters and hyphens. What else the entry needs is marked TODO; what it may have beside is told. A name that is
    taken is refused.
    """
    from g7kg.curate.drafts import write_draft
    from g7kg.curate.registry import begin_entry
    from g7kg.mapping.context import read_context

    stub = begin_entry(kind, name, read_context(workspace.ontology / "context.jsonld").forms, workspace)
    write_draft(stub.path, stub.text)
    say(f"{stub.path.relative_to(workspace.root)}:{stub.line}: {stub.id}")
    say(f"  it may also have {', '.join(stub.others)}")
