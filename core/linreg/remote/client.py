"""A run in another process, to be watched and controlled as if it ran here.

A thread listens to the run's socket and keeps the newest state, the facts and a history of the same epochs; whoever
reads them finds them here and never waits. A request is put on its way and not waited for either. When the server has
left, what was last seen stays to be looked at, and the state says so.
"""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import inf, nan
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector, DefaultSelector
from threading import Lock, Thread
from time import monotonic
from typing import Any, Self

import numpy as np

from linreg.errors import LinregError
from linreg.files.paths import status_of
from linreg.history.history import History
from linreg.live.state import Notice, State
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.remote.connection import Connection, EndedError
from linreg.remote.discovery import reach
from linreg.remote.frames import FrameError
from linreg.remote.messages import Farewell, Greeting, Message, Request, Subscription, Update, encoded
from linreg.text import shortened
from linreg.training.facts import Facts

GONE = "the run's process has gone."
ENDED = "the run's process has ended."
NOT_UNDERSTOOD = "what the run's process sends is not understood; watch it with its own version of linreg."
_POLITE = 0.5
"""Seconds to wait for the other end to hear the last request."""
_MOST_UNSENT = 2**16
"""Bytes of requests that wait; beyond that nobody takes any, and what is asked for is dropped."""


def attach(folder: Path, name: str, patience: float = 5.0) -> "AttachedRun":
    """Connect to the run that answers to a name, and watch it.

    Raises
    ------
    LinregError
        None does within `patience` seconds, or it is of another version or another user's.
    """
    again = partial(reach, folder, name, patience)
    return AttachedRun(*again(), again)


