"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

texts_option = click.option(
    "--texts",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the documents as received; every pointer is verified against their words.",
)


def show_verified(documents: Mapping[str, bool]) -> None:
    """Print which documents' pointers were verified against their words, and for which there was no text."""
    verified = [slug for slug, done in documents.items() if done]
    missing = [slug for slug, done in documents.items() if not done]
    if verified:
        click.echo(f"words verified: {', '.join(verified)}")
    if verified and missing:
        click.echo(f"no text given for: {', '.join(missing)}")
