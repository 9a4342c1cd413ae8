"""What holds a script back between two steps, on its own thread: a pause, a pace, a new learning rate, the end.

Where nothing is asked for, a step costs a look at one attribute.
"""

import os
from collections.abc import Callable
from math import inf, isfinite
from signal import SIGTERM
from threading import Condition, get_ident
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.optim import Optimizer

Request = Callable[["Optimizer | None"], None]


class Gate:
    """The course that is set; any thread may set it, and the script's own is held.

    Attributes
    ----------
    is_free
        Whether a step need not stop here at all.
    speed
        Steps a second at most.
    """

    def __init__(self) -> None:
        self.is_free, self.speed = True, inf
        self._allowance: int | None = None
        """Steps that may yet be taken; None: any number."""
        self._requests: list[Request] = []
        self._interrupted: set[int] | None = None
        """The threads that have been told to end, once that was asked for."""
        self._is_to_interrupt = False
        self._is_held = False
        """Whether the loop stands now, until somebody says otherwise."""
        self._due = 0.0
        self._changed = Condition()

    @property
    def is_standing(self) -> bool:
        """Whether the script stands, or will after the step that it is taking."""
        return self._allowance == 0

    def play(self) -> None:
        """Let it run on."""
        self._set(None)

    def pause(self) -> None:
        """Let it stand after its present step."""
        self._set(0)

    def step(self, n_steps: int) -> None:
        """Let it take some steps, beyond those that it has yet to take, and stand."""
        self._set((self._allowance or 0) + max(0, n_steps))

    def set_speed(self, speed: float) -> None:
        """Let it take at most so many steps a second."""
        with self._changed:
            self.speed, self._due = speed, monotonic()
            self._look()

    def ask(self, request: Request) -> None:
        """Have something done on the script's thread after its present step."""
        with self._changed:
            self._requests.append(request)
            self._look()

    def end(self) -> None:
        """Have KeyboardInterrupt raised after the present step, for the script to handle; asked again, terminate it.

        It is raised once, and nothing holds the script any more, so that it may step on while it tidies up.
        """
        with self._changed:
            if self._interrupted is not None:
                os.kill(os.getpid(), SIGTERM)
            self._interrupted, self._is_to_interrupt = set(), True
            self._allowance, self.speed = None, inf
            self._look()

    def follow(self, thread: int) -> None:
        """Hold another thread from now on: where the script is to end, it is one more that has to be told."""
        if self._interrupted is not None:
            with self._changed:
                self._is_to_interrupt = thread not in (self._interrupted or ())
                self._look()

    def release(self) -> None:
        """Hold nobody any more."""
        with self._changed:
            self._allowance, self.speed, self._requests, self._is_to_interrupt = None, inf, [], False
            self._look()

    def _set(self, allowance: int | None) -> None:
        with self._changed:
            self._allowance, self._due = allowance, monotonic()
            self._look()

    def _look(self) -> None:
        is_running = self._allowance is None and self.speed == inf
        self.is_free = is_running and not self._requests and not self._is_to_interrupt
        self._changed.notify_all()

    def hold(self, optimizer: "Optimizer | None", show: Callable[[], None]) -> None:
        """Stand as long as the course says, on the script's thread.

        Parameters
        ----------
        show
            Lets whoever watches see how things stand, before it is waited.

        Raises
        ------
        KeyboardInterrupt
            The script is to end.
        """
        has_news = False
        with self._changed:
            while True:
                requests, self._requests = self._requests, []
                for request in requests:
                    request(optimizer)
                has_news = has_news or bool(requests)
                if self._is_to_interrupt and self._interrupted is not None:
                    self._interrupted.add(get_ident())
                    self._is_to_interrupt = False
                    self._look()
                    raise KeyboardInterrupt
                wait = self._seconds_to_wait()
                if wait <= 0 and not self._requests:
                    if has_news:  # what was asked for is seen at once, and not with the next block of steps
                        show()
                    break
                show()
                self._is_held = wait == inf
                self._changed.wait(None if wait == inf else wait)
                self._is_held = False
                has_news = has_news or (wait == inf and self._allowance is None)
            if self._allowance:
                self._allowance -= 1
            self._due = max(monotonic(), self._due) + (1 / self.speed if isfinite(self.speed) else 0.0)
            self._look()

    def hold_beside(self) -> None:
        """Stand where the loop stands now, on a thread that trains beside it; one that it needs for its step goes on.

        Raises
        ------
        KeyboardInterrupt
            The script is to end.
        """
        if self._is_held or self._interrupted is not None:
            with self._changed:
                self._changed.wait_for(lambda: not self._is_held or self._allowance != 0)
                if self._interrupted is not None and get_ident() not in self._interrupted:
                    self._interrupted.add(get_ident())
                    raise KeyboardInterrupt

    def _seconds_to_wait(self) -> float:
        if self._allowance == 0:
            return inf
        if self._allowance is not None or self.speed == inf:
            return 0.0
        return self._due - monotonic()
