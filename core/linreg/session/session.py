"""A run on a worker thread: anyone may read its newest state and ask something of it, at any time, without waiting."""

from linreg.live.pacing import default_speed
from linreg.live.run import LiveRun
from linreg.live.state import State
from linreg.live.worker import Worker
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.session.observers import Observers
from linreg.session.start import FreshStart, Start, StartOptions
from linreg.session.steered_run import SteeredRun


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
    """

    thread_name = "linreg session"

    def __init__(
        self, recipe: Recipe, *, speed: float | None = None, paused: bool = False, start: Start | None = None
    ) -> None:
        super().__init__(recipe, default_speed(recipe.epochs + 1) if speed is None else speed)
        self._start, self._paused = FreshStart() if start is None else start, paused

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
        started = self._start.begin(self.recipe, self._read, StartOptions(self.state.speed, not self._paused))
        self.recipe, self._observers = started.live.facts.recipe, Observers(started, self)
        for _ in self._train(self._observers):
            pass

    def _leave(self, reason: str) -> None:
        """Write down how the run ended, then show that, and answer no more."""
        if self._observers is not None:
            self._observers.finish(reason or self._why_stopped, has_failed=self.failure is not None)
        self._end(reason)
        self.close()
