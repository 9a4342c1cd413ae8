"""The least and the greatest cost of many epochs, so that no spike is lost between two that are kept.

A value that is not finite is passed over; where none is finite, both are NaN.
"""

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Vector

Extremes = tuple[float, float]
"""The least and the greatest."""

_FEW = 32
"""Groups of so many are faster taken all at once, pair by pair or number by number, than group by group."""


def of_each(costs: Vector, every: int) -> tuple[Vector, Vector]:
    """Return the extremes of each `every` costs of ``(n,)``, the last ones perhaps fewer: ``(n_groups,)`` each."""
    n_whole = len(costs) - len(costs) % every
    low, high = _of_whole(costs[:n_whole], every)
    if n_whole < len(costs):
        rest = costs[n_whole:]
        low, high = np.append(low, rest.min()), np.append(high, rest.max())
    if np.isfinite(low).all() and np.isfinite(high).all():
        return low, high
    return of_groups(costs, costs, np.arange(0, len(costs), every))


def _of_whole(costs: Vector, every: int) -> tuple[Vector, Vector]:
    low = high = costs
    while every % 2 == 0 and every <= _FEW:
        low, high = np.minimum(low[::2], low[1::2]), np.maximum(high[::2], high[1::2])
        every //= 2
    if every > 1:
        starts = np.arange(0, len(low), every)
        low, high = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
    return low, high


def of_groups(low: Vector, high: Vector, starts: NDArray[np.int64]) -> tuple[Vector, Vector]:
    """Return the extremes of what lies from each of `starts` to the next: of the least, and of the greatest."""
    if not len(starts):
        return np.empty(0), np.empty(0)
    low, high = finite(low), finite(high)
    sizes = np.diff(starts, append=len(low))
    if sizes.max() > _FEW:
        return np.fmin.reduceat(low, starts), np.fmax.reduceat(high, starts)
    least, greatest = low[starts], high[starts]
    for number in range(1, int(sizes.max())):
        has_more = np.flatnonzero(sizes > number)
        at = starts[has_more] + number
        least[has_more] = np.fmin(least[has_more], low[at])
        greatest[has_more] = np.fmax(greatest[has_more], high[at])
    return least, greatest


def finite(costs: Vector) -> Vector:
    """Put NaN in the place of what is not finite."""
    return np.where(np.isfinite(costs), costs, np.nan)


def joined(one: Extremes, other: Extremes) -> Extremes:
    """Return the extremes of all of which these are the extremes."""
    return float(np.fmin(one[0], other[0])), float(np.fmax(one[1], other[1]))
