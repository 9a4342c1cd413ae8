"""A terminal that the test itself is: it can stop reading, and it can go away. What is drawn is kept by an emulator."""

import fcntl
import os
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import pyte

from patience import PATIENCE
from processes.forks import Forked


class PseudoTerminal:
    """A pseudo-terminal with a program in it, and what is seen on its screen."""

    def __init__(
        self, command: Sequence[str], environment: dict[str, str], width: int, height: int, *, controlling: bool
    ) -> None:
        self._ours, theirs = os.openpty()
        self._theirs: int | None = theirs
        self._emulator = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self._emulator)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.initial = self.settings()
        self.process: Forked[bytes] = Forked(
            command,
            controlling=controlling,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )
        self.n_bytes, self.tail = 0, b""

    def press(self, keys: str) -> None:
        """Send keys, as the bytes that a terminal sends."""
        os.write(self._ours, keys.encode())

    def wait(self, wanted: Callable[[str], object]) -> str:
        """Read until the screen satisfies a condition, and return it."""
        deadline = time.monotonic() + PATIENCE
        while not wanted(screen := "\n".join(line.rstrip() for line in self._emulator.display)):
            assert time.monotonic() < deadline, f"waited in vain; the screen is\n{screen}"
            self.read(0.1)
        return screen

    def read(self, seconds: float) -> None:
        """Draw what comes within this time."""
        deadline = time.monotonic() + seconds
        while select.select([self._ours], [], [], max(0, deadline - time.monotonic()))[0]:
            try:
                data = os.read(self._ours, 65536)
            except OSError:  # nobody has the other end
                return
            self.n_bytes += len(data)
            self.tail = (self.tail + data)[-100:]
            self._stream.feed(data)

    def stall(self) -> None:
        """Take no more output, as a stalled connection."""
        assert self._theirs is not None
        termios.tcflow(self._theirs, termios.TCOOFF)

    def flow(self) -> None:
        """Take output again."""
        assert self._theirs is not None
        termios.tcflow(self._theirs, termios.TCOON)

    def settings(self) -> list[object]:
        """Return the terminal's settings."""
        assert self._theirs is not None
        return termios.tcgetattr(self._theirs)

    def hang_up(self) -> None:
        """Go away."""
        if self._theirs is not None:
            os.close(self._theirs)
            os.close(self._ours)
            self._theirs = None

    def status(self) -> int:
        """Wait for the program's end and return its exit status."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "the program does not end"
            if self._theirs is None:
                time.sleep(0.02)
            else:
                self.read(0.02)
        return self.process.returncode


@contextmanager
def run_in_terminal(
    command: Sequence[str], environment: dict[str, str], width: int = 80, height: int = 24, *, controlling: bool = True
) -> Iterator[PseudoTerminal]:
    """Run a program in a terminal of its own, and end both; without `controlling` it gets no signals from it."""
    terminal = PseudoTerminal(command, environment, width, height, controlling=controlling)
    try:
        yield terminal
    finally:
        with suppress(ProcessLookupError):
            os.killpg(terminal.process.pid, signal.SIGKILL)
        terminal.hang_up()
        terminal.process.wait()
