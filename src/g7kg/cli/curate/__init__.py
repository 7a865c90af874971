"""``g7kg curate``: verbs for those who write mappings; one module a verb."""

import click

from g7kg.cli.curate.format import format_mappings
from g7kg.cli.curate.mentions import mentions
from g7kg.cli.curate.merge import merge
from g7kg.cli.curate.new import new
from g7kg.cli.curate.refresh import refresh
from g7kg.cli.curate.split import split
from g7kg.cli.curate.suggest import suggest
from g7kg.cli.curate.todo import todo


@click.group(epilog="Example: g7kg curate todo")
def curate() -> None:
    """Help with writing a mapping. Every verb can be run again, and leaves what it does not change as it is."""


for verb in (todo, refresh, new, split, merge, suggest, mentions, format_mappings):
    curate.add_command(verb)
