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
from collections.abc import Callable, MutableSequence
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

_SIGNALS: Final = (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM)


class Supervisor:
    """Has ``run(number, notice)`` run in a process for each of ``listeners``, the sockets of the fronts.

    ``notice`` is what a front is to log about its predecessor, if it has one.
    """

    def __init__(
        self, commons: Commons, listeners: MutableSequence[socket.socket], run: Callable[[int, str], object]
    ) -> None:
        self.commons = commons
        self.listeners = listeners
        self.family, self.address = listeners[0].family, listeners[0].getsockname()[:2]
        self.run = run
        self.fronts: dict[int, int] = {}
        self.due = dict.fromkeys(range(commons.fronts), (0.0, ""))
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
        times = [time for time, _ in self.due.values()] + [self.end or monotonic() + 3600]
        return max(0.0, min(times) - monotonic())

    def _start_due(self) -> None:
        for number, (time, notice) in tuple(self.due.items()):
            if time <= monotonic():
                try:
                    self._listen(number)
                    pid = os.fork()
                except OSError:  # the system lacks memory, processes or descriptors
                    self._put_off(number, notice)
                    continue
                if not pid:
                    self._become(number, notice)
                del self.due[number]
                self.fronts[pid] = number

    def _listen(self, number: int) -> None:
        """Have a socket for the front ``number``, if it has none any more."""
        if self.listeners[number].fileno() < 0:
            self.listeners[number] = socket.create_server(
                self.address, family=self.family, backlog=BACKLOG, reuse_port=True
            )

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
            for other, listener in enumerate(self.listeners):
                if other != number:
                    listener.close()
            self.commons.join(number)
            if os.getppid() == self.pid:
                self.run(number, notice)
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
            self.listeners[number].close()  # nobody is to wait for it: the others take its connections
            self._put_off(number, notice)

    def _stop(self, number: int) -> None:
        self.end = self.end or monotonic() + _END_SECONDS
        self.due.clear()
        for listener in self.listeners:
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
