"""``g7kg curate suggest``: what statements may mean."""

from pathlib import Path

import click

from g7kg.cli.options import mapping_argument, workspace_option
from g7kg.cli.terminal import say
from g7kg.errors import MappingError
from g7kg.mapping.workspace import Workspace


@click.command(epilog="Example: g7kg curate suggest mappings/kananaskis-2025.yaml --texts texts")
@mapping_argument
@click.argument("statements", nargs=-1)
@click.option(
    "--texts",
    type=click.Path(path_type=Path, exists=True),
    help="Folder of the documents as received, or the text of this one. Without, cue words and gists stand for words.",
)
@click.option("--write", is_flag=True, help="Write the suggestions into MAPPING, as comments that begin with #?.")
@workspace_option
def suggest(
    mapping: Path, statements: tuple[str, ...], texts: Path | None, workspace: Workspace, *, write: bool
) -> None:
    """Suggest what the STATEMENTS of MAPPING may say, or all of them: what is not written yet.

    Speech acts follow from the verbs of the table; topics, mentions, and undertakings that a statement may restate or
    report on follow from names and from what is mapped already. Each line is one that you could write. With --write
    they stand in the mapping behind #?, in place of what was suggested before; take that sign away to confirm one.
    Nothing that is suggested enters the graph.
    """
    from g7kg.curate.drafts import get_text, list_fields, read_draft, read_drafts, write_draft
    from g7kg.curate.remarks import SIGN, list_lines, write_remarks
    from g7kg.curate.suggestions import find_source, read_means
    from g7kg.curate.suggestions import suggest as suggest_all

    draft = read_draft(mapping, str(mapping))
    known = {get_text(one, "id") for part in draft.entries for one in list_fields(part, "statements")}
    for id_ in set(statements) - known:
        hint = "give its id as it is written there, such as p2/s1"
        raise MappingError(f"{mapping} has no statement {id_}", hint=hint)
    drafts = read_drafts(workspace.mappings, workspace.root)
    others = [other for other in drafts if other.path.resolve() != mapping.resolve()]
    means = read_means([*others, draft], draft, workspace)
    suggested = suggest_all(draft, find_source(draft, texts), means)
    found = [one for one in suggested if not statements or get_text(one.statement, "id") in statements]
    labels = means.precedents.labels
    lines = [(one.statement, added) for one in found if (added := list_lines(one, labels))]
    if write:
        write_draft(mapping, write_remarks(draft, found, labels))
        say(f"{mapping}: suggestions for {len(lines)} statement{'s' * (len(lines) != 1)} stand behind {SIGN.strip()}")
        return
    if not lines:
        say("nothing is left to suggest")
    for statement, added in lines:
        say(f"{statement.location.path}:{statement.location.line}: {get_text(statement, 'id')}")
        for key, value in ((key, value) for key, values in added.items() for value in values):
            say(f"  {key}: {value}")
