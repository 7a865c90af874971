"""``g7kg coverage``: how much of the documents is mapped."""

import tempfile
from pathlib import Path

import click

from g7kg.cli.failures import EXIT_FINDINGS
from g7kg.cli.options import describe_verified, texts_option, workspace_option
from g7kg.cli.progress import show_progress, verbose_option
from g7kg.cli.terminal import print_table, say
from g7kg.mapping.workspace import Workspace


@click.command(epilog="Example: g7kg coverage --texts ~/declarations")
@click.option("--languages", is_flag=True, help="List what has no label in French, German, Italian or Japanese.")
@texts_option
@workspace_option
@verbose_option
def coverage(texts: Path | None, workspace: Workspace, *, languages: bool) -> None:
    """Count, per document, parts, sentences, those in scope, those covered, statements and undertakings.

    A sentence is covered if a statement's span touches it. Ends with code 1 if one in scope is not. With --texts every
    pointer is verified against the words first. With --languages, list the gaps in labels instead, which are no fault.
    """
    from g7kg.build.assembly import assemble, choose_jobs
    from g7kg.build.coverage import describe_scopes, find_gaps, read_coverage, read_languages
    from g7kg.build.work import Means, open_work

    with (
        open_work(workspace.output) as work,
        show_progress() as progress,
        tempfile.TemporaryDirectory(prefix="g7kg-") as folder,
    ):
        assembly = assemble(workspace, texts, Path(folder), Means(work, progress, choose_jobs(workspace)))
        tables = (read_languages if languages else read_coverage)(assembly, workspace.queries)
    for line in describe_verified(assembly.documents, assembly.unmapped):
        say(line)
    for table in tables:
        say(table.question)
        print_table(table.columns, table.rows)
    if languages:
        return
    for line in describe_scopes(tables):
        say(line)
    gaps = list(find_gaps(tables))
    for document, missing in gaps:
        say(f"{document}: {missing} sentences have no statement")
    if gaps:
        raise SystemExit(EXIT_FINDINGS)
