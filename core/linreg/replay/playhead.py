"""Where a recording stands: at one of the epochs that are kept, or before the first; playing, by a clock."""

from collections.abc import Callable
from math import isinf

import numpy as np
from numpy.typing import NDArray

FLAT_OUT_SECONDS, FLAT_OUT_LEAST = 2.0, 10_000.0
"""Flat out, a recording lasts so long; a short one goes by at so many epochs a second."""
_ROUNDING = 1e-6


class Playhead:
    """Moves over epochs ``(n,)``, in order and one at least.

    Between two of them it stays on the first until the time of the second has come.

    Parameters
    ----------
    speed
        Epochs a second; infinite: all of them in a moment.

    Attributes
    ----------
    place
        The number of the epoch where it stands; −1 before the first.
    """

    def __init__(self, epochs: NDArray[np.int64], speed: float, clock: Callable[[], float]) -> None:
        self.place, self.is_playing = -1, False
        self._epochs, self._speed, self._clock = epochs, speed, clock
        self._start, self._started = -1.0, 0.0
        """The epoch from which it plays, with a fraction, and since when."""

    @property
    def epoch(self) -> int:
        """The epoch where it stands; −1 before the first."""
        return int(self._epochs[self.place]) if self.place >= 0 else -1

    @property
    def is_at_end(self) -> bool:
        """Whether it stands at the last."""
        return self.place == len(self._epochs) - 1

    @property
    def speed(self) -> float:
        """Epochs a second, as they were asked for."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if self.is_playing:
            self._start, self._started = self._now(), self._clock()
        self._speed = speed

    @property
    def pace(self) -> float:
        """Epochs a second."""
        if not isinf(self._speed):
            return self._speed
        return max((int(self._epochs[-1]) + 1) / FLAT_OUT_SECONDS, FLAT_OUT_LEAST)

    def play(self) -> None:
        """Play on from here: the next epoch's time has come at once."""
        if not self.is_playing:
            self._start, self._started, self.is_playing = float(self.epoch + 1), self._clock(), True

    def stand(self, place: int) -> None:
        """Stand still at a place, or at the nearest that there is."""
        self.place, self.is_playing = min(max(place, -1), len(self._epochs) - 1), False

    def seek(self, epoch: int) -> None:
        """Stand still at an epoch, or at the nearest before it."""
        self.stand(self._place_of(epoch))

    def move(self) -> bool:
        """Go where the clock says, and tell whether that is elsewhere; at the end it stands."""
        if not self.is_playing:
            return False
        epoch = int(min(self._now() + _ROUNDING, float(self._epochs[-1])))
        place, self.place = self.place, self._place_of(epoch)
        self.is_playing = not self.is_at_end
        return self.place != place

    def gap_behind(self) -> int:
        """Return how many epochs lie from where it stands to the next that is kept."""
        return int(self._epochs[self.place + 1]) - self.epoch

    def _now(self) -> float:
        return self._start + (self._clock() - self._started) * self.pace

    def _place_of(self, epoch: int) -> int:
        return int(np.searchsorted(self._epochs, epoch, "right")) - 1
