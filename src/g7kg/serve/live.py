"""The snapshot that is served now, and the change to the next one without a lost request."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from g7kg.dataset.library import Library
from g7kg.errors import G7kgError
from g7kg.serve.caching import ResultCache
from g7kg.serve.settings import ServerSettings
from g7kg.serve.site import Site, open_site
from g7kg.snapshot.manifest import find_snapshot

_WATCH_SECONDS: Final = 0.5
_AGAIN_SECONDS: Final = 1.0
"""After how long a service is asked again whether it holds a new snapshot."""

logger = logging.getLogger(__name__)


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
    """Serves the snapshot in the folder ``source``, or whichever is published there if it is an output folder."""

    def __init__(self, source: Path, library: Library, settings: ServerSettings) -> None:
        self.source = source
        self.library = library
        self.settings = settings
        self.cache = ResultCache(settings.cache_bytes)
        self.ended: Counter[str] = Counter()
        self.switches = 0
        self.served: Lease | None = None
        self.refused: Path | None = None
        self.problem = ""
        self.refusals: Counter[str] = Counter()
        self.tasks: set[asyncio.Task[None]] = set()

    @property
    def site(self) -> Site | None:
        """The site from which a request that came now would be answered."""
        return self.served.site if self.served else None

    def lease(self) -> Lease:
        """Return the site that is served now; it stays open until the lease is given back."""
        if self.served is None:
            raise RuntimeError("the server has not been started")
        self.served.users += 1
        return self.served

    async def start(self) -> None:
        """Open the snapshot and watch for the next; ``WorkspaceError`` if there is none or it is damaged."""
        self.served = await self._open(find_snapshot(self.source))
        self._spawn(self._watch())

    async def stop(self) -> None:
        """Close everything."""
        for task in tuple(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.served:
            await self.served.stack.aclose()
            self.served = None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            try:
                await self._follow(find_snapshot(self.source))
            except Exception as error:  # noqa: BLE001 - whatever it is, the old snapshot is served on
                self._complain(str(error))

    async def _follow(self, folder: Path) -> None:
        """Serve the snapshot in ``folder`` from now on, if it is another; if it is damaged, stay with the old one."""
        old = self.served
        if old is None or folder in {old.site.folder, self.refused}:
            return
        try:
            self.served = await self._open(folder)
        except G7kgError as error:
            self.refused = folder
            self._complain(str(error))
            if self.settings.store is not None:  # it may be filled in a moment
                asyncio.get_running_loop().call_later(_AGAIN_SECONDS, self._forget_refusal)
            return
        self.refused, self.problem = None, ""
        self.switches += 1
        logger.info("now serving %s", folder.name)
        self._spawn(old.close())

    def _forget_refusal(self) -> None:
        self.refused = None

    def _complain(self, problem: str) -> None:
        """Log once that a new snapshot is not served."""
        if problem != self.problem:
            self.problem = problem
            logger.error("the new snapshot is not served, the old one is kept: %s", problem)

    async def _open(self, folder: Path) -> Lease:
        async with AsyncExitStack() as stack:
            opening = open_site(folder, self.library, self.settings, self.cache, self.ended)
            site = await stack.enter_async_context(opening)
            return Lease(site, stack.pop_all())

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
