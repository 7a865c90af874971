"""The folder of documents as received."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from g7kg.errors import Location, TextError
from g7kg.texts.files import read_file

_MOST: Final = 16 << 20

_SUFFIXES: Final = frozenset({"", ".txt", ".md"})


@dataclass(frozen=True)
class Source:
    """A document as received: where it was read, the hexadecimal SHA-256 of its bytes, and its text."""

    path: Path
    sha256: str
    text: str


def read_sources(folder: Path) -> dict[str, Source]:
    """Return the documents of ``folder`` and its subfolders by their SHA-256, whatever the files are called.

    Text ends in ``.txt``, ``.md`` or nothing; other files, and what is hidden, are left alone.

    Raises ``TextError`` if the folder is missing or a file is none that can be read, or not UTF-8.
    """
    if not folder.is_dir():
        raise TextError("there is no such folder of texts", location=folder, hint="check --texts")
    paths = sorted(path for path in folder.rglob("*") if not path.is_dir() and path.suffix.lower() in _SUFFIXES)
    visible = (path for path in paths if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    sources = (read_source(path) for path in visible)
    return {source.sha256: source for source in sources}


def read_source(path: Path) -> Source:
    """Return the document in the file ``path``; ``TextError`` if it is not UTF-8, or no plain file of 16 MiB."""
    raw = read_file(path, TextError, most=_MOST)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        hint = "save it again as UTF-8, or take it out of the folder"
        raise TextError("the text is not UTF-8", location=Location(str(path), line), hint=hint) from error
    return Source(path, hashlib.sha256(raw).hexdigest(), text)
