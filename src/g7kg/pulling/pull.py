"""The whole of a pull: what is offered, compared with what is here, fetched, published."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from g7kg.errors import G7kgError, Location, WorkspaceError
from g7kg.pulling.fetching import Allowance, Limits, Progress, fetch_files
from g7kg.pulling.offer import Moved, Offer, find_offer
from g7kg.pulling.origin import Origin
from g7kg.snapshot.locks import claim_folder
from g7kg.snapshot.manifest import (
    MANIFEST,
    STORE_DIGESTS,
    Manifest,
    find_snapshot,
    identify_files,
    read_manifest,
    verify_store,
)
from g7kg.snapshot.publish import check_writable, publish_snapshot

PARTS: Final = ".pull"
"""The folder, below the output folder, of what was fetched of a snapshot that is not complete yet."""

_STARTS: Final = 3
"""How often a pull begins anew because the source has another snapshot by then."""

_PAUSE: Final = 1.0


@dataclass(frozen=True)
class Pulled:
    """What a pull came to: the snapshot that is published here, and whether it is ``new`` here."""

    folder: Path
    manifest: Manifest
    new: bool


class Puller:
    """Pulls snapshots from ``origin`` into ``output``, one after the other, and remembers what it has seen there."""

    def __init__(self, origin: Origin, output: Path, limits: Limits, progress: Progress) -> None:
        self.origin = origin
        self.output = output
        self.limits = limits
        self.progress = progress
        self.tags: tuple[str, ...] = ()
        self.held: Pulled | None = None

    def pull(self) -> Pulled:
        """Have the snapshot that the source offers published here, unless it is already.

        Raises ``TransferError`` or ``WorkspaceError``; what is published here is untouched then.
        """
        check_writable(self.output)
        parts = self.output / PARTS
        try:
            parts.mkdir(exist_ok=True)
            with claim_folder(parts):
                return self._pull(parts)
        except OSError as error:
            message, hint = f"nothing was published: {error.strerror}", "make room, or choose another folder with --out"
            raise WorkspaceError(message, location=Location(str(self.output)), hint=hint) from error

    def _pull(self, parts: Path) -> Pulled:
        self._look()
        allowance = Allowance(self.limits, self.origin, self.progress)
        for _ in range(_STARTS - 1):
            try:
                return self._follow(parts, allowance)
            except Moved:
                time.sleep(_PAUSE)
                allowance.begin_again()
        return self._follow(parts, allowance)

    def _look(self) -> None:
        """Take note of what is published here; a damaged snapshot is none. It is read again only if it is another."""
        folder = find_snapshot(self.output)
        if self.held and self.held.folder == folder:
            return
        self.held, self.tags = None, ()
        with suppress(G7kgError, OSError):
            manifest = read_manifest(folder)
            verify_store(folder)
            lists = ((folder / name).read_bytes() for name in (MANIFEST, STORE_DIGESTS))
            self.held, self.tags = Pulled(folder, manifest, new=False), (f'"{identify_files(*lists)}"',)

    def _follow(self, parts: Path, allowance: Allowance) -> Pulled:
        self.progress(f"asking {self.origin.address}")
        offer = find_offer(self.origin, self.tags, allowance.check)
        if self.held and (offer is None or offer.manifest == self.held.manifest):
            if offer and offer.tag:
                self.tags = (*self.tags[:1], offer.tag)
            return self.held
        if offer is None:
            raise self.origin.fail(
                "", "the source says that nothing is new, though nothing is here", "check the source"
            )
        folder = _prepare(parts, offer)
        fetch_files(self.origin, offer, folder, allowance)
        self.progress("publishing")
        target, manifest = publish_snapshot(self.output, lambda staging: _move(folder, offer, staging))
        shutil.rmtree(folder, ignore_errors=True)
        self.held = Pulled(target.resolve(), manifest, new=False)
        self.tags = tuple(tag for tag in (f'"{offer.digest}"', offer.tag) if tag)
        return Pulled(target, manifest, new=True)


def _prepare(parts: Path, offer: Offer) -> Path:
    """Return the folder for the files of ``offer``; what is left of other snapshots goes."""
    for old in parts.iterdir():
        if old.is_dir() and old.name != offer.digest:
            shutil.rmtree(old, ignore_errors=True)
    folder = parts / offer.digest
    folder.mkdir(exist_ok=True)
    return folder


def _move(source: Path, offer: Offer, staging: Path) -> Manifest:
    """Move the verified files of ``offer`` to the folder that is published next; what else lies there stays behind."""
    for name in offer.files:
        (staging / name).parent.mkdir(exist_ok=True)
        (source / name).rename(staging / name)
    return offer.manifest
