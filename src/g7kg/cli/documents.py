"""Files of RDF as they are named on the command line: plain or with gzip, folders, patterns, standard input."""

import glob
import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from g7kg.errors import DataError, Location
from g7kg.sandbox.exchange import Source

_EXTENSIONS: Final = {
    **{name: name for name in ("jsonld", "nq", "nt", "rdf", "trig", "ttl")},
    "json": "jsonld",
    "owl": "rdf",
    "xml": "rdf",
    "turtle": "ttl",
}
FORMATS: Final = tuple(sorted(set(_EXTENSIONS.values())))
"""The formats of RDF that are read, by their usual extensions."""

_HINT: Final = f"name its format with --input-format: {', '.join(FORMATS)}"
_STANDARD_INPUT: Final = Path("-")
_MIB: Final = 1 << 20


def read_sources(paths: Iterable[Path], format_name: str | None, limit: int) -> tuple[Source, ...]:
    """Return the contents of the files that ``paths`` name, each file once, in order.

    ``format_name`` is the format of files whose names tell none. Raises ``DataError`` if they have more than ``limit``
    bytes together, if one cannot be read or is of no known format, and if a folder or a pattern names no file.
    """
    sources: list[Source] = []
    for file in dict.fromkeys(file for path in paths for file in _list_files(path)):
        name = "standard input" if file == _STANDARD_INPUT else str(file)
        chosen = _find_format(file) or format_name
        if chosen is None:
            raise DataError("the extension names no RDF format", location=Location(name), hint=_HINT)
        left = limit - sum(len(source.data) for source in sources)
        data = _read(file, name, left + 1)
        if len(data) > left:
            message = f"there are more than {limit // _MIB} MiB"
            raise DataError(message, location=Location(name), hint="allow more with --max-size")
        sources.append(Source(name, chosen, data))
    return tuple(sources)


def _list_files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if _find_format(file) and file.is_file())
    elif glob.has_magic(str(path)) and not path.exists():
        found = sorted(file for file in map(Path, glob.glob(str(path), recursive=True)) if file.is_file())  # noqa: PTH207 - the pattern may be absolute
    else:
        found = [path]
    if not found:
        kind = "folder" if path.is_dir() else "pattern"
        raise DataError(f"the {kind} has no file of RDF", location=path, hint="name other files")
    yield from found


def _find_format(file: Path) -> str | None:
    name = file.with_suffix("") if file.suffix.lower() == ".gz" else file
    return _EXTENSIONS.get(name.suffix.removeprefix(".").lower())


def _read(file: Path, name: str, size: int) -> bytes:
    if file == _STANDARD_INPUT:
        return _unpack(sys.stdin.buffer, name, size)
    from g7kg.texts.files import open_plain

    with open_plain(file, DataError) as opened:
        return _unpack(opened, name, size)


def _unpack(opened: BinaryIO, name: str, size: int) -> bytes:
    """Return at most ``size`` bytes; a name that ends with .gz tells that they are compressed."""
    if not name.lower().endswith(".gz"):
        return opened.read(size)
    try:
        with gzip.open(opened) as unpacked:
            return unpacked.read(size)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"this is no gzip: {error}", location=Location(name), hint="mend the file") from error
