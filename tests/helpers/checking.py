"""Checks of documents in this process."""

from collections.abc import Sequence
from pathlib import Path

from g7kg.sandbox.checking import check
from g7kg.sandbox.exchange import CheckRequest, Source


def check_files(data: Sequence[Path], shapes: Sequence[Path], engine: str, form: str = "json") -> str:
    """Return the report in the form that is named, as the process of a check writes it."""

    def read(paths: Sequence[Path]) -> tuple[Source, ...]:
        return tuple(Source(path.name, path.suffix[1:], path.read_bytes()) for path in paths)

    return check(CheckRequest(read(data), read(shapes), form, 0, engine), (), (), {}).text
