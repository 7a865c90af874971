"""Processes that work on what strangers send: they give up what they do not need, and end with their parent."""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from g7kg.errors import WorkspaceError

_PR_SET_PDEATHSIG: Final = 1
"""prctl(2): the signal that this process gets when its parent ends."""

_PR_SET_NO_NEW_PRIVS: Final = 38

_NICENESS: Final = 5
"""The server process is to get the processor first: it is what answers while all workers are busy."""

_SECCOMP: Final = {"x86_64": (0xC000003E, 317), "aarch64": (0xC00000B7, 277)}
"""The number of the architecture for filters, and that of the system call seccomp(2) there."""

_REFUSED: Final = {
    "x86_64": (41, 42, 43, 44, 46, 49, 50, 53, 59, 101, 288, 307, 322, 425, 426, 427),
    "aarch64": (117, 198, 199, 200, 201, 202, 203, 206, 211, 221, 242, 269, 281, 425, 426, 427),
}
"""The system calls that make and use sockets, run programs, trace processes, or do that by other ways (io_uring)."""

MEMORY: Final = 1536 << 20
"""Address space that writing a store takes, most of which is never touched."""

_X32: Final = 0x40000000
_ALLOW: Final = 0x7FFF0000
_ERROR: Final = 0x00050001
"""What a filter returns: go on, or fail with EPERM."""


def count_processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def isolate(code: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs ``code`` in a process of this program that takes no module from its folder.

    Python looks first in the current folder, where a ``json.py`` may lie beside the data: ``-P`` leaves that out. The
    folder of this program is passed instead, as the last one, for it may be known to this process alone.
    """
    source = str(Path(__file__).parents[1])
    return (sys.executable, "-P", "-c", f"import sys; sys.path.append({source!r}); {code}", *arguments)


def die_with_parent() -> None:
    """End this process when its parent ends, however that happens, and by no hangup (SIGHUP), which is for that one."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def confine(memory: int, files: int = 0) -> None:
    """Give way to the server; give up more than ``memory`` further bytes of address space, and files and sockets.

    Those with numbers below ``files`` can still be opened. Where the process may have less memory already, that holds.
    """
    os.nice(_NICENESS)
    if sys.platform == "linux":
        with suppress(OSError):  # where /proc cannot be written
            Path("/proc/self/oom_score_adj").write_text("1000", "ascii")  # this goes first where memory runs out
        used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        limit = min([used + memory, *_list_bounds(resource.RLIMIT_AS)])
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))


def require_memory(size: int, work: str) -> None:
    """Raise ``WorkspaceError`` if this process may not have ``size`` bytes of address space, which ``work`` needs.

    Where libraries do not get what they ask for, some of them abort the process without a word.
    """
    bound = min(_list_bounds(resource.RLIMIT_AS), default=size)
    if bound < size:
        message = f"{work} needs {size >> 20} MiB of address space, and this process may have {bound >> 20}"
        raise WorkspaceError(message, hint=f"allow more: ulimit -v {size >> 10}, or unlimited")


def _list_bounds(kind: int) -> list[int]:
    """Return the bounds that the process has for a resource: none, one or two."""
    return [bound for bound in resource.getrlimit(kind) if bound != resource.RLIM_INFINITY]


def refuse_network() -> bool:
    """Give up sockets and other programs for good, and keep files; return whether this system could do that.

    By a filter of system calls (https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html), for all
    threads of this process.
    """
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _SECCOMP:
        return False
    architecture, seccomp = _SECCOMP[machine]
    instructions = _write_filter(architecture, _REFUSED[machine])
    code = ctypes.create_string_buffer(b"".join(instructions))
    program = ctypes.create_string_buffer(struct.pack("HP", len(instructions), ctypes.addressof(code)))
    library = ctypes.CDLL(None)
    library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(library.syscall(seccomp, 1, 1, program) == 0)


def _write_filter(architecture: int, refused: tuple[int, ...]) -> list[bytes]:
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    left = len(refused) + 1
    tests = [(equal, 0, left - place - 1, number) for place, number in enumerate(refused)]
    program = [
        (load, 0, 0, 4),
        (equal, left + 2, 0, architecture),
        (load, 0, 0, 0),
        (at_least, 0, left, _X32),
        *tests,
        (give, 0, 0, _ALLOW),
        (give, 0, 0, _ERROR),
    ]
    return [struct.pack("HBBI", code, if_true, if_false, value) for code, if_false, if_true, value in program]
