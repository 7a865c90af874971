"""``g7kg curate merge``: two statements put together."""

from pathlib import Path

import click

from g7kg.cli.failures import EXIT_FINDINGS
from g7kg.cli.options import dry_run_option, mapping_argument, show_change, text_argument
from g7kg.cli.terminal import say


@click.command(epilog="Example: g7kg curate merge mappings/kananaskis-2025.yaml declaration.txt p2/s1 p2/s4")
@mapping_argument
@text_argument
@click.argument("statement")
@click.argument("other")
@dry_run_option
def merge(mapping: Path, text: Path, statement: str, other: str, *, dry_run: bool) -> None:
    """Put STATEMENT and OTHER of MAPPING, whose text is TEXT, together, if their words touch.

    STATEMENT keeps what is written about it, and its span takes in that of OTHER, which goes: the diff shows what was
    written about it. Exit codes: 0 done, 1 done, and something still refers to OTHER, 2 nothing is done.
    """
    from g7kg.curate.drafts import read_draft
    from g7kg.curate.statements import find_references, merge_statements
    from g7kg.texts.sources import read_source

    draft = read_draft(mapping, str(mapping))
    merged = merge_statements(draft, read_source(text), statement, other)
    show_change(draft, merged, dry_run=dry_run)
    say(f"if {other} was ever published, put it into ontology/catalogue/retired.ttl, replaced by {statement}")
    left = list(find_references(draft, other))
    for key, location in left:
        say(f"{location}: {key} still refers to {other}", error=True)
    if left:
        raise SystemExit(EXIT_FINDINGS)
