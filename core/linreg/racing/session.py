"""A race on a worker thread, as `linreg.session` has one run on one: read and asked at any time, never waited for.

The worker publishes an immutable state by replacing one attribute; requests wait in a queue and are heard between the
turns of two racers.
"""

from collections.abc import Sequence
from time import perf_counter

from linreg.data.sample import Sampled
from linreg.history.history import History
from linreg.live.pacing import default_speed
from linreg.live.worker import STATES_A_SECOND, NotWantedError, Worker
from linreg.phase import Phase
from linreg.racing.entries import Entry
from linreg.racing.live import LiveRace
from linreg.racing.race import pose_race
from linreg.racing.state import RaceState
from linreg.training.facts import Facts

_MOST_TELLING = 0.1
"""The share of the time that may go into telling how many racers stand."""


class RaceSession(Worker[RaceState, LiveRace]):
    """Race entries on a thread of its own.

    Parameters
    ----------
    entries
        At least one, as `linreg.racing.entries.entries` makes them; the data are read on the thread.
    speed
        Epochs a second of every racer; None lets a short race last about ten seconds.
    paused
        Whether to stand at the start once the data are read.
    """

    thread_name = "linreg race"

    def __init__(self, entries: Sequence[Entry], *, speed: float | None = None, paused: bool = False) -> None:
        self.entries, self._paused = tuple(entry.settled() for entry in entries), paused
        last_epoch = self.entries[0].recipe.last_epoch
        self.facts: tuple[Facts, ...] = ()
        self.histories: tuple[History, ...] = ()
        self._rest = 0.0
        pace = default_speed(last_epoch + 1) if speed is None else speed
        state = RaceState(version=0, phase=Phase.LOADING, epoch=-1, last_epoch=last_epoch, speed=pace)
        super().__init__(state)

    def play(self) -> None:
        """Run on, at the speed that is set."""
        self._ask(LiveRace.play)

    def pause(self) -> None:
        """Stand still, all at the same epoch; where their block of epochs takes long, some may be that behind."""
        self._ask(LiveRace.pause)

    def step(self, n_epochs: int = 1) -> None:
        """Run `n_epochs` epochs of every racer, then stand still."""
        self._ask(lambda race: race.step(n_epochs))

    def set_speed(self, speed: float) -> None:
        """Let every racer run at most this many epochs a second; infinite: as fast as they come."""
        self._ask(lambda race: race.set_speed(speed))

    def restart(self) -> None:
        """Start everyone again from the same initial parameters, and stand."""
        self._ask(LiveRace.restart)

    def _work(self) -> None:
        sampled = Sampled(self._read)
        race = pose_race(self.entries, sampled)
        if self._stopping:
            raise NotWantedError
        self._race(LiveRace(race, sampled.sample, self.state.speed, is_playing=not self._paused))

    def _race(self, race: LiveRace) -> None:
        """Obey, let one racer run, publish; wait where there is nothing to do."""
        while self._obey(race):
            wait = race.seconds_to_next
            if wait > 0:
                self._publish_at_leisure(race)
                self._sleep(min(wait, self._rest) if self._has_changed else wait)
            else:
                if race.is_level:
                    self._publish_at_leisure(race)
                race.work()
                self._has_changed = True
                if not race.phase.is_moving:
                    self._publish(race)
        self._publish(race)

    def _publish_at_leisure(self, race: LiveRace) -> None:
        """Let everybody see how the race stands, but not so often that telling it holds it up."""
        if perf_counter() - self._published_at > self._rest:
            self._publish(race)

    def _publish(self, work: LiveRace) -> None:
        """Let everybody see how the race stands, and rest the longer the longer that has taken."""
        if self._has_changed:
            started = perf_counter()
            super()._publish(work)
            self._rest = max(1 / STATES_A_SECOND, (perf_counter() - started) / _MOST_TELLING)

    def _state_of(self, work: LiveRace, version: int) -> RaceState:
        self.facts, self.histories = work.facts, work.histories
        return work.state(version)
