"""A run on the calling thread, for a command that prints every trace; others may watch and steer it all the same."""

from collections.abc import Iterator
from math import inf

from linreg.session.observers import Observers
from linreg.session.start import StartedRun
from linreg.session.steered_run import TICK, SteeredRun
from linreg.trace import Trace


class ForegroundSession(SteeredRun):
    """Train a run that has been started; `traces` trains it, and nothing else does."""

    def __init__(self, started: StartedRun) -> None:
        super().__init__(started.live.facts.recipe, inf)
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
