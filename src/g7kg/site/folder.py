"""The folder that a site is written to: only what changed is written, and what is no more of it is removed."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from g7kg.errors import WorkspaceError

SUMS: Final = "SHA256SUMS"
"""The list of all files with their digests, as ``sha256sum --check`` reads it."""

_LINE: Final = re.compile(r"([0-9a-f]{64})  (.+)")
_KEPT: Final = re.compile(r"dataset/[0-9a-f]{64}/")
"""What stands for one version of the dataset, and stays when another is published."""


class SiteFolder:
    """Files below ``root``, each written once; ``written`` counts those that were not there with these bytes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.digests: dict[str, str] = {}
        self.written = 0
        self.size = 0

    def prepare(self) -> None:
        """Make the folder one that can be written to; ``WorkspaceError`` if what lies there is no site."""
        sums = self.root / SUMS
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            if not sums.is_file() and any(self.root.iterdir()):
                hint = "choose another folder with --out, or an empty one"
                raise WorkspaceError("what lies here is no site of g7kg", location=self.root, hint=hint)
            sums.touch()
        except OSError as error:
            hint = "choose another folder with --out"
            raise WorkspaceError(f"cannot write: {error.strerror}", location=sums, hint=hint) from error

    def put(self, file: str, body: bytes) -> None:
        """Have ``body`` in ``file``, a path in the site; ``WorkspaceError`` if it cannot be, or leads elsewhere."""
        if not file.isprintable() or not {"", ".", ".."}.isdisjoint(file.split("/")):
            raise WorkspaceError(f"“{file}” is no name of a file", hint="a site needs IRIs that can name one")
        path = self.root / file
        self.digests[file] = hashlib.sha256(body).hexdigest()
        self.size += len(body)
        try:
            with suppress(OSError):
                if path.stat().st_size == len(body) and path.read_bytes() == body:
                    return
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{path.name}.new")
            beside.write_bytes(body)
            beside.replace(path)
        except OSError as error:
            hint = "choose another folder with --out"
            raise WorkspaceError(f"cannot write: {error.strerror}", location=path, hint=hint) from error
        self.written += 1

    def add(self, other: SiteFolder) -> None:
        """Count in what ``other``, the same folder in another process, was given."""
        self.digests |= other.digests
        self.size += other.size
        self.written += other.written

    def finish(self) -> int:
        """Remove what a former site had here and this one has not, unless it was changed; return how many files."""
        former = self._read_former()
        gone = [name for name in former.keys() - self.digests.keys() if self._is_former(name, former[name])]
        for name in gone:
            (self.root / name).unlink()
            with suppress(OSError):
                os.removedirs((self.root / name).parent)
        kept = {name: digest for name, digest in former.items() if _KEPT.match(name)}
        lines = (f"{digest}  {name}\n" for name, digest in sorted({**kept, **self.digests}.items()))
        self.put(SUMS, "".join(lines).encode())
        return len(gone)

    def _read_former(self) -> dict[str, str]:
        try:
            text = (self.root / SUMS).read_text("utf-8")
        except OSError:
            return {}
        found = (_LINE.fullmatch(line) for line in text.splitlines())
        return {line[2]: line[1] for line in found if line}

    def _is_former(self, name: str, digest: str) -> bool:
        """Whether ``name`` is a file that a former site wrote, as it was written, and that may go."""
        path = self.root / name
        if _KEPT.match(name) or not path.resolve().is_relative_to(self.root.resolve()):
            return False
        with suppress(OSError):
            return hashlib.sha256(path.read_bytes()).hexdigest() == digest
        return False
