"""The epoch whose parameters have cost least of the rows that are held out, and how long ago that was.

Of epochs that cost the same the first is the best. A cost that is no number, or infinite, is never the least.
"""

from dataclasses import dataclass
from math import inf

import numpy as np

from linreg.arrays import Vector
from linreg.trace import Trace


@dataclass(frozen=True, slots=True, eq=False)
class BestEpoch:
    """The best of all epochs up to some moment.

    Attributes
    ----------
    epoch
        Its number.
    held_out_cost
        That of its parameters.
    parameters
        ``(n_parameters,)``, after its step, as trained.
    counted_from
        The epoch from which on others have cost no less: its own, unless a run has been sent on since.
    """

    epoch: int
    held_out_cost: float
    parameters: Vector
    counted_from: int


@dataclass(frozen=True, slots=True, eq=False)
class BestFit:
    """What the best epoch came to, in the data's own units.

    Attributes
    ----------
    epoch, held_out_cost
        As `BestEpoch` has them.
    cost
        Of the rows that are trained on, at the same parameters.
    w, b
        The weights by name; b is None without a bias.
    """

    epoch: int
    held_out_cost: float
    cost: float
    w: dict[str, float]
    b: float | None

    def words(self, *, is_kept: bool) -> str:
        """Say it; `is_kept`: of a run that went on beyond it, its parameters are nevertheless the result."""
        whose = ", whose parameters these are" if is_kept else ""
        return f"least held-out cost {self.held_out_cost:.6g} after epoch {self.epoch:,}{whose}"


def best_of(best: BestEpoch | None, trace: Trace) -> BestEpoch | None:
    """Return the better of a best epoch and those of a trace that follows it; None as long as there is none."""
    if trace.held_out_cost is None or not len(trace):
        return best
    costs = _comparable(trace.held_out_cost)
    row = int(costs.argmin())
    if not costs[row] < (inf if best is None else best.held_out_cost):
        return best
    epoch = trace.first_epoch + row
    return BestEpoch(epoch, float(costs[row]), trace.parameters[row].copy(), epoch)


def first_to_wait(best: BestEpoch | None, trace: Trace, patience: int) -> int | None:
    """Return the first row of a trace at which the cost has not fallen for `patience` epochs; None where there is none.

    Parameters
    ----------
    best
        The best epoch before the trace; None before the first.
    """
    if trace.held_out_cost is None or not len(trace):
        return None
    costs, epochs = _comparable(trace.held_out_cost), trace.first_epoch + np.arange(len(trace))
    least = np.minimum.accumulate(np.append(inf if best is None else best.held_out_cost, costs))
    counted_from = np.where(costs < least[:-1], epochs, -1 if best is None else best.counted_from)
    waits = epochs - np.maximum.accumulate(counted_from) >= patience
    return int(waits.argmax()) if waits.any() else None


def _comparable(costs: Vector) -> Vector:
    comparable: Vector = np.where(np.isfinite(costs), costs, inf)
    return comparable
