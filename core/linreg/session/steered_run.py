"""A run that is steered: the requests of `linreg.live.control.Control`, and the loop that trains and obeys them.

A run that is recorded is written down on the way, and answers on a socket of the home. Who calls the loop is left open:
a thread of its own (`linreg.session.session`), or the plain command (`linreg.session.foreground`).
"""

from collections.abc import Callable, Iterator
from math import inf, nan
from pathlib import Path
from time import perf_counter

import numpy as np

from linreg.history.history import History
from linreg.live.run import LiveRun
from linreg.live.state import State
from linreg.live.steering import STATES_A_SECOND, Steered
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.session.observers import Observers
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
                last_epoch=recipe.epochs,
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
    def run(self) -> Run | None:
        """What the store knows of it; None until it has started, and where it is not recorded."""
        return None if self._observers is None else self._observers.run

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

    def close(self) -> None:
        """Tell the viewers that this is the end, and answer no more."""
        if self._observers is not None:
            self._observers.close()

    def _train(self, observers: Observers, tick: float = inf) -> Iterator[Trace]:
        """Obey, run a block, publish; wait where there is nothing to do, for `tick` seconds at most."""
        run = observers.live
        observers.serve()
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
        if self._observers is None:
            request(work)
            return
        self._observers.put_aside()
        request(work)
        self._observers.look()

    def _state_of(self, work: LiveRun, version: int) -> State:
        self.facts, self.history = work.facts, work.history
        return work.state(version)