class AttachedRun:
    """A run in another process; it offers what `linreg.live.control.Control` does.

    Parameters
    ----------
    connection, greeting
        The way to it, and who answers there.
    again
        Connects once more where the other end has hung up, as it does on a viewer that was stopped for a while.

    Attributes
    ----------
    name, title, pid
        The one it answers to, what its user calls it, and its process.
    """

    def __init__(
        self, connection: Connection, greeting: Greeting, again: Callable[[], tuple[Connection, Greeting]]
    ) -> None:
        self.name, self.title, self.pid, self.recipe = greeting.name, greeting.title, greeting.pid, greeting.recipe
        self.facts: Facts | None = None
        self.history: History | None = None
        self.state = State(
            version=-1,
            phase=Phase.LOADING,
            reason=f"attaching to process {greeting.pid}",
            epoch=-1,
            last_epoch=greeting.recipe.last_epoch,
            parameters=np.empty(0),
            cost=nan,
            learning_rate=nan,
            speed=inf,
        )
        self._next_facts: Facts | None = None
        self._next_history: History | None = None
        self._connection, self._is_closing, self._has_left = connection, False, False
        self._again, self._is_asked_to_end, self._has_heard = again, False, False
        self._requests: list[bytes] = []
        self._why_left = ""
        self._lock = Lock()
        self._woken, self._waking = socket.socketpair()
        self._waking.setblocking(False)
        self._thread = Thread(target=self._run, name="linreg viewer", daemon=True)
        self._ask(encoded(Subscription()))
        self._thread.start()

    def close(self) -> None:
        """Leave the run alone; what was asked for before still reaches it, and what was last seen stays."""
        self._is_closing = True
        self._wake()
        self._thread.join()
        self._woken.close()
        self._waking.close()

    def wait_for_end(self, seconds: float) -> bool:
        """Wait until the run's process has left, and tell whether it has."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def is_ending(self) -> bool:
        """Whether its process has said that it ends, or was asked from here to end."""
        return self._is_asked_to_end or self._why_left == ENDED

    @property
    def caption(self) -> tuple[str, ...]:
        """Whose run it is."""
        return f"attached to {shortened(self.title or self.name, 24)}", "attached"

    @property
    def exit_status(self) -> int:
        """What a command that ends now should exit with: 1 if the run's process has gone without a word, else 0."""
        return int(self._why_left in (GONE, NOT_UNDERSTOOD))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def play(self) -> None:
        """Run on, at the speed that is set."""
        self._request("play")

    def pause(self) -> None:
        """Stand still after the epoch that is being computed."""
        self._request("pause")

    def step(self, n_epochs: int = 1) -> None:
        """Run `n_epochs` epochs, then stand still."""
        self._request("step", n_epochs=n_epochs)

    def back(self, n_epochs: int = 1) -> None:
        """Return to `n_epochs` epochs earlier, exactly, and stand still."""
        self._request("back", n_epochs=n_epochs)

    def go_to(self, epoch: int) -> None:
        """Go to any epoch, back or ahead; −1 is before the first."""
        self._request("go_to", epoch=epoch)

    def set_learning_rate(self, learning_rate: float) -> None:
        """Use this rate from the next epoch on, without a reset."""
        self._request("set_learning_rate", learning_rate=float(learning_rate))

    def scale_learning_rate(self, factor: float) -> None:
        """Multiply the rate of the next step."""
        self._request("scale_learning_rate", factor=float(factor))

    def set_speed(self, speed: float) -> None:
        """Run at most this many epochs a second; infinite: as fast as they come."""
        self._request("set_speed", speed=float(speed))

    def restart(self, *, new_seed: bool = False) -> None:
        """Start again from the same initial parameters, or from random ones, and stand."""
        self._request("restart", new_seed=new_seed)

    def recover(self) -> None:
        """After a divergence: go back to the epoch of the least cost, lower the learning rate there, and stand."""
        self._request("recover")

    def save(self, path: Path, *, replaces: bool = False) -> None:
        """Have the run's process write the model; a path is meant as this process means it, and looked at first."""
        try:
            status_of(path)
        except LinregError as problem:
            with self._lock:
                self.state = _with_notice(self.state, str(problem))
        else:
            self._request("save", path=os.path.abspath(path), replaces=replaces)

    def stop(self) -> None:
        """Have the run put aside where it is, and its process end or stand."""
        self._is_asked_to_end = True
        self._request("stop")

    def _request(self, name: str, **arguments: Any) -> None:
        self._ask(encoded(Request(name, arguments)))

    def _ask(self, frame: bytes) -> None:
        """Put a request on its way, unless nobody takes any."""
        with self._lock:
            if self._is_closing:
                return
            if self._has_left:
                self.state = _with_notice(self.state, self._why_left)
            elif sum(map(len, self._requests)) + len(frame) <= _MOST_UNSENT:
                self._requests.append(frame)
        self._wake()

    def _wake(self) -> None:
        with suppress(OSError):  # as many as fit are enough, and nobody sleeps who has left
            self._waking.send(b".")

    def _run(self) -> None:
        """Be the thread."""
        try:
            while not self._hears_all():
                self._connect_again()
        except (EndedError, OSError):
            self._leave(Phase.FAILED, GONE)
        except Exception:  # whatever came, there is nobody to tell but the user
            self._leave(Phase.FAILED, NOT_UNDERSTOOD)
        else:
            self._leave(Phase.STOPPED, ENDED)
        self._connection.close()

    def _hears_all(self) -> bool:
        """Listen until an end, and tell whether it is that of the watching, or only of a connection that was good."""
        self._has_heard = False
        try:
            with DefaultSelector() as selector:
                self._listen(selector)
        except (EndedError, OSError):
            if self._is_closing or not self._has_heard:
                raise
            return False
        return True

    def _connect_again(self) -> None:
        """Connect to the same process, which tells all of the run anew."""
        try:
            connection, greeting = self._again()
        except LinregError as problem:
            raise EndedError from problem
        self._connection.close()
        self._connection = connection
        if greeting.pid != self.pid:
            raise EndedError
        with self._lock:
            self._requests.insert(0, encoded(Subscription()))

    def _listen(self, selector: BaseSelector) -> None:
        """Take what is new and send what is asked for, until this end or the other says farewell."""
        selector.register(self._woken, EVENT_READ)
        selector.register(self._connection.socket, EVENT_READ)
        while not self._is_closing:
            for message in self._connection.receive():
                if isinstance(message, Farewell):
                    return
                self._take(message)
            self._send()
            events = EVENT_READ | (EVENT_WRITE if self._connection.n_unsent else 0)
            selector.modify(self._connection.socket, events)
            if any(key.fileobj is self._woken for key, _ in selector.select()):
                self._woken.recv(4096)
        self._hang_up(selector)

    def _hang_up(self, selector: BaseSelector) -> None:
        """Send what is left, and wait until it has been heard: closed at once, a socket may take it back."""
        self._send()
        self._connection.socket.shutdown(socket.SHUT_WR)
        deadline = monotonic() + _POLITE
        selector.modify(self._connection.socket, EVENT_READ)
        while (left := deadline - monotonic()) > 0:
            selector.select(left)
            for _ in self._connection.receive():
                pass

    def _send(self) -> None:
        """Send requests in order; those that find no room wait, in bounds."""
        self._connection.flush()
        while not self._connection.n_unsent:
            with self._lock:
                if not self._requests:
                    return
                frame = self._requests.pop(0)
            self._connection.put(frame)

    def _take(self, message: Message) -> None:
        """Take a piece of what is new; all of it is shown at once, when the last piece has come."""
        if not isinstance(message, Update):
            raise FrameError("a server does not say that")
        self._has_heard = True
        self._next_facts = message.facts or self._next_facts
        if message.increment is not None:
            if message.increment.starts_over:
                assert self._next_facts is not None
                self._next_history = History(len(self._next_facts.initial), self._next_facts.recipe.printed_every)
            assert self._next_history is not None
            self._next_history.follow(message.increment)
        if message.state is not None:
            self.facts, self.history = self._next_facts, self._next_history
            if self.facts is not None and self.facts.script is None:
                self.recipe = _as_it_is(self.recipe, self.facts.recipe)
            self.state = message.state

    def _leave(self, phase: Phase, reason: str) -> None:
        """Let whoever looks know that there will be nothing new."""
        with self._lock:
            self._has_left, self._why_left = True, reason
            if self._is_closing:
                return
            if self.state.phase.has_ended and reason == ENDED:  # as was to be expected
                self.state = _with_notice(self.state, reason)
            elif self.state.phase not in (Phase.STOPPED, Phase.FAILED):
                state = replace(self.state, phase=phase, reason=reason.rstrip("."), goal=None, pace=0.0)
                self.state = _with_notice(state, reason)


def _as_it_is(recipe: Recipe, settled: Recipe) -> Recipe:
    """Return the recipe as it is by now, of another seed or other rows, with the words that numbers were put for."""
    words = {name: getattr(recipe, name) for name in ("epochs", "every", "schedule_options")}
    return replace(settled, **words)


def _with_notice(state: State, text: str) -> State:
    return replace(state, version=state.version + 1, notice=Notice.after(state.notice, text, is_error=True))
