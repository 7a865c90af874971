"""``g7kg curate mentions``: names in the words, beside what is mentioned."""

from pathlib import Path

import click

from g7kg.cli.options import mapping_argument, text_argument, workspace_option
from g7kg.cli.terminal import say
from g7kg.mapping.workspace import Workspace


@click.command(epilog="Example: g7kg curate mentions mappings/kananaskis-2025.yaml declaration.txt")
@mapping_argument
@text_argument
@workspace_option
def mentions(mapping: Path, text: Path, workspace: Workspace) -> None:
    """Suggest what the statements of MAPPING, whose text is TEXT, may mention, and which mentions to look at again.

    Sought are the labels and alternative labels of the registry, and the short forms of the mapping. Nothing is
    written. A thing that is meant though the words do not name it is the target of a link, with the reason; where a
    name means something else, the comment "# not THING: reason" in the statement says so. Neither is told again.
    """
    from g7kg.curate.drafts import read_draft, read_drafts
    from g7kg.curate.mentions import make_namer, suggest_mentions
    from g7kg.texts.sources import read_source

    draft = read_draft(mapping, str(mapping))
    namer = make_namer(read_drafts(workspace.mappings, workspace.root), draft)
    for one in suggest_mentions(draft, read_source(text), namer):
        told = f"the words have “{one.name}”; mention" if one.name else "the words have no name of"
        say(f"{one.location.path}:{one.location.line}: {one.statement}: {told} {one.thing}{'?' * bool(one.name)}")
