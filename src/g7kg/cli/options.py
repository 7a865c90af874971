"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path

import click

texts_option = click.option(
    "--texts",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the documents as received; every pointer is verified against their words.",
)
