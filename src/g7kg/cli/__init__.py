"""The command line: one module a verb; the only place that prints or exits."""

import click

from g7kg import __version__
from g7kg.cli.build import build
from g7kg.cli.coverage import coverage
from g7kg.cli.curate import curate
from g7kg.cli.diff import diff
from g7kg.cli.failures import FailingGroup
from g7kg.cli.load import load
from g7kg.cli.mcp import mcp
from g7kg.cli.publish import publish
from g7kg.cli.query import query
from g7kg.cli.release import release
from g7kg.cli.scaffold import scaffold
from g7kg.cli.serve import serve
from g7kg.cli.site import site
from g7kg.cli.validate import validate


@click.group(cls=FailingGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="g7kg")
def main() -> None:
    """Build, check, query and serve the knowledge graph of the G7 digital ministers' declarations.

    Exit codes: 0 done, 1 findings, 2 wrong use or bad input.
    """


for verb in (build, validate, coverage, diff, scaffold, curate, query, load, publish, release, serve, site, mcp):
    main.add_command(verb)
