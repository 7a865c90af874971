"""Errors to messages and exit codes, in one table."""

from __future__ import annotations

from typing import Final

import click
from rich.console import Console
from rich.text import Text

from g7kg.errors import G7kgError, Location, NonConformance, Problems, WorkspaceError

EXIT_FINDINGS: Final = 1
EXIT_BAD_INPUT: Final = 2

EXIT_CODES: Final[dict[type[G7kgError], int]] = {NonConformance: EXIT_FINDINGS, G7kgError: EXIT_BAD_INPUT}
"""The exit code of an error is that of the nearest class of the tree that stands here."""


class FailingGroup(click.Group):
    """A group of verbs that turns the project's errors into messages on standard error and into exit codes."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the verb; print an error of the project and end with its exit code."""
        try:
            return super().invoke(ctx)
        except G7kgError as error:
            print_error(error)
            ctx.exit(exit_code(error))
        except (OSError, UnicodeDecodeError) as error:
            reported = _as_workspace_error(error)
            print_error(reported)
            ctx.exit(exit_code(reported))


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
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for problem in error.problems if isinstance(error, Problems) else (error,):
        where = str(problem.location)
        line = Text.assemble((f"{where}: " if where else "", "bold"), ("error: ", "bold red"), problem.message)
        console.print(line)
        if problem.hint:
            console.print(Text.assemble(("  hint: ", "bold"), problem.hint))
