"""A run on a worker thread: anyone may read its newest state and ask something of it, at any time, without waiting.

A run that is kept is written down on the way, and answers on a socket of the home.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import inf, nan
from pathlib import Path
from time import perf_counter
from typing import Self

import numpy as np

from linreg.history.history import History
from linreg.live.pacing import default_speed
from linreg.live.run import LiveRun
from linreg.live.state import State
from linreg.live.worker import STATES_A_SECOND, Worker
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.session.observers import Keeping
from linreg.session.start import Anew, Beginning, Begun, Course
from linreg.store.run import Run
from linreg.trace import Trace
from linreg.training.facts import Facts

TICK = 0.25
"""Seconds between two looks around while the run stands still, where somebody else has to look as well."""
PUT_ASIDE = "put aside"


class Session(Worker[State, LiveRun]):
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
        self._why_stopped = PUT_ASIDE
        self._keeping: Keeping | None = None
        state = State(
            version=0,
            phase=Phase.LOADING,
            epoch=-1,
            last_epoch=recipe.epochs,
            parameters=np.empty(0),
            cost=nan,
            learning_rate=nan,
            speed=self._speed,
        )
        super().__init__(state, "session")

    @classmethod
    def on_this_thread(cls, begun: Begun) -> Self:
        """Make a session of a run that has been begun; `traces` trains it, and nothing else does."""
        session = cls(begun.live.facts.recipe, speed=inf)
        session._keeping = Keeping(begun, session)
        return session

    def stop(self, reason: str = PUT_ASIDE) -> None:
        """Ask the thread to end, between two epochs or two batches of rows; what is kept says why."""
        if not self._stopping:
            self._why_stopped = reason
        super().stop()

    @property
    def caption(self) -> tuple[str, ...]:
        """Nothing: the run is here."""
        return ()

    @property
    def run(self) -> Run | None:
        """What the store knows of it; None until it has begun, and where it is not kept."""
        return None if self._keeping is None else self._keeping.run

    @property
    def is_going(self) -> bool:
        """Whether epochs go by, or will as soon as the data are read."""
        phase = self.state.phase
        return phase.is_moving or (phase is Phase.LOADING and not self._paused)

    @property
    def n_viewers(self) -> int:
        """How many others watch it."""
        return 0 if self._keeping is None else self._keeping.n_viewers

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

    def _work(self) -> None:
        course = Course(self._speed, is_playing=not self._paused)
        begun = self._beginning.begin(self.recipe, self._read, course)
        self.recipe, self._keeping = begun.live.facts.recipe, Keeping(begun, self)
        for _ in self._train(self._keeping):
            pass

    def _leave(self, reason: str) -> None:
        """Write down how the run ended, then show that, and answer no more."""
        if self._keeping is not None:
            self._keeping.finish(reason or self._why_stopped, has_failed=self.failure is not None)
        self._end(reason)
        self.close()

    def traces(self) -> Iterator[Trace]:
        """Train on the calling thread until the run has come to its end or is stopped, and yield each block.

        Only epochs that are new in the run's present future; an empty block now and then while it stands still.
        Viewers stay connected until `close`: who has asked for the end learns of it once it is written.
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
                self._end("")

    def notices(self) -> tuple[str, ...]:
        """Return what the user must be told since the last call; for who reads `traces`."""
        return () if self._keeping is None else self._keeping.notices()

    def close(self) -> None:
        """Tell the viewers that this is the end, and answer no more; for `traces`, since a thread does it itself."""
        if self._keeping is not None:
            self._keeping.close()

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

    def _publish(self, run: LiveRun) -> None:
        """Let everybody see how the run stands, if anything has changed."""
        if not self._has_changed:
            return
        self._has_changed = False
        self.facts, self.history = run.facts, run.history
        self._show(replace(run.state(self.state.version + 1), answered=self._answered))
