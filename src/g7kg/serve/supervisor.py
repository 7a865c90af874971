"""The parent of several front processes: starts them, replaces one that ends, and has them end when it is told to.

It holds their sockets, on which connections wait for a successor, and does nothing else: it reads no request, has no
thread and writes no log, so that nothing from outside can stop it.
"""

import gc
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Final, NoReturn

from g7kg.sandbox.confinement import die_with_parent
from g7kg.serve.commons import Commons

LONGEST_PAUSE: Final = 2.0
"""The longest pause, in seconds, before a front that could not start is started again."""

BACKLOG: Final = 1024
"""How many connections may wait to be accepted, at each front."""

_END_SECONDS: Final = 20.0
"""How long fronts may take to end: longer than they give their requests."""

_LOOK_SECONDS: Final = 0.02
"""How often it is looked whether the first front is ready, so that the others can start."""

_SIGNALS: Final = (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM)


class Supervisor:
    """Has ``run(number, listener, notice)`` run in as many processes as ``commons`` has fronts, at one address.

    The first front has ``first`` to listen on; the others start when it is ready, so that it has the machine until
    then. ``notice`` is what a front is to log about its predecessor, if it has one.
    """

    def __init__(
        self, commons: Commons, first: socket.socket, run: Callable[[int, socket.socket, str], object]
    ) -> None:
        self.commons = commons
        self.listeners = {0: first}
        self.family, self.address = first.family, first.getsockname()[:2]
        self.run = run
        self.fronts: dict[int, int] = {}
        self.due = {0: (0.0, "")}
        self.later = range(1, commons.fronts)
        self.failures = 0
        self.told: list[int] = []
        self.pid = os.getpid()
        self.end = 0.0
        self.code = 0

    def supervise(self) -> NoReturn:
        """Run the fronts until a signal comes, and end by it as one process would; ``SystemExit`` if none can start."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # they are waited for: so none comes at a bad time
        gc.freeze()
        while self.due or self.fronts:
            if self.later and self.commons.is_ready(0):
                self.due.update(dict.fromkeys(self.later, (0.0, "")))
                self.later = range(0)
            self._start_due()
            found = signal.sigtimedwait(_SIGNALS, self._count_seconds())
            if found is None:
                self._expire()
            elif found.si_signo == signal.SIGCHLD:
                self._reap()
            else:
                self._stop(found.si_signo)
                self.told.append(found.si_signo)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        for number in self.told[:1]:
            signal.raise_signal(number)
        sys.exit(self.code)

    def _count_seconds(self) -> float:
        """Return after how many seconds something is to be done if no signal comes."""
        now = monotonic()
        times = [time for time, _ in self.due.values()]
        return max(0.0, min([*times, self.end or now + (_LOOK_SECONDS if self.later else 3600)]) - now)

    def _start_due(self) -> None:
        for number, (time, notice) in tuple(self.due.items()):
            if time <= monotonic():
                try:
                    if number not in self.listeners:  # the front listens when it is ready: nobody waits till then
                        self.listeners[number] = bind_shared(self.family, self.address)
                    pid = os.fork()
                except OSError:  # the system lacks memory, processes or descriptors
                    self._put_off(number, notice)
                    continue
                if not pid:
                    self._become(number, notice)
                del self.due[number]
                self.fronts[pid] = number

    def _put_off(self, number: int, notice: str) -> None:
        self.due[number] = (monotonic() + min(2**self.failures / 10, LONGEST_PAUSE), notice)
        self.failures += 1

    def _become(self, number: int, notice: str) -> NoReturn:
        """Be the front ``number``, in a session of its own: a terminal's signals come from the parent."""
        code = 1
        try:
            os.setsid()
            die_with_parent()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            own = self.listeners.pop(number)
            for other in self.listeners.values():
                other.close()
            self.commons.join(number)
            if os.getppid() == self.pid:
                self.run(number, own, notice)
            code = 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
        except KeyboardInterrupt:
            code = 0
        except BaseException:  # noqa: BLE001 - it is told, and the parent starts another
            traceback.print_exc()
        finally:
            os._exit(code)

    def _reap(self) -> None:
        """Replace the fronts that have ended; if one never started, and no other has, end."""
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                self._replace(pid, os.waitstatus_to_exitcode(status))

    def _replace(self, pid: int, code: int) -> None:
        number = self.fronts.pop(pid)
        started = self.commons.is_ready(number)
        self.commons.forget(number)
        if self.end:
            return
        if not started and not any(map(self.commons.is_ready, range(self.commons.fronts))):
            self.code = code or 1
            self._stop(signal.SIGTERM)
            return
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        notice = f"front process {pid} ended {how} and is replaced"
        if started:
            self.failures = 0
            self.due[number] = (0.0, notice)
        else:
            self.listeners.pop(number).close()  # nobody is to wait for it: the others take its connections
            self._put_off(number, notice)

    def _stop(self, number: int) -> None:
        self.end = self.end or monotonic() + _END_SECONDS
        self.due.clear()
        self.later = range(0)
        for listener in self.listeners.values():
            listener.close()
        self._kill(number)

    def _expire(self) -> None:
        if self.end and monotonic() >= self.end:
            self.end = monotonic() + _END_SECONDS
            self._kill(signal.SIGKILL)

    def _kill(self, number: int) -> None:
        for pid in tuple(self.fronts):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def bind_shared(family: int, address: tuple[str, int]) -> socket.socket:
    """Return a socket bound to ``address``, beside others of this user, that does not listen; ``OSError`` if not."""
    shared = socket.socket(family)
    try:
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            shared.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        shared.bind(address)
    except OSError:
        shared.close()
        raise
    return shared
