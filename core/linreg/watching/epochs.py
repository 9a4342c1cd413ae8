"""The epochs of a script: where its own count of them is, how many steps each has, and which step will be the last.

The count is a variable of the script's, and looking for it after every step would be a good part of what a short step
costs. So where each pass of its loop has been one step for long enough it is looked at only now and then, and counted
between; as soon as that is found not to hold, after every step again.
"""

import sys
from types import FrameType

from linreg.watching.places import Counter

ENOUGH_PASSES = 100
"""After so many passes of a loop that were one step each, the next ones are taken to be, until the next look."""


class Epochs:
    """Where a script's count is.

    Attributes
    ----------
    counter
        The loop that counts; None where it is not known.
    now
        The script's own number of the epoch; None where that is not certain.
    began, steps_each
        The step that the present epoch began with, and how many each has had, where that was as many in all; else 0. Of
        a loop over steps, 0.
    wants_each_step
        Whether `look` is to be called at every step.
    """

    def __init__(self) -> None:
        self.counter: Counter | None = None
        self.now: int | None = None
        self.began = self.steps_each = 0
        self.wants_each_step = False
        self._n_measured = -1
        self._looked_at, self._n_regular = 0, 0

    def follow(self, counter: Counter | None) -> None:
        """Read the count from this loop from now on."""
        self.counter, self._n_regular = counter, 0
        self.wants_each_step = counter is not None

    def look(self, n_steps: int, frame: FrameType | None = None) -> None:
        """Read the count at the step that follows so many, in a frame within the script's loop; ours, by default."""
        counter = self.counter
        if counter is None:
            return
        value = counter.read(sys._getframe(1) if frame is None else frame)
        if value is None:
            self._n_regular, self.wants_each_step = 0, True
            return
        if counter.is_innermost:
            self._note_pass(counter.values, value, n_steps)
        elif value != self.now:
            self._begin(counter.values, value, n_steps)
        self.now, self._looked_at = value, n_steps

    def _note_pass(self, values: range, value: int, n_steps: int) -> None:
        """See whether each pass since the last look has been one step."""
        n_since, before = n_steps - self._looked_at, self.now
        is_regular = before is not None and before in values and value == before + n_since * values.step
        self._n_regular = self._n_regular + n_since if is_regular else 0
        self.wants_each_step = self._n_regular < ENOUGH_PASSES

    def catch_up(self, n_steps: int) -> None:
        """Count up to the last of so many steps, where the loop may be over and its variable gone."""
        counter = self.counter
        if counter is not None and self.now is not None and not self.wants_each_step:
            value = self.now + max(0, n_steps - 1 - self._looked_at) * counter.values.step
            if value in counter.values:
                self.now, self._looked_at = value, n_steps - 1

    def _begin(self, values: range, value: int, n_steps: int) -> None:
        """Count the steps of the epoch that has ended, if it was seen from its beginning."""
        n_had, before = n_steps - self.began, self.now
        if before is not None and self._n_measured >= 0:
            is_as_before = n_had == self.steps_each or not self._n_measured
            self.steps_each = n_had if is_as_before and value == before + values.step else 0
            self._n_measured += 1
        else:  # of the first that is seen, only where that is the script's first
            self._n_measured = 0 if before is not None or value == values[0] else -1
        self.began = n_steps

    @property
    def last_step(self) -> int:
        """The number of the script's last step, from 0; −1 if unknown.

        It is known where each pass of its loop is one, or where all epochs so far have been of as many steps.
        """
        counter, now = self.counter, self.now
        if counter is None or now is None:
            return -1
        n_to_come = len(counter.values) - 1 - counter.values.index(now)
        if counter.is_innermost:
            return self._looked_at + n_to_come
        return self.began + self.steps_each * (n_to_come + 1) - 1 if self.steps_each else -1
