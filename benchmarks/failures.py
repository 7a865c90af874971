"""What goes wrong in a benchmark."""

from __future__ import annotations


class BenchmarkError(Exception):
    """The benchmark cannot go on; ``hint`` says what to do."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class NotAvailable(Exception):
    """A server is not to be had here, or does not work; the message is the reason."""
