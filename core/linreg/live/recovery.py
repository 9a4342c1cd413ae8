"""Where a run that diverged was at its best: in the history's coarse buckets first, then epoch by epoch."""

from collections.abc import Iterable
from math import inf

import numpy as np

from linreg.history.history import History
from linreg.trace import Trace

_MANY = 2**30


def cheapest_bucket(history: History, start: int) -> tuple[int, int] | None:
    """Return the first and the last epoch, from `start` on, among which the least cost is; None where none is known."""
    series = history.series("cost", _MANY)
    lows = np.where(series.last >= start, series.low, np.inf)
    if not np.isfinite(lows).any():
        return None
    bucket = int(np.nanargmin(lows))
    return max(start, int(series.first[bucket])), int(series.last[bucket])


def cheapest_epoch(traces: Iterable[Trace], first: int) -> int:
    """Return the epoch of the least cost in traces that may begin before `first`, from that one on."""
    best, least = first, inf
    for trace in traces:
        costs = np.where(np.arange(trace.first_epoch, trace.last_epoch + 1) >= first, trace.cost, np.inf)
        if len(trace) and costs.min() < least:
            best, least = trace.first_epoch + int(costs.argmin()), float(costs.min())
    return best
