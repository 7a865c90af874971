"""The snapshot that is served now, and the change to the next one without a lost request."""

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from g7kg.dataset.library import Library
from g7kg.serve.caching import ResultCache
from g7kg.serve.commons import Commons
from g7kg.serve.kept import KeptSites
from g7kg.serve.settings import ServerSettings
from g7kg.serve.site import Site, open_site
from g7kg.snapshot.manifest import find_snapshot, report_damage

_WATCH_SECONDS: Final = 0.5
_AGAIN_SECONDS: Final = 1.0
"""After how long a snapshot that was refused is looked at again, at the earliest."""

_AGREE_SECONDS: Final = 10.0
"""How long a new snapshot waits until all processes of the server have it open; then one of them is stuck."""

_KEPT_WORKERS: Final = 2
"""The workers of a snapshot that is kept beside what is served; they read it from the disk."""

_REST: Final = 9
"""How many times as long as a look at a large one took the server rests before the next look."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refusal:
    """A published snapshot that cannot be served: its folder, and the loop's time when it is to be tried again."""

    folder: Path
    again: float


class Lease:
    """A site, and how many requests are being answered from it."""

    def __init__(self, site: Site, stack: AsyncExitStack) -> None:
        self.site = site
        self.stack = stack
        self.users = 0
        self.retired: asyncio.Event | None = None

    def give_back(self) -> None:
        """Count one request less."""
        self.users -= 1
        if self.retired is not None and not self.users:
            self.retired.set()

    async def close(self) -> None:
        """Close the site when the last request that is answered from it has ended."""
        self.retired = asyncio.Event()
        if not self.users:
            self.retired.set()
        try:
            await self.retired.wait()
        finally:
            await self.stack.aclose()


class LiveSite:
    """Serves the snapshot in the folder ``source``, or whichever is published there if it is an output folder.

    Where several processes serve, each opens the new one and serves it when all have it open: nobody whose requests
    come to several of them is led back to the old one.
    """

    def __init__(self, source: Path, library: Library, settings: ServerSettings, commons: Commons) -> None:
        self.source = source
        self.library = library
        self.settings = settings
        self.commons = commons
        self.cache = ResultCache(settings.cache_bytes)
        self.ended: Counter[str] = Counter()
        self.switches = 0
        self.served: Lease | None = None
        self.next: Lease | None = None
        self.next_since = 0.0
        self.refused: Refusal | None = None
        self.problem = ""
        self.refusals: Counter[str] = Counter()
        self.tasks: set[asyncio.Task[None]] = set()
        self.kept = KeptSites(source, library.releases, partial(self._open, whole=True, kept=True))

    @property
    def site(self) -> Site | None:
        """The site from which a request that came now would be answered."""
        return self.served.site if self.served else None

    def lease(self) -> Lease:
        """Return the site that is served now; it stays open until the lease is given back."""
        if self.next is not None:
            self._move_on()
        if self.served is None:
            raise RuntimeError("the server has not been started")
        self.served.users += 1
        return self.served

    async def start(self) -> None:
        """Open the snapshot and watch for the next; ``WorkspaceError`` if there is none or its store is damaged."""
        folder = find_snapshot(self.source)
        self.served = await self._open(folder, whole=False)
        if lacking := self.served.site.lacking:
            self._refuse(folder, 0.0, f"not all of it is served: {report_damage(folder / lacking[0])}")
        self.commons.announce(self.served.site.key, self.served.site.key)
        self._spawn(self._watch())

    async def stop(self) -> None:
        """Close everything."""
        for task in tuple(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.kept.close()
        for lease in filter(None, (self.next, self.served)):
            await lease.stack.aclose()
        self.next = self.served = None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            await self._follow()

    async def _follow(self) -> None:
        """Serve the snapshot that is published now, if it is another; what cannot be served is tried again later."""
        begun, folder = asyncio.get_running_loop().time(), self.source
        if self.next is not None:
            self._move_on()
        try:
            folder = find_snapshot(self.source)
            if self._is_settled(folder, begun):
                return
            found = await self._open(folder, whole=True)
        except Exception as error:  # noqa: BLE001 - whatever it is, the old snapshot is served on
            self._refuse(folder, begun, f"the new snapshot is not served, the old one is kept: {error}")
            return
        old, self.next, self.next_since = self.next, found, asyncio.get_running_loop().time()
        if self.served is not None:
            self.commons.announce(found.site.key, self.served.site.key)
        if old is not None:
            self._spawn(old.close())
        self._move_on()

    def _move_on(self) -> None:
        """Serve the next snapshot if all processes can, or one of them is stuck."""
        found = self.next
        late = asyncio.get_running_loop().time() > self.next_since + _AGREE_SECONDS
        if found is None or not (late or self.commons.agrees(found.site.key)):
            return
        old, self.served, self.next = self.served, found, None
        self.commons.announce(found.site.key, found.site.key)
        self.refused, self.problem = None, ""
        self.switches += 1
        logger.info("now serving %s", found.site.folder.name)
        if old is not None:
            self._spawn(old.close())

    def _is_settled(self, folder: Path, now: float) -> bool:
        """Whether there is nothing to do about ``folder``: it is served as a whole, or was refused just now."""
        site = self.next.site if self.next else self.site
        if site is not None and site.folder == folder and not site.lacking:
            self.refused, self.problem = None, ""
            return True
        return self.refused is not None and self.refused.folder == folder and now < self.refused.again

    def _refuse(self, folder: Path, begun: float, problem: str) -> None:
        """Note that the snapshot in ``folder``, which was looked at since ``begun``, is to be tried again; log why."""
        now = asyncio.get_running_loop().time()
        rest = max(_AGAIN_SECONDS, _REST * (now - begun)) if begun else 0.0
        self.refused = Refusal(folder, now + rest)
        if problem != self.problem:
            self.problem = problem
            logger.error("%s", problem)

    async def _open(self, folder: Path, *, whole: bool, kept: bool = False) -> Lease:
        """Open the snapshot in ``folder``; one that is only ``kept`` beside what is served gets little to live on."""
        settings = self.settings
        if kept:
            settings = replace(settings, store=None, pool=replace(settings.pool, workers=_KEPT_WORKERS, in_memory=0))
        async with AsyncExitStack() as stack:
            waits = None if kept else self.commons.queries
            opening = open_site(folder, self.library, settings, self.cache, self.ended, waits=waits, whole=whole)
            site = await stack.enter_async_context(opening)
            return Lease(site, stack.pop_all())

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
