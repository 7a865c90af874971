"""A searcher: a few threads, each with its own connection to one index, and a deadline for each search."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from g7kg.errors import EngineError, Overload, QueryTimeout
from g7kg.search.finding import Findings, Wish, find
from g7kg.snapshot.index import open_index

AT_ONCE: Final = 2
"""Searches that run at once: each is short, and they share the processor with the workers."""

MOST_WAITING: Final = 64

_STEPS: Final = 5000
"""After how many of its steps SQLite asks whether the time is up: well under a millisecond."""


class Searcher:
    """Answers searches from the index of the snapshot ``folder``, each in at most ``seconds``."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self.folder = folder
        self.seconds = seconds
        self.threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="search")
        self.local = threading.local()
        self.connections: list[sqlite3.Connection] = []
        self.waiting = 0

    async def search(self, wish: Wish) -> Findings:
        """Return what the index has for ``wish``.

        Raises ``QueryTimeout`` when the time is up, ``Overload`` if too many searches wait, ``RequestError`` for a
        class or document that the index does not know, ``EngineError`` if the index cannot be read.
        """
        if self.waiting >= MOST_WAITING:
            raise Overload("too many searches are waiting", hint="try again in a few seconds")
        self.waiting += 1
        try:
            deadline = time.monotonic() + self.seconds
            return await asyncio.get_running_loop().run_in_executor(self.threads, self._find, wish, deadline)
        finally:
            self.waiting -= 1

    def close(self) -> None:
        """End all searches and close the index."""
        for connection in tuple(self.connections):
            connection.interrupt()
        self.threads.shutdown(cancel_futures=True)
        for connection in self.connections:
            connection.close()

    def _find(self, wish: Wish, deadline: float) -> Findings:
        try:
            connection = self._connect()
            connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
            if time.monotonic() > deadline:
                raise QueryTimeout("the search waited until its deadline", hint="try again in a few seconds")
            return find(connection, wish)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise QueryTimeout("the search ran into its deadline", hint="use fewer words, or rarer ones") from error
            raise EngineError(f"the index cannot be searched: {error}", hint="see the log") from error

    def _connect(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self.local, "connection", None)
        if found is None:
            found = self.local.connection = open_index(self.folder)
            self.connections.append(found)
        return found


@asynccontextmanager
async def open_searcher(folder: Path, seconds: float) -> AsyncIterator[Searcher]:
    """Yield a searcher of the snapshot ``folder``; each search may take ``seconds``."""
    searcher = Searcher(folder, seconds)
    try:
        yield searcher
    finally:
        await asyncio.to_thread(searcher.close)
