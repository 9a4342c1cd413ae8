"""A run that answers on a socket: any number of viewers in other processes see it and ask things of it.

One thread looks at the run as any viewer does, ten times a second, and hands each viewer what is new to it. The thread
that trains never hears of that; but it shares processors with this one, which therefore looks less often where telling
all viewers takes longer. A viewer has at most one update on the way; the next is made once that one is gone, of what is
new by then, so that a slow viewer sees fewer states, and one that takes nothing for a while is let go.
"""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from math import inf
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from threading import Thread
from time import monotonic, sleep, thread_time
from typing import Self

from linreg.live.control import Control
from linreg.remote.connection import Connection, EndedError
from linreg.remote.frames import FrameError, Frames
from linreg.remote.messages import LARGEST_REQUEST, Farewell, Greeting, Message, Request, Subscription, encoded, fulfil
from linreg.remote.sockets import address, listen, peer_uid, remove
from linreg.remote.updates import Updates, ViewerState

MOST_VIEWERS = 250
LOOK, HASTY_LOOK, HASTE = 0.1, 0.015, 0.3
"""Seconds between two looks at the run, also for a viewer that has asked for something, and for how long after it."""
SHARE, LONGEST_LOOK = 1 / 80, 2.0
"""Of a processor's time, what telling all viewers may take, as training loses two or three times as much by it; but no
more seconds than this pass between two looks."""
PATIENCE, LAST_WORDS = 10.0, 1.0
"""Seconds in which a viewer must take something of what waits for it; and all of it, when the server ends."""


@dataclass(eq=False)
class _Viewer:
    connection: Connection
    watches: bool = False
    known: ViewerState = field(default_factory=ViewerState)
    is_waiting: bool = False
    """Whether the rest of what it is being told follows at once."""
    hasty_until: float = 0.0
    """Until when it is told at once what is new: it has asked for something."""


