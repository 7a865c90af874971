"""Releases: snapshots that are kept for good, and the record of them, which is committed beside the sources.

The record does not belong to the graph: a snapshot that told of its own release would be another one.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from pyoxigraph import Triple

from g7kg.errors import WorkspaceError
from g7kg.rdf.vocab import BASE, G7
from g7kg.snapshot.manifest import MANIFEST, read_manifest
from g7kg.snapshot.publish import PUBLISHED, RELEASE, SNAPSHOTS, is_own_snapshot
from g7kg.texts.files import read_json

RECORD: Final = "catalogue/releases.json"
"""Where the record stands below ``ontology/``, so that it travels with the package."""

CHANGES: Final = "changes.txt"
"""The file in a release that tells, thing by thing, what has changed since the one before it."""

MARKED: Final = frozenset({G7("Statement"), G7("Undertaking")})
"""Of what pages tell since which release it is as it is."""

_MARK: Final = 12
"""Hexadecimal digits that tell one content of a thing from another."""


@dataclass(frozen=True)
class Release:
    """A snapshot that was released as ``version`` (three numbers) and is kept for good.

    ``issued`` is an ISO date; ``digest`` that of the snapshot, ``snapshot`` the name of its folder, ``program`` the
    version of g7kg that made it; ``archive`` and ``changes`` the SHA-256 of its archive and of the changes since the
    release before it, which ``counts`` counts by kind and ``notes`` tells in prose. ``vocabulary`` has the SHA-256 of
    what each version IRI in it stands for; ``marks`` (see ``mark_thing``) those of the undertakings and statements
    that are new, or other than in the release before it.
    """

    version: str
    issued: str
    digest: str
    snapshot: str
    program: str
    archive: str
    changes: str
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: str = ""
    vocabulary: Mapping[str, str] = field(default_factory=dict)
    marks: str = ""

    @property
    def iri(self) -> str:
        """The IRI of the version of the dataset that it is."""
        return f"{BASE}dataset/{self.digest}"


def read_releases(ontology: Path) -> tuple[Release, ...]:
    """Return the releases on record in the folder ``ontology``, the newest first; ``WorkspaceError`` if damaged."""
    path = ontology / RECORD
    try:
        return tuple(Release(**stated) for stated in read_json(path)) if os.path.lexists(path) else ()
    except TypeError as error:
        hint = "take it from the repository again"
        raise WorkspaceError(f"the record of releases is damaged: {error}", location=path, hint=hint) from error


def write_releases(ontology: Path, releases: Iterable[Release]) -> None:
    """Record ``releases``, the newest first, in the folder ``ontology``."""
    text = json.dumps([asdict(release) for release in releases], indent=2, ensure_ascii=False)
    (ontology / RECORD).write_text(text + "\n", "utf-8")


def mark_thing(triples: Iterable[Triple]) -> str:
    """Return what tells the content of a thing from any other: a digest of the triples that it is the subject of."""
    lines = sorted({str(triple) for triple in triples})
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:_MARK]


def mark_release(folder: Path, version: str, changes: bytes) -> None:
    """Have the snapshot in ``folder`` kept for good as the release ``version``, with its ``changes``."""
    (folder / CHANGES).write_bytes(changes)
    (folder / RELEASE).write_text(f"{version}\n", "ascii")


def find_since(releases: Iterable[Release], mark: str) -> Release | None:
    """Return the release since which a thing is as its ``mark`` says; ``None`` if no release has it so."""
    return next((release for release in releases if mark in release.marks.split()), None)


def find_kept(output: Path, digest: str) -> Path | None:
    """Return the folder of the snapshot ``digest`` that lies below ``output``, the newest if there are several."""
    folders = [path for path in output.glob(f"{SNAPSHOTS}/*") if is_own_snapshot(path)]
    for folder in sorted(folders, key=lambda path: -(path / MANIFEST).stat().st_mtime):
        try:
            if _read_digest(folder) == digest:
                return folder
        except WorkspaceError:
            continue
    return None


@lru_cache(maxsize=1024)
def _read_digest(folder: Path) -> str:
    """Return the digest of the snapshot in ``folder``, whose name stands for all that its manifest says."""
    return read_manifest(folder).digest


def list_published(output: Path) -> list[str]:
    """Return the digests of all snapshots that were ever published to ``output``, the oldest first."""
    try:
        return (output / PUBLISHED).read_text("ascii").split()
    except OSError:
        return []
