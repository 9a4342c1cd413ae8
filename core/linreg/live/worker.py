"""What is steered while it works, and a thread that does so: what a session and a race have in common.

The state is immutable and published by replacing one attribute, so that anybody reads the newest at any time and never
waits. Requests wait in a queue and are heard between two pieces of work; while there is nothing to do, whoever works
sleeps until somebody asks for something.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import inf
from threading import Condition, Thread
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, Self, TypeVar, cast

from linreg.arrays import Batch
from linreg.errors import LinregError
from linreg.files.faults import shortage, told
from linreg.phase import Phase

if TYPE_CHECKING:
    from linreg.data.table import Source

STATES_A_SECOND = 50
_LOADING_STATES_A_SECOND = 20


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


class NotWantedError(Exception):
    """Nobody wants the data any more."""


class Worker(Steered[StateT, WorkT]):
    """A thread with a state, and with requests to what it is at work on."""

    thread_name: ClassVar[str]

    def __init__(self, state: StateT) -> None:
        super().__init__(state)
        self._thread = Thread(target=self._run, name=self.thread_name, daemon=True)

    def _work(self) -> None:
        """Be the thread: read the data, and work until `stop`."""
        raise NotImplementedError

    def _leave(self, reason: str) -> None:
        """Do what is to be done at the end, for which `reason` is the sentence where it is a failure."""
        self._end(reason)

    def start(self) -> Self:
        """Begin to read the data, then to work."""
        self._thread.start()
        return self

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the thread has ended, and tell whether it has."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def exit_status(self) -> int:
        """What a command that ends now should exit with: 2 if the input was at fault, 70 if we were, else 0."""
        if self.failure is None:
            return 0
        return 2 if isinstance(self.failure, LinregError) or shortage(self.failure) else 70

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.join()

    def _run(self) -> None:
        try:
            self._work()
        except NotWantedError:
            pass
        except BaseException as problem:  # whatever it is, whoever watches must see it, and the process goes on
            self.failure = problem
        self._leave("" if self.failure is None else told(self.failure))

    def _read(self, source: "Source") -> Iterator[Batch]:
        """Hand on the rows, and say how far reading has come."""
        for batch in source.batches():
            yield batch
            if self._stopping:
                raise NotWantedError
            if perf_counter() - self._published_at > 1 / _LOADING_STATES_A_SECOND:
                share = source.fraction_read
                self._publish_loading(f"{source.n_read:,} rows" + ("" if share is None else f", {share:.0%}"))
        self._publish_loading("starting the engine")

    def _publish_loading(self, reason: str) -> None:
        self._show(self._with(reason=reason))
