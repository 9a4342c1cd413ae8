"""When a cost was first at most so much, exactly, however many epochs there were and whenever the question comes.

Only an epoch that is lower than all before it can be the first below anything. Of those, one that is still far above
whatever may be asked for is forgotten, so that a long way down takes no memory.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Vector


@dataclass(frozen=True, slots=True)
class Reached:
    """Epochs, and seconds of training, that it took to come so far."""

    epochs: int
    seconds: float


class Descent:
    """The epochs at which a value was lower than ever before, as far as they still matter.

    Attributes
    ----------
    lowest
        The least value so far; infinite before the first.
    """

    def __init__(self) -> None:
        self.lowest = np.inf
        self._epochs: NDArray[np.int64] = np.empty(0, np.int64)
        self._values, self._seconds = np.empty((2, 0))

    def add(self, first_epoch: int, values: Vector, seconds: Vector, ceiling: float) -> None:
        """Add the epochs that follow, and forget all above `ceiling`: nothing higher will ever be asked for.

        Parameters
        ----------
        values, seconds
            ``(n_epochs,)``, the value that each epoch started from, and the seconds of training by then.
        """
        lows = np.fmin.accumulate(np.concatenate([[self.lowest], values]))
        lower = np.flatnonzero((values < lows[:-1]) & (values <= ceiling))
        self.lowest = float(lows[-1])
        kept = self._values <= ceiling
        self._epochs = np.concatenate([self._epochs[kept], first_epoch + lower])
        self._values = np.concatenate([self._values[kept], values[lower]])
        self._seconds = np.concatenate([self._seconds[kept], seconds[lower]])

    def first(self, goal: float) -> Reached | None:
        """Return the first epoch whose value is at most `goal`, which is no higher than the last ceiling."""
        place = int(np.searchsorted(-self._values, -goal))  # the values only fall
        if place == len(self._values):
            return None
        return Reached(int(self._epochs[place]), float(self._seconds[place]))
