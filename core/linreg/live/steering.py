"""What is steered while it works: a newest state that anybody reads at any time, and requests that are heard in turn.

The state is immutable and published by replacing one attribute, so nobody waits to read it. Requests wait in a queue
and are heard between two pieces of work; while there is nothing to do, whoever works sleeps until somebody asks for
something. Who works is left open: a thread of its own (`linreg.live.worker`), or the one that calls.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from math import inf
from threading import Condition
from time import monotonic, perf_counter
from typing import Any, Generic, Protocol, TypeVar, cast

from linreg.phase import Phase

STATES_A_SECOND = 50


class Published(Protocol):
    """A state as a dataclass, of which more is known to who made it."""

    @property
    def version(self) -> int:
        """Grows with every change."""

    @property
    def phase(self) -> Phase:
        """What is being done."""

    @property
    def reason(self) -> str:
        """Why."""

    @property
    def epoch(self) -> int:
        """How far it is."""

    @property
    def answered(self) -> int:
        """How many requests have been heard."""


StateT = TypeVar("StateT", bound=Published)
WorkT = TypeVar("WorkT")


class Steered(Generic[StateT, WorkT]):
    """A state that is published, and requests to what is at work.

    Attributes
    ----------
    state
        The newest state.
    failure
        The exception behind a state that is FAILED, for whoever debugs.
    """

    def __init__(self, state: StateT) -> None:
        self.state, self.failure = state, cast(BaseException | None, None)
        self._requests: deque[Callable[[WorkT], None]] = deque()
        self._asked, self._published = Condition(), Condition()
        self._stopping, self._has_changed, self._answered = False, True, 0
        self._published_at = -inf

    def stop(self) -> None:
        """Ask for the end, between two pieces of work or two batches of rows."""
        with self._asked:
            self._stopping = True
            self._asked.notify()

    def wait(self, predicate: Callable[[StateT], bool], timeout: float = 10.0) -> StateT:
        """Wait until a state satisfies `predicate`, and return it.

        Raises
        ------
        TimeoutError
            There was none in time, or there will be none because the work has ended.
        """
        deadline = monotonic() + timeout
        with self._published:
            while not predicate(state := self.state):
                left = deadline - monotonic()
                if left <= 0 or state.phase in (Phase.FAILED, Phase.STOPPED):
                    raise TimeoutError(f"no such state: {state.phase} at epoch {state.epoch}: {state.reason}")
                self._published.wait(left)
        return state

    def _ask(self, request: Callable[[WorkT], None]) -> None:
        with self._asked:
            self._requests.append(request)
            self._asked.notify()

    def _sleep(self, seconds: float) -> None:
        """Wait so long, or until somebody asks for something."""
        with self._asked:
            if not self._requests and not self._stopping:
                self._asked.wait(None if seconds == inf else seconds)

    def _obey(self, work: WorkT) -> bool:
        """Fulfil what has been asked for, in order, and show it at once; return whether to go on."""
        while self._requests and not self._stopping:
            self._fulfil(self._requests.popleft(), work)
            self._has_changed = True
            self._answered += 1
        if self._answered > self.state.answered:
            self._publish(work)
        return not self._stopping

    def _fulfil(self, request: Callable[[WorkT], None], work: WorkT) -> None:
        request(work)

    def _publish(self, work: WorkT) -> None:
        """Let everybody see how it stands, if anything has changed."""
        if self._has_changed:
            self._has_changed = False  # before the state is made: what changes meanwhile is for the next one
            state: Any = self._state_of(work, self.state.version + 1)
            self._show(replace(state, answered=self._answered))

    def _state_of(self, work: WorkT, version: int) -> StateT:
        """Return how the work stands, and set what is read beside the state."""
        raise NotImplementedError

    def _end(self, reason: str) -> None:
        """Say that there will be nothing new."""
        phase = Phase.STOPPED if self.failure is None else Phase.FAILED
        self._show(self._with(phase=phase, reason=reason, goal=None, pace=0.0))

    def _with(self, **changes: Any) -> StateT:
        """Return the next version of the state."""
        state: Any = self.state
        return cast(StateT, replace(state, version=state.version + 1, **changes))

    def _show(self, state: StateT) -> None:
        self._published_at = perf_counter()
        with self._published:
            self.state = state
            self._published.notify_all()
