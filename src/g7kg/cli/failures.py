"""Errors to messages and exit codes, in one table."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import click

from g7kg.cli.terminal import make_visible, open_console, to_text, write_utf8
from g7kg.errors import G7kgError, Location, NonConformance, Problems, WorkspaceError

EXIT_FINDINGS: Final = 1
EXIT_BAD_INPUT: Final = 2

EXIT_CODES: Final[dict[type[G7kgError], int]] = {NonConformance: EXIT_FINDINGS, G7kgError: EXIT_BAD_INPUT}
"""The exit code of an error is that of the nearest class of the tree that stands here."""


class FailingGroup(click.Group):
    """A group of verbs that turns the project's errors into messages on standard error and into exit codes.

    It reads and writes UTF-8 in every locale.
    """

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command line."""
        _use_utf8()
        return super().main(*arguments, **options)

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """Return the context of the group; what is wrong with its options is told made visible."""
        with _made_visible():
            return super().make_context(*args, **more)

    def invoke(self, ctx: click.Context) -> object:
        """Run the verb; print an error of the project and end with its exit code."""
        try:
            with _made_visible():
                return super().invoke(ctx)
        except G7kgError as error:
            print_error(error)
            ctx.exit(exit_code(error))
        except BrokenPipeError:
            raise  # whoever read the output has had enough: click ends without a word
        except (OSError, UnicodeDecodeError) as error:
            reported = _as_workspace_error(error)
            print_error(reported)
            ctx.exit(exit_code(reported))


@contextmanager
def _made_visible() -> Iterator[None]:
    """Have click print its own errors, which repeat what was typed, as ``make_visible`` has them."""
    try:
        yield
    except click.ClickException as error:
        error.message = make_visible(error.message)  # type: ignore[misc]  # of click 8.5, where it is only read
        raise


def _use_utf8() -> None:
    """Have files, their names, and the standard streams be UTF-8, here and in processes that are started from here.

    Where the locale has file names in another encoding, that takes this program's start once more (PEP 540).
    """
    if sys.getfilesystemencoding() != "utf-8":
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606 - it is this program
    write_utf8()


def _as_workspace_error(error: OSError | UnicodeDecodeError) -> WorkspaceError:
    """Return the system's refusal of a file as an error that names it."""
    if isinstance(error, UnicodeDecodeError):
        return WorkspaceError(f"a file is not UTF-8: {error.reason} at byte {error.start}", hint="save it as UTF-8")
    path = None if error.filename is None else str(error.filename)
    return WorkspaceError(error.strerror or str(error), location=Location(path), hint="check the file and the disk")


def exit_code(error: G7kgError) -> int:
    """Return the exit code for ``error``."""
    return next(EXIT_CODES[class_] for class_ in type(error).__mro__ if class_ in EXIT_CODES)


def print_error(error: G7kgError) -> None:
    """Print ``error`` on standard error: one line each of what, where and what to do."""
    console = open_console(stderr=True)
    for problem in error.problems if isinstance(error, Problems) else (error,):
        where = str(problem.location)
        parts = [
            to_text(f"{where}: " if where else "", "bold"),
            to_text("error: ", "bold red"),
            to_text(problem.message),
        ]
        console.print(*parts, sep="", soft_wrap=True)
        if problem.hint:
            console.print(to_text("  hint: ", "bold"), to_text(problem.hint), sep="", soft_wrap=True)
