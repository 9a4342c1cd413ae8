"""One end of a stream of messages that never waits: what cannot be sent at once is kept, until there is room."""

import socket
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic

from linreg.remote.frames import Frames
from linreg.remote.messages import Message, decoded

_A_TIME = 2**18
"""Bytes read at once."""


class EndedError(Exception):
    """The other end is closed, or gone."""


class Connection:
    """A connected socket, and what waits to be sent over it.

    Attributes
    ----------
    stuck_since
        When the other end last took something, while something waits for it; None while nothing does.
    """

    def __init__(self, connected: socket.socket, frames: Frames) -> None:
        self.socket, self._frames = connected, frames
        self._unsent: deque[memoryview] = deque()
        self.stuck_since: float | None = None
        connected.setblocking(False)

    @property
    def n_unsent(self) -> int:
        """Bytes that wait."""
        return sum(map(len, tuple(self._unsent)))

    def put(self, frame: bytes) -> None:
        """Send a frame after all others, as far as there is room for it now.

        Raises
        ------
        EndedError
            There is nobody to send to.
        """
        self._unsent.append(memoryview(frame))
        self.flush()

    def flush(self) -> None:
        """Send what there is room for.

        Raises
        ------
        EndedError
            There is nobody to send to.
        """
        try:
            while self._unsent:
                n_sent = self.socket.send(self._unsent[0])
                self.stuck_since = monotonic()
                if n_sent < len(self._unsent[0]):
                    self._unsent[0] = self._unsent[0][n_sent:]
                else:
                    self._unsent.popleft()
            self.stuck_since = None
        except BlockingIOError:
            self.stuck_since = monotonic() if self.stuck_since is None else self.stuck_since
        except OSError:
            raise EndedError from None

    def receive(self) -> Iterator[Message]:
        """Yield the messages that have come, also those that were not asked for the last time.

        Raises
        ------
        EndedError
            There will be no more.
        FrameError
            What came is no message.
        """
        try:
            content = self.socket.recv(_A_TIME)
            has_ended = not content
        except BlockingIOError:
            content, has_ended = b"", False
        except OSError:
            raise EndedError from None
        if has_ended:
            raise EndedError
        yield from map(decoded, self._frames.feed(content))

    def close(self) -> None:
        """Hang up."""
        self._unsent.clear()
        with suppress(OSError):
            self.socket.close()
