"""What a snapshot says of itself: ``manifest.json``, written by the build half and read by the serving half."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

from g7kg.errors import WorkspaceError


class FileDigests:
    """The SHA-256 of files, made when it is first asked for, and again when a file has changed."""

    def __init__(self) -> None:
        self.known: dict[Path, tuple[os.stat_result, str]] = {}

    def find(self, path: Path) -> str | None:
        """Return the hexadecimal digest of the file at ``path``; ``None`` if it cannot be read. May take long."""
        try:
            kept = self.known.get(path)
            if kept is None or _tell_state(kept[0]) != _tell_state(path.stat()):
                with path.open("rb") as file:
                    found = os.fstat(file.fileno())
                    kept = self.known[path] = (found, hashlib.file_digest(file, "sha256").hexdigest())
        except OSError:
            return None
        return kept[1]

    def size(self, path: Path) -> int:
        """Return how many bytes the file at ``path`` had when its digest was made."""
        return self.known[path][0].st_size


def _tell_state(found: os.stat_result) -> tuple[int, ...]:
    """Return what changes with a file's bytes: which file it is, its size, when it was written and when changed."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


MANIFEST: Final = "manifest.json"
STORE: Final = "store"
CURRENT: Final = "current"
"""The symbolic link to the published snapshot in an output folder."""

REPORT: Final = "report.json"
"""The report of the validation, in plain JSON (``validation.to_json``); a snapshot that was loaded has none."""

INDEX: Final = "search.db"
STORE_DIGESTS: Final = "store.json"
"""Digests of the store's files and of the index. They stand apart, because a store of the same quads is never the same
bytes.
"""

_LOGS: Final = frozenset({"LOG", "LOCK"})


@dataclass(frozen=True)
class Manifest:
    """The description of a snapshot.

    ``digest`` is the hexadecimal SHA-256 of its canonical N-Quads (and of the texts' quads, if it holds them), or of
    its store, where any data was loaded; ``modified`` an ISO date; ``texts`` the slugs of the documents whose words it
    holds; ``graphs`` the number of quads by name of the graph; ``quads`` the number in the store, ``default`` that
    in its default graph; ``classes`` and ``properties`` the number of instances and of triples there, by IRI;
    ``files`` the SHA-256 of each file beside the store.
    """

    digest: str
    version: str
    modified: str
    validated: bool
    texts: tuple[str, ...]
    graphs: Mapping[str, int]
    quads: int
    default: int
    classes: Mapping[str, int]
    properties: Mapping[str, int]
    files: Mapping[str, str]

    def write(self, folder: Path) -> None:
        """Write the manifest into the snapshot ``folder``, and the digests of the store and the index there."""
        digests = json.dumps(digest_store(folder), indent=2) + "\n"
        (folder / STORE_DIGESTS).write_text(digests, "utf-8")
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=2, sort_keys=True) + "\n", "utf-8")


def find_snapshot(source: Path) -> Path:
    """Return the folder of the snapshot that ``source`` names now: itself, or the one published in an output folder."""
    return (source if (source / MANIFEST).is_file() else source / CURRENT).resolve()


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the snapshot in ``folder``; ``WorkspaceError`` if there is none or it is damaged."""
    path, hint = folder / MANIFEST, "build it again"
    try:
        stated = json.loads(path.read_bytes())
        if stated.keys() != {field.name for field in fields(Manifest)}:
            version = stated.get("version", "unknown")
            message = f"the snapshot was made by another g7kg, of version {version}, and cannot be read by this one"
            raise WorkspaceError(message, location=path, hint=hint)
        return Manifest(**{**stated, "texts": tuple(stated["texts"])})
    except FileNotFoundError as error:
        raise WorkspaceError("there is no snapshot here", location=folder, hint="g7kg build") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise WorkspaceError(f"the manifest is damaged: {error}", location=path, hint=hint) from error


def name_snapshot(manifest: bytes) -> str:
    """Return the name of a snapshot's folder: it follows from ``manifest.json``, so from every byte of the dumps."""
    return hashlib.sha256(manifest).hexdigest()[:16]


def verify_snapshot(folder: Path) -> Manifest:
    """Return the manifest of the snapshot in ``folder``; ``WorkspaceError`` unless every file is there as written."""
    manifest = read_manifest(folder)
    verify_store(folder)
    digests = FileDigests()
    for name, digest in manifest.files.items():
        if digests.find(folder / name) != digest:
            raise report_damage(folder / name)
    return manifest


def verify_store(folder: Path) -> None:
    """Raise ``WorkspaceError``, naming the file, unless store and index of the snapshot ``folder`` are as written."""
    path = folder / STORE_DIGESTS
    try:
        stated = dict(json.loads(path.read_text("utf-8")))
        found = digest_store(folder) if INDEX in stated else {}
    except (OSError, TypeError, ValueError) as error:
        raise WorkspaceError(f"the snapshot is damaged: {error}", location=path, hint=_HINT) from error
    if not found:
        message = "the snapshot is of an older g7kg: it has no index for search"
        raise WorkspaceError(message, location=folder, hint=_HINT)
    for name in sorted(stated.keys() | found.keys()):
        if stated.get(name) != found.get(name):
            raise report_damage(folder / name)


_HINT: Final = "build it again, or serve another"


def report_damage(path: Path) -> WorkspaceError:
    """Return the error that says that the file of a snapshot at ``path`` is not there as written."""
    return WorkspaceError("the snapshot is damaged: this file is not as written", location=path, hint=_HINT)


def digest_store(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the index and of each file of the store of the snapshot ``folder``, by relative path.

    Those files of the store that opening it changes are left out.
    """
    paths = (path for path in sorted((folder / STORE).iterdir()) if path.name.partition(".")[0] not in _LOGS)
    return {path.relative_to(folder).as_posix(): digest_file(path) for path in (folder / INDEX, *paths)}


def digest_file(path: Path) -> str:
    """Return the SHA-256 of the file at ``path`` in hexadecimal; ``OSError`` if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
