"""A run on a worker thread: anyone may read its newest state and ask something of it, at any time, without waiting.

The worker publishes an immutable state by replacing one attribute. Requests wait in a queue and are heard between two
traces. While the run stands still, the worker sleeps until somebody asks for something. A run that is kept is written
down on the way, and answers on a socket of the home.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import inf, nan
from pathlib import Path
from threading import Condition, Thread
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Self

import numpy as np

from linreg.beginning import Anew, Beginning, Begun, Course
from linreg.errors import LinregError
from linreg.facts import Facts
from linreg.history import History
from linreg.keeping import Keeping
from linreg.live_run import LiveRun
from linreg.pacing import default_speed
from linreg.problem import Batch
from linreg.recipe import Recipe
from linreg.run_record import Run
from linreg.safe import shortened
from linreg.state import Phase, State
from linreg.trace import Trace

if TYPE_CHECKING:
    from linreg.table import Source

STATES_A_SECOND = 50
_LOADING_STATES_A_SECOND = 20
TICK = 0.25
"""Seconds between two looks around while the run stands still, where somebody else has to look as well."""
PUT_ASIDE = "put aside"

Request = Callable[[LiveRun], None]


class _NotWantedError(Exception):
    """Nobody wants the data any more."""


class Session:
    """Train a recipe on a thread of its own.

    Parameters
    ----------
    recipe
        What to train; the data are read on the thread.
    speed
        Epochs a second; None lets a short run last about ten seconds.
    paused
        Whether to stand at the start once the data are read.
    beginning
        How to begin: from the start and leaving nothing behind, unless it says otherwise.

    Attributes
    ----------
    failure
        The exception behind a state that is FAILED, for whoever debugs.
    """

    def __init__(
        self,
        recipe: Recipe,
        *,
        speed: float | None = None,
        paused: bool = False,
        beginning: Beginning | None = None,
    ) -> None:
        self.recipe, self._paused = recipe, paused
        self._beginning = Anew() if beginning is None else beginning
        self._speed = default_speed(recipe.epochs + 1) if speed is None else speed
        self.facts: Facts | None = None
        self.history: History | None = None
        self.failure: BaseException | None = None
        self.state = State(
            version=0,
            phase=Phase.LOADING,
            epoch=-1,
            last_epoch=recipe.epochs,
            parameters=np.empty(0),
            cost=nan,
            learning_rate=nan,
            speed=self._speed,
        )
        self._requests: deque[Request] = deque()
        self._asked, self._published = Condition(), Condition()
        self._stopping, self._has_changed, self._answered = False, True, 0
        self._why_stopped = PUT_ASIDE
        self._published_at = -inf
        self._keeping: Keeping | None = None
        self._thread = Thread(target=self._run, name="linreg session", daemon=True)

    @classmethod
    def on_this_thread(cls, begun: Begun) -> Self:
        """Make a session of a run that has been begun; `traces` trains it, and nothing else does."""
        session = cls(begun.live.facts.recipe, speed=inf)
        session._keeping = Keeping(begun, session)
        return session

    def start(self) -> Self:
        """Begin to read the data, then to train."""
        self._thread.start()
        return self

    def stop(self, reason: str = PUT_ASIDE) -> None:
        """Ask the thread to end, between two epochs or two batches of rows; what is kept says why."""
        with self._asked:
            if not self._stopping:
                self._stopping, self._why_stopped = True, reason
            self._asked.notify()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the thread has ended, and tell whether it has."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def caption(self) -> tuple[str, ...]:
        """Nothing: the run is here."""
        return ()

    @property
    def run(self) -> Run | None:
        """What the store knows of it; None until it has begun, and where it is not kept."""
        return None if self._keeping is None else self._keeping.run

    @property
    def n_viewers(self) -> int:
        """How many others watch it."""
        return 0 if self._keeping is None else self._keeping.n_viewers

    @property
    def exit_status(self) -> int:
        """What a command that ends now should exit with: 2 if the input was at fault, 1 if we were, else 0."""
        if self.failure is None:
            return 0
        return 2 if isinstance(self.failure, LinregError) else 1

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.join()

    def wait(self, predicate: Callable[[State], bool], timeout: float = 10.0) -> State:
        """Wait until a state satisfies `predicate`, and return it.

        Raises
        ------
        TimeoutError
            There was none in time, or there will be none because the thread has ended.
        """
        deadline = monotonic() + timeout
        with self._published:
            while not predicate(state := self.state):
                left = deadline - monotonic()
                if left <= 0 or state.phase in (Phase.FAILED, Phase.STOPPED):
                    raise TimeoutError(f"no such state: {state.phase} at epoch {state.epoch}: {state.reason}")
                self._published.wait(left)
        return state

    def play(self) -> None:
        """Run on, at the speed that is set."""
        self._ask(LiveRun.play)

    def pause(self) -> None:
        """Stand still after the epoch that is being computed."""
        self._ask(LiveRun.pause)

    def step(self, n_epochs: int = 1) -> None:
        """Run `n_epochs` epochs, then stand still."""
        self._ask(lambda run: run.step(n_epochs))

    def back(self, n_epochs: int = 1) -> None:
        """Return to `n_epochs` epochs earlier, exactly, and stand still."""
        self._ask(lambda run: run.back(n_epochs))

    def go_to(self, epoch: int) -> None:
        """Go to any epoch, back or ahead; −1 is before the first. What was computed stays to be gone to again."""
        self._ask(lambda run: run.go_to(epoch))

    def set_learning_rate(self, learning_rate: float) -> None:
        """Use this rate from the next epoch on, without a reset. Epochs already computed beyond here are forgotten."""
        self._ask(lambda run: run.set_learning_rate(learning_rate))

    def scale_learning_rate(self, factor: float) -> None:
        """Multiply the rate of the next step, as `set_learning_rate` sets it: two requests at once both count."""
        self._ask(lambda run: run.scale_learning_rate(factor))

    def set_speed(self, speed: float) -> None:
        """Run at most this many epochs a second; infinite: as fast as they come."""
        self._ask(lambda run: run.set_speed(speed))

    def restart(self, *, new_seed: bool = False) -> None:
        """Start again from the same initial parameters, or from random ones that have not been used yet, and stand.

        The learning rate that is set now is the one that it starts with.
        """
        self._ask(lambda run: run.restart(new_seed))

    def recover(self) -> None:
        """After a divergence: go back to where the parameters cost least, halve the learning rate there, and stand."""
        self._ask(LiveRun.recover)

    def save(self, path: Path) -> None:
        """Write the model as it stands; a notice says how that went."""
        self._ask(lambda run: run.save(path))

    def _ask(self, request: Request) -> None:
        with self._asked:
            self._requests.append(request)
            self._asked.notify()

    def _run(self) -> None:
        """Be the thread: begin, train, and end with a state that says how."""
        try:
            self._keeping = Keeping(self._begin(), self)
            for _ in self._train(self._keeping):
                pass
        except _NotWantedError:
            pass
        except BaseException as problem:  # whatever it is, whoever watches must see it, and the process goes on
            self.failure = problem
        reason = "" if self.failure is None else sentence_of(self.failure)
        if self._keeping is not None:
            self._keeping.finish(reason or self._why_stopped, has_failed=self.failure is not None)
        self._end(Phase.STOPPED if self.failure is None else Phase.FAILED, reason)
        self._close()

    def traces(self) -> Iterator[Trace]:
        """Train on the calling thread until the run has come to its end or is stopped, and yield each block.

        Only epochs that are new in the run's present future; an empty block now and then while it stands still.
        """
        assert self._keeping is not None
        run = self._keeping.live
        try:
            for trace in self._train(self._keeping, tick=TICK):
                yield trace
                if run.phase.has_ended:
                    return
        finally:
            self._publish(run)
            if not run.phase.has_ended:
                self._end(Phase.STOPPED, "")
            self._close()

    def _close(self) -> None:
        if self._keeping is not None:
            self._keeping.close()

    def _begin(self) -> Begun:
        course = Course(self._speed, is_playing=not self._paused)
        begun = self._beginning.begin(self.recipe, self._read, course)
        self.recipe = begun.live.facts.recipe
        return begun

    def _read(self, source: "Source") -> Iterator[Batch]:
        """Hand on the rows, and say how far reading has come."""
        for batch in source.batches():
            yield batch
            self._say_how_far(source)
        self._publish_loading("starting the engine")

    def _say_how_far(self, source: "Source") -> None:
        if self._stopping:
            raise _NotWantedError
        if perf_counter() - self._published_at > 1 / _LOADING_STATES_A_SECOND:
            share = source.fraction_read
            self._publish_loading(f"{source.n_read:,} rows" + ("" if share is None else f", {share:.0%}"))

    def _train(self, keeping: Keeping, tick: float = inf) -> Iterator[Trace]:
        """Obey, run a block, publish; wait where there is nothing to do, for `tick` seconds at most."""
        run = keeping.live
        keeping.serve()
        while self._obey(keeping):
            wait = run.seconds_to_next
            if wait > 0:
                self._publish(run)
                self._sleep(min(wait, TICK if keeping.is_behind else tick))
                self._has_changed |= keeping.tell()
                if tick < inf:
                    yield run.trainer.nothing
            else:
                if perf_counter() - self._published_at > 1 / STATES_A_SECOND:
                    keeping.tell()
                    self._publish(run)  # before a block, not after it: its epochs may be slow, and a key was pressed
                trace = run.work()
                self._has_changed = True
                yield keeping.add(trace)
        self._publish(run)

    def _obey(self, keeping: Keeping) -> bool:
        """Fulfil what has been asked for, in order, and show it at once; return whether to go on."""
        if self._requests:
            keeping.put_aside()
        while self._requests and not self._stopping:
            self._requests.popleft()(keeping.live)
            keeping.look()
            self._has_changed = True
            self._answered += 1
        if self._answered > self.state.answered:
            self._publish(keeping.live)
        return not self._stopping

    def _sleep(self, seconds: float) -> None:
        """Wait so long, or until somebody asks for something."""
        with self._asked:
            if not self._requests and not self._stopping:
                self._asked.wait(None if seconds == inf else seconds)

    def _publish(self, run: LiveRun) -> None:
        """Let everybody see how the run stands, if anything has changed."""
        if not self._has_changed:
            return
        self._has_changed = False
        self.facts, self.history = run.facts, run.history
        self._show(replace(run.state(self.state.version + 1), answered=self._answered))

    def _publish_loading(self, reason: str) -> None:
        self._show(replace(self.state, version=self.state.version + 1, reason=reason))

    def _end(self, phase: Phase, reason: str) -> None:
        last = replace(self.state, version=self.state.version + 1, phase=phase, reason=reason, goal=None, pace=0.0)
        self._show(last)

    def _show(self, state: State) -> None:
        self._published_at = perf_counter()
        with self._published:
            self.state = state
            self._published.notify_all()


def sentence_of(problem: BaseException) -> str:
    """Return what to tell the user of an exception: a LinregError's own sentence, or that the fault is ours."""
    if isinstance(problem, LinregError):
        return str(problem)
    if isinstance(problem, MemoryError):
        return "there is not enough memory for this: use fewer rows or columns."
    what = shortened(f"{type(problem).__name__}: {problem}", 120)
    return f"internal error: {what}; run again with LINREG_DEBUG=1 and report what it shows."
