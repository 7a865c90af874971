"""``g7kg scaffold``: the skeleton of a mapping from a new document."""

from __future__ import annotations

from pathlib import Path

import click

from g7kg.cli.terminal import write_data
from g7kg.errors import Location, TextError


@click.command(epilog="Example: g7kg scaffold declaration.txt --slug kananaskis-2025")
@click.argument("text", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--slug", required=True, help="Name of the document in its IRIs, such as cernobbio-como-2024.")
@click.option("--catalogue", is_flag=True, help="The text is a page of titled entries, not a declaration.")
def scaffold(text: Path, slug: str, *, catalogue: bool) -> None:
    """Write the skeleton of a mapping of TEXT: units, digests, one statement with its span for every sentence.

    TEXT is plain text, extracted from a PDF or pasted from a web page; paragraphs may be numbered, have headings,
    bullets and annexes. What is left to write is marked TODO.
    """
    from g7kg.curate.scaffold import scaffold_mapping
    from g7kg.texts import read_source

    if not text.is_file():
        raise TextError("there is no such file", location=Location(str(text)), hint="give a plain text file")
    write_data(scaffold_mapping(read_source(text), slug, catalogue=catalogue).encode())
