"""When the next epochs of a run that is watched are due, and how many of them at once."""

from collections import deque
from collections.abc import Callable
from math import floor, isinf
from time import perf_counter

from linreg.recipe import about_a_tenth
from linreg.training.block_length import WATCHED, BlockLength

_TICK = 0.03
"""Slower than this, and faster, epochs look even."""
_MOST_BEHIND = 0.25
_ROUNDING = 1e-6
_WINDOW = 1.0


def default_speed(n_epochs: int) -> float:
    """Return a speed, 1, 2 or 5 times a power of ten, at which so many epochs last about ten seconds."""
    return float(about_a_tenth(n_epochs))


class Pacing:
    """Epochs a second: those that are wanted, and those that there are.

    Parameters
    ----------
    speed
        Epochs a second that are wanted; infinite: as many as there can be.
    n_parameters
        Numbers of each epoch.
    """

    def __init__(self, speed: float, n_parameters: int, clock: Callable[[], float] = perf_counter) -> None:
        self.speed, self._clock = speed, clock
        self._block, self.seconds_an_epoch = BlockLength(WATCHED, n_parameters), 0.0
        self._samples: deque[tuple[float, int]] = deque()
        self.start(-1)

    def start(self, epoch: int) -> None:
        """Begin to count from here: the next epoch is due at once."""
        self._anchor = self._next = self._clock()
        self._first_epoch = epoch
        self._samples.clear()
        if isinf(self.speed):  # else the first epoch, which is due at once, would make a pace above the speed
            self._samples.append((self._anchor, epoch))

    def seconds_to_next(self) -> float:
        """Return how long to wait until epochs are due."""
        return 0.0 if isinf(self.speed) else max(0.0, self._next - self._clock())

    def due(self, epoch: int) -> int:
        """Return how many epochs to run now, after `epoch`; call it when there is nothing to wait for."""
        if isinf(self.speed):
            return self.block
        now = self._clock()
        n_due = 1 + floor((now - self._anchor) * self.speed + _ROUNDING) - (epoch - self._first_epoch)
        if n_due > self.block and n_due > _MOST_BEHIND * self.speed:  # the engine is slower: what is late stays late
            self._anchor, self._first_epoch = now, epoch
        n_epochs = max(1, min(n_due, self.block))
        n_each = max(1, round(_TICK * self.speed))
        self._next = self._anchor + (epoch - self._first_epoch + n_epochs + n_each - 1) / self.speed
        return n_epochs

    @property
    def block(self) -> int:
        """How many epochs can run before the next key is heard."""
        return self._block.n_epochs

    def ran(self, n_epochs: int, seconds: float, epoch: int) -> None:
        """Learn from a block that has run, up to `epoch`."""
        if n_epochs:
            self.seconds_an_epoch = seconds / n_epochs
        self._block.ran(n_epochs, seconds)
        now = self._clock()
        self._samples.append((now, epoch))
        while len(self._samples) > 2 and self._samples[1][0] < now - _WINDOW:
            self._samples.popleft()

    @property
    def pace(self) -> float:
        """Epochs a second over the last second or so; 0 where none have run."""
        if not self._samples:
            return 0.0
        (start, first), (end, last) = self._samples[0], self._samples[-1]
        return max(0.0, (last - first) / (end - start)) if end > start else 0.0
