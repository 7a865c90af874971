"""Files that others wrote, read in one way: plain ones only, and none that is larger or deeper than it may be."""

import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, Final

from g7kg.errors import G7kgError, Location, WorkspaceError

MOST: Final = 64 << 20
"""The most bytes of a file that is read whole, where nothing else is said."""

DEEPEST: Final = 100
"""The most levels of nesting: what people write has a tenth, and readers of RDF take memory or the stack for each."""

TOO_LONG: Final = "a line or a value has more than the 16 MiB that are read"
"""What a ``MemoryError`` of pyoxigraph's readers means."""

_MIB: Final = 1 << 20
_STRING: Final = rb'(?:[^"\\]|\\.)*+("?)'
_JSON: Final = re.compile(rb'"' + _STRING + rb"|(?P<open>[\[{])|(?P<close>[\]}])", re.DOTALL)
_REST: Final = re.compile(_STRING, re.DOTALL)
_TURTLE: Final = re.compile(
    rb'"""(?:[^"\\]|\\.|"(?!""))*+"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*+\'\'\''
    rb'|"(?:[^"\\\n\r]|\\.)*+"|\'(?:[^\'\\\n\r]|\\.)*+\''
    rb"|\\.|#[^\n\r]*+|<[^<>\s]*+>|(?P<open><<|[\[({])|(?P<close>>>|[\])}])",
    re.DOTALL,
)


@contextmanager
def open_plain(
    path: Path, error: type[G7kgError] = WorkspaceError, name: str | None = None
) -> Iterator[BufferedReader]:
    """Yield the file ``path``, open for reading; messages call it ``name``.

    Raises ``error`` if it cannot be opened or is no plain file: a pipe or a device may never end, or never begin.
    """
    place = Location(name or str(path))
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as reason:
        raise error(f"the file cannot be read: {reason.strerror}", location=place, hint="check the file") from reason
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise error("this is no plain file", location=place, hint="take it away, or put a plain file there")
    with os.fdopen(opened, "rb") as file:
        yield file


def read_file(path: Path, error: type[G7kgError] = WorkspaceError, name: str | None = None, most: int = MOST) -> bytes:
    """Return the content of the file ``path``, at most ``most`` bytes; errors: ``open_plain``, ``error`` for more."""
    with open_plain(path, error, name) as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read(most + 1) if size <= most else b""
    if size > most or len(data) > most:
        hint = "divide it, or take it away"
        message = f"the file has more than the {most / _MIB:g} MiB that are read"
        raise error(message, location=Location(name or str(path)), hint=hint)
    return data


def read_text(path: Path, error: type[G7kgError] = WorkspaceError, name: str | None = None, most: int = MOST) -> str:
    """Return the text of the file ``path``; errors: ``read_file``, and ``error`` with the line if it is not UTF-8."""
    return to_text(read_file(path, error, name, most), name or str(path), error)


def read_json(path: Path, error: type[G7kgError] = WorkspaceError) -> Any:  # noqa: ANN401 - JSON is of any type
    """Return the JSON of the file ``path``; errors: ``read_file``, and ``error`` if it is none or nested too deep."""
    data = read_file(path, error)
    try:
        return json.loads(b"".join(check_json([data], str(path), error)))
    except ValueError as reason:
        raise error(f"this is not JSON: {reason}", location=path, hint="mend the file") from reason


def to_text(data: bytes, name: str, error: type[G7kgError] = WorkspaceError) -> str:
    """Return ``data`` as text, without a byte order mark; ``error`` with the line if it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        place = Location(name, data.count(b"\n", 0, reason.start) + 1)
        raise error("the file is not UTF-8", location=place, hint="save it again as UTF-8") from reason


def check_turtle(data: bytes, name: str, error: type[G7kgError] = WorkspaceError) -> None:
    """Raise ``error`` if ``data``, of Turtle or a language like it, is nested deeper than ``DEEPEST``."""
    depth = 0
    for token in _TURTLE.finditer(data):
        depth += (token["open"] is not None) - (token["close"] is not None)
        if depth > DEEPEST:
            raise _too_deep(error, Location(name, data.count(b"\n", 0, token.start()) + 1))


def check_json(chunks: Iterable[bytes], name: str, error: type[G7kgError] = WorkspaceError) -> Iterator[bytes]:
    """Yield ``chunks`` of JSON; ``error`` in place of the one in which it is nested deeper than ``DEEPEST``."""
    depth, inside, escaped = 0, False, False
    for chunk in chunks:
        start = 0
        if inside and chunk:
            rest = _REST.match(chunk, 1 if escaped else 0)
            start = rest.end() if rest else 0
            inside = not (rest and rest[1])
            escaped = inside and start < len(chunk)
        if not inside:
            for token in _JSON.finditer(chunk, start):
                depth += (token["open"] is not None) - (token["close"] is not None)
                if depth > DEEPEST:
                    raise _too_deep(error, Location(name))
                if token[0][:1] == b'"' and not token[1]:
                    inside, escaped = True, token.end() < len(chunk)
                    break
        yield chunk


def _too_deep(error: type[G7kgError], place: Location) -> G7kgError:
    return error(f"this is nested more than {DEEPEST} levels deep", location=place, hint="write it flatter")