class Server:
    """Let a run be attached to, from a thread of its own.

    Parameters
    ----------
    control
        The run.
    folder, name
        Where it answers, and under which name.
    title
        What its user calls it.
    patience
        Seconds in which a viewer must take something of what waits for it.

    Raises
    ------
    LinregError
        It cannot answer there.
    """

    def __init__(
        self, control: Control, folder: Path, name: str, *, title: str = "", patience: float = PATIENCE
    ) -> None:
        self._control, self._patience = control, patience
        self.path = address(folder, name)
        self._listening = listen(folder, name)
        self._found = self.path.stat()
        self._greeting = encoded(Greeting(name, os.getpid(), control.recipe, title))
        self._updates = Updates(control)
        self._viewers: set[_Viewer] = set()
        self._selector = DefaultSelector()
        self._woken, self._waking = socket.socketpair()
        self._is_closing = self.has_been_watched = False
        self._next_look = self._spent = 0.0
        self._thread = Thread(target=self._run, name="linreg server", daemon=True)

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Tell every viewer how the run stands, say farewell, and answer no more."""
        self._is_closing = True
        with suppress(OSError):
            self._waking.send(b".")
        if self._thread.ident is None:
            self._leave()
        else:
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def n_viewers(self) -> int:
        """How many are connected."""
        return len(self._viewers)

    @property
    def n_watching(self) -> int:
        """How many are shown the run."""
        return sum(viewer.watches for viewer in [*self._viewers])

    def _run(self) -> None:
        """Be the thread."""
        self._listening.setblocking(False)
        self._selector.register(self._listening, EVENT_READ, self._accept)
        self._selector.register(self._woken, EVENT_READ, None)
        try:
            while not self._is_closing:
                self._hear(self._seconds_to_wait())
                self._tell()
            self._say_farewell()
        finally:
            self._leave()

    def _leave(self) -> None:
        remove(self.path, self._found)
        for viewer in self._viewers:
            viewer.connection.close()
        for each in (self._selector, self._listening, self._woken, self._waking):
            each.close()

    def _seconds_to_wait(self) -> float | None:
        # A viewer whose socket is full is waited for by the selector, not by coming back at once: that would be a
        # loop at full speed on the processor that trains.
        if any(viewer.is_waiting and not viewer.connection.n_unsent for viewer in self._viewers):
            return 0.0
        if not self._viewers:
            return None
        now = monotonic()
        most = HASTY_LOOK if any(viewer.hasty_until > now for viewer in self._viewers) else inf
        return min(most, max(0.0, self._next_look - now))

    def _hear(self, seconds: float | None) -> None:
        """Accept who comes, and hear what is asked for; return when something has happened, or after so long."""
        for key, events in self._selector.select(seconds):
            if isinstance(key.data, _Viewer):
                self._attend(key.data, events)
            elif key.data is not None:
                key.data()

    def _accept(self) -> None:
        try:
            connected, _ = self._listening.accept()
        except BlockingIOError:
            return
        except OSError:  # no more files can be opened: others close theirs
            sleep(LOOK)  # who knocks is still there, so the selector would come back at once
            return
        if peer_uid(connected) not in (os.geteuid(), None) or len(self._viewers) >= MOST_VIEWERS:
            connected.close()
            return
        viewer = _Viewer(Connection(connected, Frames(LARGEST_REQUEST, arrays=False)))
        self._viewers.add(viewer)
        self._selector.register(connected, EVENT_READ, viewer)
        self._with(viewer, partial(viewer.connection.put, self._greeting))

    def _attend(self, viewer: _Viewer, events: int) -> None:
        if events & EVENT_WRITE:
            self._with(viewer, viewer.connection.flush)
        if events & EVENT_READ and viewer in self._viewers:
            self._with(viewer, partial(self._listen_to, viewer))

    def _listen_to(self, viewer: _Viewer) -> None:
        for message in viewer.connection.receive():
            self._obey(viewer, message)

    def _obey(self, viewer: _Viewer, message: Message) -> None:
        if isinstance(message, Subscription):
            viewer.watches = viewer.is_waiting = self.has_been_watched = True
        elif isinstance(message, Request):
            fulfil(message, self._control)
            viewer.hasty_until = monotonic() + HASTE
        else:
            raise FrameError("a viewer does not say that")

    def _tell(self) -> None:
        """Tell those who watch what is new, if it is time, or the rest of what was begun."""
        now, began = monotonic(), thread_time()
        is_time = now >= self._next_look
        self._updates.look()
        for viewer in [*self._viewers]:
            if viewer.connection.n_unsent:
                if now - (viewer.connection.stuck_since or now) > self._patience:
                    self._let_go(viewer)
            elif viewer.watches and (is_time or viewer.is_waiting or viewer.hasty_until > now):
                self._with(viewer, partial(self._update, viewer))
        # This thread's own time, and not the clock's: while training holds the interpreter lock nothing is spent here,
        # and a busy machine must not make the server look less often.
        self._spent += thread_time() - began
        if is_time:
            self._next_look = now + min(max(LOOK, self._spent / SHARE), LONGEST_LOOK)
            self._spent = 0.0

    def _update(self, viewer: _Viewer) -> None:
        viewer.is_waiting = False
        if self._updates.is_due(viewer.known):
            frame, viewer.known = self._updates.next(viewer.known)
            viewer.is_waiting = self._updates.is_due(viewer.known)
            viewer.connection.put(frame)

    def _with(self, viewer: _Viewer, act: Callable[[], None]) -> None:
        """Do something with a viewer, who is let go if that is the end; and look out for room to send it more."""
        try:
            act()
        except (EndedError, FrameError):
            self._let_go(viewer)
        else:
            events = EVENT_READ | EVENT_WRITE if viewer.connection.n_unsent else EVENT_READ
            self._selector.modify(viewer.connection.socket, events, viewer)

    def _let_go(self, viewer: _Viewer) -> None:
        self._viewers.discard(viewer)
        self._selector.unregister(viewer.connection.socket)
        viewer.connection.close()

    def _say_farewell(self) -> None:
        """Tell all who keep up how the run stands at last; those who have just come, too, if they ask in time."""
        # Who has connected at this very moment has asked for nothing yet. Hung up on, it would be told that the process
        # has gone, of a run whose end is written; so each gets the last state first, if it asks in time.
        deadline = monotonic() + LAST_WORDS
        while monotonic() < deadline:
            self._next_look = 0.0
            self._tell()
            if not any(map(self._is_behind, self._viewers)):
                break
            self._hear(0.01)
        # On a busy machine one that has come may not have asked yet: it hears of the end, if not of how the run stands.
        for viewer in [*self._viewers]:
            if not viewer.connection.n_unsent:
                self._with(viewer, partial(viewer.connection.put, encoded(Farewell())))

    def _is_behind(self, viewer: _Viewer) -> bool:
        return not viewer.watches or viewer.connection.n_unsent > 0 or self._updates.is_due(viewer.known)
