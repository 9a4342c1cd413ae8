"""The way to the terminal, which may stall or be gone at any time without holding anything up for ever.

Textual writes from a thread of its own. A terminal that nobody reads (a stalled connection, a stopped emulator) would
hold that thread, then the queue before it, then the app, and with it the signals that should end it. Here a write
waits for room, says that it does, and gives up once it has been told to hurry.
"""

import io
import os
import select
from time import monotonic

TICK = 0.05
"""Seconds between two looks at whether to go on waiting."""


class Outlet(io.TextIOBase):
    """Text to a terminal, one thread writing.

    Attributes
    ----------
    stalled
        Whether a write is waiting for room.
    patience
        Seconds without progress after which the terminal is given up; None: wait for ever.
    broken
        Whether the terminal is gone or has been given up: what is written then is lost.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = _without_blocking(descriptor)
        self.stalled = self.broken = False
        self.patience: float | None = None

    def fileno(self) -> int:
        """Return the descriptor, which is the terminal's."""
        return self._descriptor

    def isatty(self) -> bool:
        """Say whether it is a terminal, which it is."""
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Return what a terminal reads."""
        return "utf-8"

    def write(self, text: str, /) -> int:
        """Write as fast as the terminal takes it; never raise."""
        data = text.encode(errors="replace")
        while data and not self.broken:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:  # there is no room at all: nothing of this went
                self._wait()
            except OSError:
                self.broken = True
        return len(text)

    def close(self) -> None:
        """Close the descriptor."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()

    def _wait(self) -> None:
        # Meanwhile the app's thread reads `stalled`, and sends no frames, and may set `patience`: hence the short naps.
        # Every wait is counted from its own start, so that a terminal that is slow but alive is never given up.
        since, self.stalled = monotonic(), True
        while not select.select([], [self._descriptor], [], TICK)[1]:
            if self.patience is not None and monotonic() - since > self.patience:
                self.broken = True
                break
        self.stalled = False


def _without_blocking(descriptor: int) -> int:
    """Open the terminal once more, for writes that do not block.

    The mode belongs to the open file, which the shell and standard input share: it is not ours to change. Where the
    terminal cannot be opened again, writes block.
    """
    try:
        again = os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return os.dup(descriptor)
    # the name need not lead back to it: in a container, another terminal may have it
    if os.path.samestat(os.fstat(again), os.fstat(descriptor)):
        return again
    os.close(again)
    return os.dup(descriptor)
