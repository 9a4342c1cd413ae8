"""What is foretold of a run: no more often than a screen has time for."""

from collections.abc import Callable
from time import monotonic

from linreg_tui.monitor.view import View

PREDICT_EVERY = 1.0
"""Seconds between two predictions while epochs go by: each may look through thousands of epochs."""


class Forecast:
    """The epoch by which something will have come about.

    `n_epochs` counts, from a moment, how many more epochs that takes: None where it never comes, or nobody knows.
    """

    def __init__(self, n_epochs: Callable[[View], int | None]) -> None:
        self._n_epochs = n_epochs
        self._by: int | None = None
        self._foretold = -PREDICT_EVERY

    def by(self, view: View) -> int | None:
        """Return the epoch; while a run moves it may be that of a second ago."""
        now = monotonic()
        if not view.state.phase.is_moving or now - self._foretold >= PREDICT_EVERY:
            self._foretold, n_epochs = now, self._n_epochs(view)
            self._by = None if n_epochs is None else view.state.epoch + 1 + n_epochs
        return self._by
