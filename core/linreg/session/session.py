"""A run that trains while anyone reads its newest state and asks something of it, at any time, without waiting.

`SteeredRun` has the requests and the loop that trains and obeys them; `Session` calls it on a thread of its own,
`ForegroundSession` on the one of a command that prints every trace. A run that is recorded is written down on the way,
and answers on a socket of the home.
"""

from collections.abc import Callable, Iterator
from math import inf, nan
from pathlib import Path
from time import perf_counter

import numpy as np

from linreg.files.faults import told
from linreg.history.history import History
from linreg.live.edits import RowEdit
from linreg.live.pacing import default_speed
from linreg.live.reproduction import Retrace
from linreg.live.run import LiveRun
from linreg.live.state import State
from linreg.live.worker import STATES_A_SECOND, Steered, Worker
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.session.observers import Observers
from linreg.session.start import FreshStart, Start, StartedRun, StartOptions
from linreg.store.run import Run
from linreg.trace import Trace
from linreg.training.facts import Facts

TICK = 0.25
"""Seconds between two looks around while the run stands still, where somebody else has to look as well."""
PUT_ASIDE = "put aside"


class SteeredRun(Steered[State, LiveRun]):
    """What a run is to whoever watches it in this process.

    Parameters
    ----------
    recipe
        What is trained.
    speed
        Epochs a second.
    """

    def __init__(self, recipe: Recipe, speed: float) -> None:
        self.recipe = recipe
        self.facts: Facts | None = None
        self.history: History | None = None
        self._why_stopped = PUT_ASIDE
        self._observers: Observers | None = None
        super().__init__(
            State(
                version=0,
                phase=Phase.LOADING,
                epoch=-1,
                last_epoch=recipe.last_epoch,
                parameters=np.empty(0),
                cost=nan,
                learning_rate=nan,
                speed=speed,
            )
        )

    def stop(self, reason: str = PUT_ASIDE) -> None:
        """Ask for the end, between two epochs or two batches of rows; what is kept says why."""
        if not self._stopping:
            self._why_stopped = reason
        super().stop()

    @property
    def caption(self) -> tuple[str, ...]:
        """Nothing: the run is here."""
        return ()

    @property
    def batches(self) -> tuple[int, int] | None:
        """Which mini-batch of the present epoch is at work, from 1, and of how many; None where there are none."""
        return None if self._observers is None else self._observers.live.batches

    @property
    def run(self) -> Run | None:
        """What the store knows of it; None until it has started, and where it is not recorded."""
        return None if self._observers is None else self._observers.run

    @property
    def has_left_record(self) -> bool:
        """Whether its rows were changed, and what it trains since then is not written down."""
        return self._observers is not None and self._observers.has_left_record

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
        """After a divergence: go back to where the parameters cost least, lower the learning rate there, and stand."""
        self._ask(LiveRun.recover)

    def save(self, path: Path, *, replaces: bool = False) -> None:
        """Write the model as it stands, over a file only where it `replaces` one; a notice says how that went."""
        self._ask(lambda run: run.save(path, replaces))

    def edit_rows(self, edit: RowEdit) -> None:
        """Train on changed rows from the next epoch on; of a run that has diverged, from the start."""
        self._ask(lambda run: run.edit_rows(edit))

    def save_rows(self, path: Path, *, replaces: bool = False) -> None:
        """Write the rows as they are, over a file only where it `replaces` one, and have the recipe name that file."""
        self._ask(lambda run: run.save_rows(path, replaces))

    def close(self) -> None:
        """Tell the viewers that this is the end, and answer no more."""
        if self._observers is not None:
            self._observers.close()

    def _train(self, observers: Observers, tick: float = inf) -> Iterator[Trace]:
        """Obey, run a block, publish; wait where there is nothing to do, for `tick` seconds at most."""
        run = observers.live
        observers.serve()
        search = run.trainer.problem.minimum_search
        search.start(lambda found: self._ask(lambda run: run.know_minimum(found)))
        while self._obey(run):
            wait = run.seconds_to_next
            if wait > 0:
                self._publish(run)
                self._sleep(min(wait, TICK if observers.is_behind else tick))
                self._has_changed |= observers.tell()
                if tick < inf:
                    yield run.trainer.nothing
            else:
                if perf_counter() - self._published_at > 1 / STATES_A_SECOND:
                    observers.tell()
                    self._publish(run)  # before a block, not after it: its epochs may be slow, and a key was pressed
                trace = run.work()
                self._has_changed = True
                yield observers.add(trace)
        self._publish(run)

    def _fulfil(self, request: Callable[[LiveRun], None], work: LiveRun) -> None:
        """Keep where the run stands before it is moved, and note what has become of it."""
        if self._observers is not None:
            self._observers.put_aside()
        try:
            request(work)
        except Exception as problem:  # whoever asked for what cannot be done hears of it; the run goes on as it was
            work.say(told(problem), is_error=True)
        if self._observers is not None:
            self._observers.look()

    def _state_of(self, work: LiveRun, version: int) -> State:
        self.facts, self.history = work.facts, work.history
        self.recipe = work.trainer.problem.recipe
        return work.state(version)


