"""Tasks on all processors: the standard library's pool of processes, started afresh and ended with its build."""

import logging
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from threading import Thread, current_thread, main_thread
from typing import Final, TypeVar

from g7kg.errors import WorkspaceError

logger = logging.getLogger(__name__)
_SAFE_PATH: Final = "PYTHONSAFEPATH"
"""The environment variable that stands for ``-P`` (https://docs.python.org/3/using/cmdline.html)."""

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")


def limit_jobs(jobs: int) -> int:
    """Return how many of ``jobs`` processes can work at a time here: one where the system has no semaphores for them.

    The log says so. Processes of a pool wait for each other by semaphores, for which /dev/shm must be writable.
    """
    if jobs == 1:
        return 1
    try:
        with _isolated():  # the first semaphore starts the process that counts them
            multiprocessing.get_context("spawn").Semaphore()
    except (ImportError, OSError) as error:
        logger.warning("one process does all the work: others need a writable /dev/shm (%s)", error)
        return 1
    return jobs


def run_tasks(function: Callable[[Task], Outcome], tasks: Sequence[Task], jobs: int) -> Iterator[Outcome]:
    """Yield what ``function`` makes of each of ``tasks``, in their order.

    Up to ``jobs`` processes work at a time; with one job, or one task, this process does the work itself. ``function``
    is one of a module, and its argument and result can be pickled. Raises what it raises, and ``WorkspaceError`` if a
    process dies.
    """
    if min(jobs, len(tasks)) <= 1:
        yield from map(function, tasks)
        return
    context = multiprocessing.get_context("spawn")  # a fork would copy the threads' locks of an open store
    with _isolated():
        pool = ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=context, initializer=_live_with_parent)
    others = set(multiprocessing.active_children())
    with _uninterrupted(), _isolated():
        futures = deque(pool.submit(function, task) for task in tasks)
    try:
        while futures:
            yield futures.popleft().result()
    except BrokenProcessPool as error:
        hint = "it may need more memory: try --jobs 1; or the program that builds lacks “if __name__ == '__main__'”"
        raise WorkspaceError("a process of the build has died", hint=hint) from error
    finally:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()  # what it has finished is kept; what it has begun nobody waits for any more
        pool.shutdown()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ignore interruption, as the processes do that are started meanwhile: it is for the one that started them."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _isolated() -> Iterator[None]:
    """Have the processes that are started meanwhile take no module from the current folder (``confinement.isolate``).

    The standard library writes their command: it passes ``-P`` on only if this process was started with it.
    """
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = before


def split_tasks(tasks: Sequence[Task], most: int, jobs: int) -> list[Sequence[Task]]:
    """Return ``tasks`` in runs of up to ``most`` that keep ``jobs`` processes busy; with one job they are one run."""
    size = max(1, len(tasks) if jobs <= 1 else min(most, -(-len(tasks) // jobs)))
    return [tasks[start : start + size] for start in range(0, len(tasks), size)]


def _live_with_parent() -> None:
    """End this process when the one that started it ends, however it does."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
