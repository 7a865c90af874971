"""``g7kg validate``: check the mappings of this project without publishing anything."""

from __future__ import annotations

from pathlib import Path

import click

from g7kg.cli.failures import EXIT_FINDINGS
from g7kg.cli.options import show_verified, texts_option
from g7kg.cli.progress import show_progress


@click.command(epilog="Example: g7kg validate --texts ~/declarations")
@texts_option
@click.pass_context
def validate(ctx: click.Context, texts: Path | None) -> None:
    """Read the mappings and check the graph that they make against the shapes.

    Each finding names the mapping file and line that it comes from, and the repair. Nothing is published.
    """
    from g7kg.assembly import assemble, validate_assembly
    from g7kg.validation import to_text
    from g7kg.workspace import find_workspace

    with show_progress() as progress:
        assembly = assemble(find_workspace(), texts, progress)
        report = validate_assembly(assembly, progress)
    show_verified(assembly.documents)
    click.echo(to_text(report))
    if not report.conforms():
        ctx.exit(EXIT_FINDINGS)
