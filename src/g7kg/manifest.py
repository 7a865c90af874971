"""What a snapshot says of itself: ``manifest.json``, written by the build half and read by the serving half."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from g7kg.errors import Location, WorkspaceError

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """The description of a snapshot.

    ``digest`` is the hexadecimal SHA-256 of its canonical N-Quads (and of the texts' quads, if it holds them);
    ``modified`` an ISO date; ``texts`` the slugs of the documents whose words it holds; ``graphs`` the number of quads
    by name of the graph; ``files`` the SHA-256 of each dump.
    """

    digest: str
    version: str
    modified: str
    validated: bool
    texts: tuple[str, ...]
    graphs: Mapping[str, int]
    files: Mapping[str, str]

    def write(self, folder: Path) -> None:
        """Write the manifest into the snapshot ``folder``."""
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=2, sort_keys=True) + "\n", "utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the snapshot in ``folder``; ``WorkspaceError`` if there is none or it is damaged."""
    path = folder / MANIFEST
    try:
        stated = json.loads(path.read_text("utf-8"))
        return Manifest(**{**stated, "texts": tuple(stated["texts"])})
    except FileNotFoundError as error:
        raise WorkspaceError("there is no snapshot here", location=Location(str(folder)), hint="g7kg build") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        hint = "build it again"
        raise WorkspaceError(f"the manifest is damaged: {error}", location=Location(str(path)), hint=hint) from error
