"""Processes that work on what strangers send: they give up what they do not need, and end with their parent."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
"""prctl(2): the signal that this process gets when its parent ends."""

_NICENESS: Final = 5
"""The server process is to get the processor first: it is what answers while all workers are busy."""


def die_with_parent() -> None:
    """End this process when its parent ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def confine(memory: int, files: int = 0) -> None:
    """Give way to the server; give up more than ``memory`` further bytes of address space, and files and sockets.

    Those with numbers below ``files`` can still be opened.
    """
    os.nice(_NICENESS)
    if sys.platform == "linux":
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")  # where memory runs out, this goes, not the server
        used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
