"""A race that can be paused, stepped and started again while it goes: all that its session does, but for the thread.

All racers run the same epochs in turn, a block of them each, so that their curves grow together; flat out as well, for
whatever the order, all epochs of all of them have to be run. One that has ended waits for nobody. One thread owns it.
"""

from collections import deque
from math import inf
from time import perf_counter

from linreg.data.sample import Sample
from linreg.history.history import History
from linreg.live.pacing import Pacing
from linreg.phase import Phase
from linreg.racing.positions import positions
from linreg.racing.race import Race, Racer
from linreg.racing.state import RaceState
from linreg.training.block_length import WATCHED
from linreg.training.facts import Facts, facts_of


class LiveRace:
    """Racers on their way, or standing still.

    Parameters
    ----------
    race
        At its start.
    sample
        Rows to draw.
    speed
        Epochs a second of every racer; infinite: as fast as they come.
    is_playing
        Whether it runs at once.
    """

    def __init__(self, race: Race, sample: Sample, speed: float, is_playing: bool) -> None:
        self.race = race
        self.facts: tuple[Facts, ...] = tuple(facts_of(each.trainer, sample.X, sample.y) for each in race.racers)
        self._starts = [racer.trainer.snapshot() for racer in race.racers]
        self._pacing = Pacing(speed, max(len(racer.trainer.parameters) for racer in race.racers))
        self._begin()
        if is_playing:
            self.play()

    def _begin(self) -> None:
        self.phase, self.epoch, self._goal = Phase.PAUSED, -1, -1
        self._waiting: deque[Racer] = deque()
        """Who has not had a turn yet, in the block up to `_end`, which has taken `_taken` seconds so far."""
        self._end, self._taken = -1, 0.0
        self._pacing.start(-1)

    @property
    def histories(self) -> tuple[History, ...]:
        """The epochs of each racer."""
        return tuple(racer.history for racer in self.race.racers)

    @property
    def has_ended(self) -> bool:
        """Whether nobody has an epoch left to run."""
        return all(racer.has_ended for racer in self.race.racers)

    def play(self) -> None:
        """Run on from here."""
        if not self.has_ended and self.phase is not Phase.RUNNING:
            self.phase = Phase.RUNNING
            self._pacing.start(self.epoch)

    def pause(self) -> None:
        """Stand still: at once, or where that does not take long, once all have run the same epochs."""
        if self.phase.is_moving:
            while self._waiting and self._pacing.seconds_an_epoch * (self._end - self.epoch) < 2 * WATCHED.seconds:
                self._take_turn()
            self._stand()

    def step(self, n_epochs: int = 1) -> None:
        """Go ahead by some epochs, counted from the goal where one is sought."""
        start = self._goal if self.phase is Phase.SEEKING else max(self.epoch, self._end if self._waiting else -1)
        goal = min(start + n_epochs, self._last_epoch)
        if self.has_ended or goal <= self.epoch:
            self._stand()
            return
        self._goal, self.phase = goal, Phase.SEEKING
        self._pacing.start(self.epoch)

    def set_speed(self, speed: float) -> None:
        """Let every racer run at most so many epochs a second; anything but a number above 0 is not heard."""
        if speed > 0:
            self._pacing.speed = speed
            self._pacing.start(self.epoch)

    def restart(self) -> None:
        """Bring everyone to the start again, and stand."""
        for racer, start in zip(self.race.racers, self._starts, strict=True):
            racer.trainer.restore(start, seconds=0.0)
        self.race = Race([Racer(racer.entry, racer.trainer) for racer in self.race.racers])
        self._begin()

    @property
    def is_level(self) -> bool:
        """Whether all have run the same epochs; or are so long about it that whoever watches should see who has."""
        return not self._waiting or self._taken > WATCHED.seconds

    @property
    def seconds_to_next(self) -> float:
        """How long to wait until `work` has something to do; infinite while the race stands still."""
        if not self.phase.is_moving:
            return inf
        return self._pacing.seconds_to_next() if self.phase is Phase.RUNNING and not self._waiting else 0.0

    def work(self) -> None:
        """Let one racer run the epochs that are due; the next one is to run the same."""
        if not self._waiting:
            self._wait_in_line()
        self._take_turn()
        if not self._waiting and (self.has_ended or (self.phase is Phase.SEEKING and self.epoch >= self._goal)):
            self._stand()

    def _wait_in_line(self) -> None:
        """Choose the epochs that everyone runs next."""
        if self.phase is Phase.RUNNING:
            n_epochs = self._pacing.due(self.epoch)
        else:
            n_epochs = min(self._pacing.block, self._goal - self.epoch)
        self._end, self._taken = self.epoch + n_epochs, 0.0
        self._waiting.extend(racer for racer in self.race.racers if not racer.has_ended)

    def _take_turn(self) -> None:
        racer, started = self._waiting.popleft(), perf_counter()
        racer.advance(self._end - racer.trainer.epoch)
        self._taken += perf_counter() - started
        if not self._waiting:
            n_epochs, self.epoch = self._end - self.epoch, self._end
            self._pacing.ran(n_epochs, self._taken, self.epoch)

    def _stand(self) -> None:
        self.phase = self._ended if self.has_ended else Phase.PAUSED

    @property
    def _ended(self) -> Phase:
        """What all have come to: one that diverged is no matter as long as another did not."""
        statuses = {racer.trainer.status for racer in self.race.racers}
        return Phase.DIVERGED if statuses == {Phase.DIVERGED} else Phase.FINISHED

    @property
    def _last_epoch(self) -> int:
        return max(racer.trainer.last_epoch for racer in self.race.racers)

    def state(self, version: int) -> RaceState:
        """Return how the race stands; nothing in it is changed later."""
        is_moving = self.phase.is_moving
        return RaceState(
            version=version,
            phase=self.phase,
            epoch=max(racer.trainer.epoch for racer in self.race.racers),
            last_epoch=self._last_epoch,
            goal=self._goal if self.phase is Phase.SEEKING else None,
            speed=self._pacing.speed,
            pace=self._pacing.pace if is_moving else 0.0,
            seconds=sum(racer.trainer.seconds for racer in self.race.racers),
            ranking=positions(self.race),
            yardstick=self.race.yardstick,
        )
