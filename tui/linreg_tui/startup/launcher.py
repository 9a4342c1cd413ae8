"""A process before the app's, so that the app can be left and its run goes on.

A shell waits for the process that it started. That one does nothing but wait for the app's own process, and hand
signals to it; when somebody detaches, it ends, the shell has its terminal back, and the run goes on in the process
where it always was: nothing is read again, no epoch is run twice. It is made before anything large is imported.
"""

import os
import signal
from collections.abc import Callable
from contextlib import suppress

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_LETTING_GO = b"."


class Launcher:
    """The process that the shell waits for, as the app's own process knows it."""

    def __init__(self, pid: int, line: int) -> None:
        self._pid, self._line = pid, line

    @property
    def is_gone(self) -> bool:
        """Whether it has ended without having let go: somebody killed it."""
        return self._line >= 0 and os.getppid() != self._pid

    def go_on(self, *_: object) -> None:
        """Have it go on: it stopped when this process was stopped, which somebody else may have continued."""
        if self._line >= 0 and not self.is_gone:
            with suppress(OSError):
                os.kill(self._pid, signal.SIGCONT)

    def let_go(self) -> None:
        """Have it end, with status 0."""
        if self._line >= 0:
            signal.signal(signal.SIGCONT, signal.SIG_DFL)
            with suppress(OSError):
                os.write(self._line, _LETTING_GO)
            os.close(self._line)
            self._line = -1


def launch(work: Callable[[Launcher], int], tidy: Callable[[], None]) -> int:
    """Do the work in a process of its own, and wait until that has ended, or lets this one go.

    Return its exit status; where a signal ended it, which it could not tidy up after, `tidy` and end by the same one.
    """
    launcher = os.getpid()
    reading, writing = os.pipe()
    child = _Child()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, (*SIGNALS, signal.SIGCHLD))  # until it is known whom they are for
    before = {number: signal.signal(number, child.hand_on) for number in SIGNALS}
    before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, child.look)
    child.pid = os.fork()
    if not child.pid:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.close(reading)
        shells = Launcher(launcher, writing)
        signal.signal(signal.SIGCONT, shells.go_on)
        return work(shells)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    os.close(writing)
    if os.read(reading, 1) == _LETTING_GO:
        return 0
    status = child.status()
    if status < 0:
        tidy()
        _end_by(-status)
    return status


def _end_by(number: int) -> None:
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


class _Child:
    """The app's process, as the one before it knows it."""

    def __init__(self) -> None:
        self.pid = 0
        self._status: int | None = None

    def hand_on(self, number: int, *_: object) -> None:
        """Hand a signal on."""
        if self.pid and self._status is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def look(self, *_: object) -> None:
        """When the app is suspended, stop as well, so that the shell notices; and let it go on when this goes on."""
        if not self.pid or self._status is not None:
            return
        try:
            found, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
        except ChildProcessError:  # it is waited for at this moment
            return
        if found and os.WIFSTOPPED(status):
            os.kill(os.getpid(), signal.SIGSTOP)
            self.hand_on(signal.SIGCONT)
        elif found:
            self._status = status

    def status(self) -> int:
        """Wait for its end, and return its exit status; −N: ended by signal N."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if self._status is None:
            self._status = os.waitpid(self.pid, 0)[1]
        return os.waitstatus_to_exitcode(self._status)
