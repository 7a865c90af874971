"""What a verb is doing, told on standard error: a spinner with the present step, or with -v the log of all steps."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from g7kg.cli.terminal import is_watched, open_console, to_text

logger = logging.getLogger(__name__)


def _start_log(_ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - as click has it
    if value:
        form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
        logging.basicConfig(format=form, datefmt="%H:%M:%S")
        logging.getLogger("g7kg").setLevel(logging.INFO)


verbose_option = click.option(
    "-v",
    "--verbose",
    is_flag=True,
    expose_value=False,
    callback=_start_log,
    help="Log each step on standard error, with its time.",
)


@contextmanager
def show_progress() -> Iterator[Callable[[str], None]]:
    """Yield a function that shows the step it is told: in the log, or to whoever watches standard error."""
    if logger.isEnabledFor(logging.INFO):
        yield _log_steps()
    elif is_watched():
        with _spin() as show:
            yield show
    else:
        yield lambda _step: None


@contextmanager
def _spin() -> Iterator[Callable[[str], None]]:
    from rich.live import Live
    from rich.spinner import Spinner

    spinner = Spinner("dots", "starting", style="status.spinner")
    with Live(spinner, console=open_console(stderr=True), transient=True) as live:

        def show(step: str) -> None:
            spinner.update(text=to_text(f"{step} …"))
            live.refresh()  # one that is shorter than the picture's interval would else never be seen

        yield show


def _log_steps() -> Callable[[str], None]:
    """Return what logs each step when it begins; how far it is stands after a colon, and is not logged."""
    last = ""

    def log(step: str) -> None:
        nonlocal last
        name = step.partition(": ")[0]
        if name != last:
            logger.info("%s", name)
        last = name

    return log
