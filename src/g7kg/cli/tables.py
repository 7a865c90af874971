"""Tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from g7kg.cli.terminal import open_console, to_text

WIDE: Final = 200
"""Characters in a line of a table that goes to a file or a pipe."""


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print ``rows`` under ``columns`` on standard output; IRIs are shortened, nothing is cut."""
    from rich import box
    from rich.table import Table

    from g7kg.rdf.vocab import shorten_iri

    table = Table(box=box.SIMPLE_HEAD)
    for name in columns:
        table.add_column(to_text(name), overflow="fold")
    for row in rows:
        table.add_row(*(to_text(shorten_iri(cell)) for cell in row))
    open_console(width=WIDE).print(table)
