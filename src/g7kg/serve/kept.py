"""The snapshots that are kept beside the one that is served: opened when one is asked for, a few at a time."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from g7kg.engine import EngineRequest, read_answer
from g7kg.errors import EngineError, Gone, NotFound, Overload, WorkspaceError
from g7kg.rdf.vocab import BASE
from g7kg.serve.site import Site
from g7kg.snapshot.releases import Release, find_kept, list_published

if TYPE_CHECKING:
    from g7kg.serve.live import Lease

MOST_OPEN: Final = 2
"""How many are open at once: each has processes of its own."""

MOST_WAITING: Final = 32
"""How many requests may wait for one to be opened."""

_DATASET: Final = re.compile(r"/(?:linkset/)?dataset/([0-9a-f]{64})(?:[./].*)?")
_VOCABULARY: Final = re.compile(r"/(?:linkset/)?((?:ontology|shapes)/\d+\.\d+\.\d+)(?:\.[a-z]+)?")
_VERSIONS: Final = "SELECT ?version WHERE { ?vocabulary <http://www.w3.org/2002/07/owl#versionIRI> ?version }"
_ANSWER_BYTES: Final = 1 << 16


class KeptSites:
    """Opens what lies below the output folder ``source`` by ``open_site``; ``releases`` are those on record."""

    def __init__(
        self, source: Path, releases: tuple[Release, ...], open_site: Callable[[Path], Awaitable[Lease]]
    ) -> None:
        self.source = source
        self.releases = releases
        self.open_site = open_site
        self.opening = asyncio.Lock()
        self.waiting = 0
        self.leases: OrderedDict[str, Lease] = OrderedDict()

    @asynccontextmanager
    async def visit(self, path: str, served: Site) -> AsyncIterator[Site]:
        """Yield the site that answers for ``path``: ``served``, unless it names a version that is another one.

        Raises ``Gone`` for a snapshot that is not kept any more, ``NotFound`` for one that never was here, ``Overload``
        if as many are in use as may be open, ``EngineError`` if it is damaged.
        """
        digest = await self._find_digest(path, served)
        if digest in {None, served.manifest.digest}:
            yield served
            return
        lease = await self._open(digest or "", served.manifest.digest)
        try:
            yield lease.site
        finally:
            lease.give_back()

    async def close(self) -> None:
        """Close them all."""
        while self.leases:
            await self.leases.popitem()[1].stack.aclose()

    async def _find_digest(self, path: str, served: Site) -> str | None:
        """Return the digest of the snapshot that ``path`` is about, if it names one, or a version of a vocabulary."""
        if found := _DATASET.fullmatch(path):
            return found[1]
        if not (found := _VOCABULARY.fullmatch(path)):
            return None
        iri = BASE + found[1]
        digests = (release.digest for release in self.releases if iri in release.vocabulary)
        digest = next(digests, None)
        if digest is None or digest == served.manifest.digest:
            return None
        answer = await read_answer(await served.pool.run(EngineRequest(_VERSIONS, "json", None)), _ANSWER_BYTES)
        return None if f'"{iri}"'.encode() in (answer or b"") else digest

    async def _open(self, digest: str, current: str) -> Lease:
        """Return a lease of the snapshot ``digest``, opened if it is not; one is opened at a time."""
        if self.waiting >= MOST_WAITING:
            raise Overload("too many older versions are asked for at once", hint="try again in a few seconds")
        self.waiting += 1
        try:
            return await self._take(digest, current)
        finally:
            self.waiting -= 1

    async def _take(self, digest: str, current: str) -> Lease:
        async with self.opening:
            lease = self.leases.get(digest)
            if lease is None:
                folder = await asyncio.to_thread(find_kept, self.source, digest)
                if folder is None:
                    raise self._tell_missing(digest, current)
                await self._make_room()
                try:
                    lease = self.leases[digest] = await self.open_site(folder)
                except WorkspaceError as error:
                    raise EngineError(f"this version is damaged here: {error.message}", hint=error.hint) from error
            self.leases.move_to_end(digest)
            lease.users += 1
            return lease

    async def _make_room(self) -> None:
        """Close the one that was not asked for the longest and is not in use, if no more may be open."""
        while len(self.leases) >= MOST_OPEN:
            idle = next((digest for digest, lease in self.leases.items() if not lease.users), None)
            if idle is None:
                raise Overload("too many older versions are asked at once", hint="try again in a few seconds")
            await self.leases.pop(idle).close()

    def _tell_missing(self, digest: str, current: str) -> NotFound:
        for release in self.releases:
            if release.digest == digest:
                message = f"release {release.version} is not kept on this server"
                return NotFound(message, hint=f"who runs it can bring it back; {BASE}dataset/{current} is served")
        published = list_published(self.source)
        if digest in published:
            following = [other for other in published[published.index(digest) :] if other != digest]
            successor = following[0] if following else current
            hint = f"it was replaced by {BASE}dataset/{successor}; {BASE}dataset/{current} is served"
            return Gone(f"the snapshot {digest} is not kept any more", hint=hint)
        return NotFound(f"the snapshot {digest} is not served here", hint=f"the one that is served is {current}")
