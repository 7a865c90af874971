"""Progress on standard error: a spinner with the present step; silent where nobody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from g7kg.cli.terminal import open_console, to_text


@contextmanager
def show_progress() -> Iterator[Callable[[str], None]]:
    """Yield a function that shows the step it is told; shows nothing if standard error is not a terminal."""
    console = open_console(stderr=True)
    if not console.is_terminal:
        yield lambda _step: None
        return
    with console.status("starting") as status:
        yield lambda step: status.update(to_text(f"{step} …"))