class Session(SteeredRun, Worker[State, LiveRun]):
    """Train a recipe on a thread of its own.

    Parameters
    ----------
    recipe
        What to train; the data are read on the thread.
    speed
        Epochs a second; None lets a short run last about ten seconds.
    paused
        Whether to stand at the start once the data are read.
    start
        How to start: from the initial parameters and leaving nothing behind, unless it says otherwise.
    retrace
        The way that the run goes first; then it stands.
    """

    thread_name = "linreg session"

    def __init__(
        self,
        recipe: Recipe,
        *,
        speed: float | None = None,
        paused: bool = False,
        start: Start | None = None,
        retrace: Retrace | None = None,
    ) -> None:
        super().__init__(recipe, default_speed(recipe.last_epoch + 1) if speed is None else speed)
        self._start, self._speed, self._paused = FreshStart() if start is None else start, speed, paused
        self._retrace = retrace

    @property
    def is_going(self) -> bool:
        """Whether epochs go by, or will as soon as the data are read."""
        phase = self.state.phase
        return phase.is_moving or (phase is Phase.LOADING and not self._paused)

    @property
    def n_viewers(self) -> int:
        """How many others watch it."""
        return 0 if self._observers is None else self._observers.n_viewers

    def _work(self) -> None:
        started = self._start.begin(
            self.recipe, self._read, StartOptions(self._speed, not self._paused, retrace=self._retrace)
        )
        self.recipe, self._observers = started.live.trainer.problem.recipe, Observers(started, self)
        for _ in self._train(self._observers):
            pass

    def _leave(self, reason: str) -> None:
        """Write down how the run ended, then show that, and answer no more."""
        if self._observers is not None:
            self._observers.live.trainer.problem.minimum_search.cancel()
            self._observers.finish(reason or self._why_stopped, has_failed=self.failure is not None)
        self._end(reason)
        self.close()


class ForegroundSession(SteeredRun):
    """Train a run that has been started; `traces` trains it, and nothing else does."""

    def __init__(self, started: StartedRun) -> None:
        super().__init__(started.live.trainer.problem.recipe, inf)
        self._watched = Observers(started, self)
        self._observers = self._watched

    def traces(self) -> Iterator[Trace]:
        """Train on the calling thread until the run has come to its end or is stopped, and yield each block.

        Only epochs that are new in the run's present future; an empty block now and then while it stands still.
        Viewers stay connected until `close`: who has asked for the end learns of it once it is written.
        """
        run = self._watched.live
        try:
            for trace in self._train(self._watched, tick=TICK):
                yield trace
                if run.phase.has_ended:
                    return
        finally:
            self._publish(run)
            if not run.phase.has_ended:
                self._end("")

    def notices(self) -> tuple[str, ...]:
        """Return what the user must be told since the last call."""
        return self._watched.notices()
