"""When a run ends: the lecture's three stopping conditions, and divergence.

A fixed number of epochs; the step |w(t+1) − w(t)|, largest over w and b as trained, is below a tolerance; the cost
moves by less than a tolerance from one epoch to the next; every parameter is within some part of its standard error of
least squares. A cost or parameter that is not finite ends any run.
"""

from dataclasses import dataclass

import numpy as np

from linreg.arrays import Vector
from linreg.phase import Phase
from linreg.statistics.distance import ErrorScale
from linreg.trace import Trace


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a block ends early: how many of its rows count, and what the run is then."""

    n_epochs: int
    status: Phase
    reason: str


@dataclass(frozen=True, slots=True)
class StopRules:
    """The tolerances; None is off. The number of epochs is the trainer's own count.

    `scale` is what `until_standard_errors` is measured by.
    """

    until_step: float | None = None
    until_cost: float | None = None
    until_standard_errors: float | None = None
    scale: ErrorScale | None = None

    @property
    def are_on(self) -> bool:
        """Whether there is a tolerance at all."""
        tolerances = (self.until_step, self.until_cost, self.until_standard_errors)
        return any(tolerance is not None for tolerance in tolerances)

    def first_stop(self, trace: Trace, before: Vector, cost_before: float | None) -> Stop | None:
        """Find the first row of `trace` that ends the run.

        Parameters
        ----------
        trace
            The block to look through.
        before
            ``(n_parameters,)``, the parameters that its first epoch started from.
        cost_before
            The cost that the epoch before it started from; None at epoch 0.
        """
        finite = np.isfinite(trace.cost) & np.isfinite(trace.parameters).all(axis=1)
        n_finite = len(trace) if finite.all() else int(finite.argmin())
        rows = trace.head(n_finite)
        stop = self._first_convergence(rows, before, cost_before)
        if stop is None and n_finite < len(trace):
            reason = f"the cost or a parameter was no longer a finite number at epoch {trace.first_epoch + n_finite:,}"
            return Stop(n_finite, Phase.DIVERGED, reason)
        return stop

    def _first_convergence(self, rows: Trace, before: Vector, cost_before: float | None) -> Stop | None:
        held: list[tuple[int, str]] = []
        if self.until_step is not None and len(rows):
            steps = np.abs(np.diff(rows.parameters, axis=0, prepend=before[np.newaxis])).max(axis=1)
            held += _first(steps < self.until_step, f"the largest step was below {self.until_step:g}")
        if self.until_cost is not None and len(rows):
            moves = np.abs(np.diff(rows.cost, prepend=np.nan if cost_before is None else cost_before))
            held += _first(moves < self.until_cost, f"the cost moved by less than {self.until_cost:g}")
        if self.until_standard_errors is not None and self.scale is not None and len(rows):
            within = self.scale.distance(rows.parameters) <= self.until_standard_errors
            held += _first(
                within, f"every parameter was within {self.until_standard_errors:g} standard errors of least squares"
            )
        if not held:
            return None
        row, reason = min(held)
        return Stop(row + 1, Phase.CONVERGED, f"{reason} at epoch {rows.first_epoch + row:,}")


def _first(condition: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], reason: str) -> list[tuple[int, str]]:
    return [(int(condition.argmax()), reason)] if condition.any() else []
