"""A program in a terminal of our own: what it sends is kept with the time of its arrival, and read by pyte.

Reading a screen takes milliseconds, in which nothing else is read; so a wait first collects what arrives, each piece
with its time, and looks only then which of them changed the screen.
"""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Self, TypeVar

import pyte

PATIENCE = 60.0
"""Seconds after which what has not come will not come."""
_PRIVATE = re.compile(rb"\x1b\[[<=>?][0-9;]*\$?[@-~]")
"""Modes and queries, which pyte does not know all of; none of them changes a character on the screen."""
_UNFINISHED = re.compile(rb"\x1b(\[[^@-~]*)?$")
_ASKS_FOR_SYNC, _HAS_SYNC = b"\x1b[?2026$p", b"\x1b[?2026;2$y"

T = TypeVar("T")


class Terminal:
    """A program that runs in a pseudo-terminal, as a context."""

    def __init__(self, *command: str, columns: int = 120, rows: int = 40, **environment: str) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._rest = b""
        self._main, terminal = os.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        kept = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER_TERMINAL}
        self._home = TemporaryDirectory(prefix="lr")  # for the runs that it keeps
        environment = {"LINREG_HOME": self._home.name, **environment}
        self.started = perf_counter()
        self._process = subprocess.Popen(
            command,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            env={**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment},
        )
        os.close(terminal)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            deadline = perf_counter() + 10
            while self._process.poll() is None and perf_counter() < deadline:
                self.pieces(0.05)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            os.close(self._main)
            self._home.cleanup()

    @property
    def pids(self) -> list[int]:
        """The program's processes: the one that was started, and those that it has started."""
        found = [self._process.pid]
        for pid in found:
            found += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return found

    @property
    def lines(self) -> list[str]:
        """The screen, as far as it has been read."""
        return list(self._screen.display)

    def press(self, keys: str) -> None:
        """Type at the program."""
        os.write(self._main, keys.encode())

    def pieces(self, seconds: float) -> list[tuple[float, bytes]]:
        """Collect what arrives within so many seconds, each piece with its time."""
        found = []
        until = perf_counter() + seconds
        while (left := until - perf_counter()) > 0:
            if select.select([self._main], [], [], left)[0]:
                try:
                    piece = os.read(self._main, 2**16)
                except OSError:  # what Linux says where the program has gone
                    break
                found.append((perf_counter(), piece))
                if _ASKS_FOR_SYNC in piece:
                    os.write(self._main, _HAS_SYNC)
        return found

    def show(self, pieces: list[tuple[float, bytes]]) -> Iterator[float]:
        """Bring the screen up to each piece, one after the other, and say when it arrived."""
        for arrived, piece in pieces:
            data = _PRIVATE.sub(b"", self._rest + piece)
            unfinished = _UNFINISHED.search(data)
            self._rest = unfinished.group() if unfinished else b""
            self._stream.feed(data[: len(data) - len(self._rest)])
            yield arrived

    def read(self, seconds: float) -> int:
        """Read for so many seconds, bring the screen up to date, and return the number of bytes that came."""
        pieces = self.pieces(seconds)
        list(self.show(pieces))
        return sum(len(piece) for _, piece in pieces)

    def until(self, look: Callable[[Self], T | None], at_a_time: float = 0.1) -> tuple[float, T]:
        """Read until `look` finds something on the screen; return when the piece that showed it arrived, and that."""
        deadline = perf_counter() + PATIENCE
        while perf_counter() < deadline and self._process.poll() is None:
            found = None
            for arrived in self.show(self.pieces(at_a_time)):  # all of them: none may be lost
                if found is None and (seen := look(self)) is not None:
                    found = arrived, seen
            if found is not None:
                return found
        raise RuntimeError("\n".join(["what was waited for never came; the last screen:", *self.lines]))

    def cpu_seconds(self) -> float:
        """Return the processor time that the program has used, in all its processes and threads."""
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.pids]
        return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """Return the memory that the program holds; what its processes share counts for each."""
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids)
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


_OF_ANOTHER_TERMINAL = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "TMUX", "NO_COLOR", "COLUMNS", "LINES", "TEXTUAL")
