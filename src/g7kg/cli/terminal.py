"""The one place through which the command line prints: what a terminal would obey is shown instead.

Names of files, keys of mappings and whatever data says may hold escape sequences, which change titles and colours, or
what stands above; and marks of direction, which make text look like other text.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

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


_OBEYED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls but tab and line break, marks of direction, and surrogates, which stand for bytes that are no UTF-8."""


def make_visible(text: str) -> str:
    """Return ``text`` with each character that a terminal would obey as its number, as Turtle and JSON escape it."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def say(text: str, *, error: bool = False) -> None:
    """Print ``text`` and a line break, made visible, on standard output, or standard ``error``."""
    click.echo(make_visible(text), err=error)


def write_utf8() -> None:
    """Have the standard streams be UTF-8, whatever the locale says."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.encoding.lower() not in {"utf-8", "utf8"}:
            stream.reconfigure(encoding="utf-8")


def write_data(data: bytes) -> None:
    """Write ``data`` to standard output: exactly, for whatever reads it; made visible if that is a terminal."""
    if sys.stdout.isatty():
        click.echo(make_visible(data.decode("utf-8", "replace")), nl=False)
    else:
        sys.stdout.buffer.write(data)


def is_watched() -> bool:
    """Whether standard error is a terminal."""
    return sys.stderr.isatty()


def open_console(*, stderr: bool = False, width: int | None = None) -> Console:
    """Return a console that prints ``to_text`` and what is made of it; if it is no terminal, of ``width``."""
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if width is not None and not console.is_terminal:
        console.width = width
    return console


def to_text(text: str, style: str = "") -> Text:
    """Return ``text`` for a console: made visible, and never read as markup."""
    from rich.text import Text

    return Text(make_visible(text), style)
