"""When a run ends: the lecture's three stopping conditions, two more, and divergence.

A fixed number of epochs; the step |w(t+1) − w(t)|, largest over w and b as trained, is below a tolerance; the cost
moves by less than a tolerance from one epoch to the next; every parameter is within some part of its standard error of
least squares; the cost of rows that are held out has not fallen for a number of epochs. A cost or parameter that is not
finite ends any run.
"""

from dataclasses import dataclass

import numpy as np

from linreg.arrays import Vector
from linreg.errors import LinregError
from linreg.phase import Phase
from linreg.statistics.best_epoch import BestEpoch, first_to_wait
from linreg.statistics.distance import ErrorScale, why_no_scale
from linreg.trace import Trace
from linreg.training.problem import Problem


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a block ends early: how many of its rows count, and what the run is then."""

    n_epochs: int
    status: Phase
    reason: str


@dataclass(frozen=True, slots=True)
class StopRules:
    """The tolerances; None is off. The number of epochs is the trainer's own count.

    `scale` is what `until_standard_errors` is measured by; `patience` is a number of epochs.
    """

    until_step: float | None = None
    until_cost: float | None = None
    until_standard_errors: float | None = None
    scale: ErrorScale | None = None
    patience: int | None = None

    @property
    def are_on(self) -> bool:
        """Whether there is a tolerance at all."""
        tolerances = (self.until_step, self.until_cost, self.until_standard_errors, self.patience)
        return any(tolerance is not None for tolerance in tolerances)

    def first_stop(
        self, trace: Trace, before: Vector, cost_before: float | None, best: BestEpoch | None = None
    ) -> Stop | None:
        """Find the first row of `trace` that ends the run.

        Parameters
        ----------
        trace
            The block to look through.
        before
            ``(n_parameters,)``, the parameters that its first epoch started from.
        cost_before
            The cost that the epoch before it started from; None at epoch 0.
        best
            The best epoch by the rows that are held out, of those before it.
        """
        finite = np.isfinite(trace.cost) & np.isfinite(trace.parameters).all(axis=1)
        n_finite = len(trace) if finite.all() else int(finite.argmin())
        rows = trace.head(n_finite)
        stop = self._first_convergence(rows, before, cost_before, best)
        if stop is None and n_finite < len(trace):
            reason = f"the cost or a parameter was no longer a finite number at epoch {trace.first_epoch + n_finite:,}"
            return Stop(n_finite, Phase.DIVERGED, reason)
        return stop

    def _first_convergence(
        self, rows: Trace, before: Vector, cost_before: float | None, best: BestEpoch | None
    ) -> Stop | None:
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
        waits = None if self.patience is None else first_to_wait(best, rows, self.patience)
        if waits is not None:
            epochs = "an epoch" if self.patience == 1 else f"{self.patience:,} epochs"
            held.append((waits, f"the cost of the rows held out had not fallen for {epochs}"))
        if not held:
            return None
        row, reason = min(held)
        return Stop(row + 1, Phase.CONVERGED, f"{reason} at epoch {rows.first_epoch + row:,}")


def _first(condition: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], reason: str) -> list[tuple[int, str]]:
    return [(int(condition.argmax()), reason)] if condition.any() else []


def rules_of(problem: Problem) -> StopRules:
    """Return the recipe's stop rules.

    Raises
    ------
    LinregError
        One of them is measured by standard errors, and there are none.
    """
    recipe = problem.recipe
    if recipe.until_standard_errors is not None and problem.error_scale is None:
        why = why_no_scale(recipe, problem.least_squares)
        raise LinregError(f"--until-standard-errors needs those of least squares, and {why}; leave it out.")
    return StopRules(
        recipe.until_step, recipe.until_cost, recipe.until_standard_errors, problem.error_scale, recipe.patience
    )
