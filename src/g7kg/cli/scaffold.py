"""``g7kg scaffold``: the skeleton of a mapping from a new document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from g7kg.cli.failures import EXIT_FINDINGS
from g7kg.cli.options import workspace_option
from g7kg.cli.terminal import say, write_data
from g7kg.errors import TextError
from g7kg.mapping.workspace import Workspace

if TYPE_CHECKING:
    from g7kg.texts.doubts import Account


@click.command(epilog="Example: g7kg scaffold declaration.txt --slug kananaskis-2025")
@click.argument("text", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--slug", required=True, help="Name of the document in its IRIs, such as cernobbio-como-2024.")
@click.option(
    "--kind",
    type=click.Choice(["declaration", "catalogue"]),
    default="declaration",
    show_default=True,
    help="Kind of document; a catalogue is a page of titled entries.",
)
@click.option("--scope", multiple=True, help="Map only this section (its title) or part (its id). Repeatable.")
@click.option("--strict", is_flag=True, help="End with code 1 if there are doubts.")
@workspace_option
def scaffold(text: Path, slug: str, kind: str, scope: tuple[str, ...], workspace: Workspace, *, strict: bool) -> None:
    """Write the skeleton of a mapping of TEXT: units, digests, one statement with its span for every sentence.

    TEXT is Markdown, or plain text, extracted from a PDF or pasted from a web page; paragraphs may be numbered, have
    headings, bullets and annexes. What is left to write is marked TODO. What was made of the text, and what is not sure
    about it, is told on standard error. Exit codes: 0 it is written, 1 with --strict if there are doubts, 2 it is not.
    """
    from g7kg.curate.scaffold import check_new, is_instrument, scaffold_mapping
    from g7kg.texts.doubts import give_account
    from g7kg.texts.kinds import DOCUMENT_KINDS
    from g7kg.texts.sources import read_source

    if not text.is_file():
        raise TextError("there is no such file", location=text, hint="give a file of text")
    source, chosen = read_source(text), next(entry for entry in DOCUMENT_KINDS.values() if entry.label == kind)
    mappings = workspace.mappings
    check_new(source, slug, mappings)
    known = is_instrument(slug, mappings)
    write_data(scaffold_mapping(source, slug, chosen, scope, instrument=known).encode())
    if known:
        say(f"instrument:{slug} is in the registry: its entry there moves into the head of the mapping", error=True)
    account = give_account(source.text, chosen.segment(source.text))
    show_account(account, text)
    if strict and account.doubts:
        raise SystemExit(EXIT_FINDINGS)


def show_account(account: Account, path: Path) -> None:
    """Print on standard error what became of the text in the file ``path``."""
    numbers = ", ".join(f"{number} {name}" for name, number in account.counts.items())
    say(f"read as {account.form}: {numbers}", error=True)
    for line in account.left_out:
        say(f"left out: {line}", error=True)
    for doubt in account.doubts:
        say(f"{path}:{doubt.line}: {doubt.text}", error=True)
    say(f"{len(account.doubts)} doubt{'s' * (len(account.doubts) != 1)}", error=True)
