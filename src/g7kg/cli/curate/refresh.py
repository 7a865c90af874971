"""``g7kg curate refresh``: a mapping brought up to its text."""

from pathlib import Path

import click

from g7kg.cli.failures import EXIT_FINDINGS
from g7kg.cli.options import dry_run_option, mapping_argument, show_change, text_argument
from g7kg.cli.terminal import say


@click.command(epilog="Example: g7kg curate refresh mappings/kananaskis-2025.yaml declaration.txt")
@mapping_argument
@text_argument
@click.option("--edition", default="", help="The id of the edition that TEXT is of. Default: the first publication.")
@dry_run_option
def refresh(mapping: Path, text: Path, edition: str, *, dry_run: bool) -> None:
    """Bring MAPPING up to TEXT: digests, lengths, ends of sentences, and the offsets of spans from their cue words.

    For a corrected text, or after an edit of spans: a new one needs cue words only. Cue words that lead to another
    place first are chosen anew. What moves is shown as a diff, then which parts have other words than before, then what
    the text does not have, with what is nearest. Exit codes: 0 all was found, 1 something was not, 2 nothing is done.
    """
    from g7kg.curate.drafts import read_draft
    from g7kg.curate.refresh import refresh as bring_up
    from g7kg.texts.sources import read_source

    draft = read_draft(mapping, str(mapping))
    refreshed = bring_up(draft, read_source(text), edition)
    show_change(draft, refreshed.text, dry_run=dry_run)
    if refreshed.changed:
        say(f"read again, their words have changed: {', '.join(refreshed.changed)}")
    for lost in refreshed.lost:
        say(f"{lost.location}: {lost.message}", error=True)
    if refreshed.lost:
        raise SystemExit(EXIT_FINDINGS)
