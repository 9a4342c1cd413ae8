"""How far the parameters are from least squares in standard errors, and when more epochs no longer matter, in words."""

from math import isfinite
from time import monotonic

from linreg.phase import Phase
from linreg.statistics.distance import MATTERS
from linreg_tui.monitor.status import PREDICT_EVERY
from linreg_tui.monitor.view import View
from linreg_tui.text.numbers import count, metric, significant


class ErrorsNote:
    """The note of one panel; while epochs go by it foretells no more often than the status does."""

    def __init__(self) -> None:
        self._until: int | None = None
        self._foretold = -PREDICT_EVERY

    def wordings(self, view: View) -> tuple[str, ...]:
        """Say it, from the longest wording to the shortest; nothing where it would be untrue."""
        away, phase = view.errors_away, view.state.phase
        if away is None or not isfinite(away) or phase in (Phase.DIVERGED, Phase.FAILED):
            return ()
        off = f"{_written(away)} standard errors"
        if away <= MATTERS:
            told = f"{off} off: more epochs change nothing"
            brief = told.replace("standard", "std.")
            return f"{told} that the data can tell", told, brief, f"{off} off"
        now = monotonic()
        if not view.state.phase.is_moving or now - self._foretold >= PREDICT_EVERY:
            self._foretold, n_epochs = now, view.epochs_that_matter
            self._until = None if n_epochs is None else view.state.epoch + 1 + n_epochs
        if self._until is None:
            return (f"{off} to go",)
        until = count(self._until) if self._until < 1e8 else metric(self._until)
        return f"{off} to go: epochs matter until {until}", f"{off} to go"


def _written(away: float) -> str:
    """Write two digits of a small distance, three of a larger one, and no exponent where the number is readable."""
    if away < 1:
        return significant(away, 2)
    return count(round(away)) if 100 <= away < 1e6 else significant(away, 3)
