"""Where a run that diverged was at its best, and at which learning rate it can go on from there.

Its best epoch is looked for in the history's coarse buckets first, then epoch by epoch. The rate is the largest that is
safe, where theory knows it; else one that has been tried.
"""

from collections.abc import Iterable
from math import floor, inf, isfinite, log10

import numpy as np

from linreg.history.history import History
from linreg.phase import Phase
from linreg.trace import Trace
from linreg.training.trainer import Trainer

_MANY = 2**30
SAFE = 0.9
"""Of the largest stable rate: nearer to it the steepest direction swings for long."""
TRIAL_SECONDS, MOST_HALVINGS = 0.2, 20
"""How long each rate is tried at most, and how many."""


def cheapest_bucket(history: History) -> tuple[int, int] | None:
    """Return the first and the last epoch of those among which the least cost is; None where none is known."""
    series = history.series("cost", _MANY)
    if not np.isfinite(series.low).any():
        return None
    bucket = int(np.nanargmin(series.low))
    return int(series.first[bucket]), int(series.last[bucket])


def cheapest_epoch(traces: Iterable[Trace], first: int) -> int:
    """Return the epoch of the least cost in traces that may begin before `first`, from that one on."""
    best, least = first, inf
    for trace in traces:
        costs = np.where(np.arange(trace.first_epoch, trace.last_epoch + 1) >= first, trace.cost, np.inf)
        if len(trace) and costs.min() < least:
            best, least = trace.first_epoch + int(costs.argmin()), float(costs.min())
    return best


def safe_rate(rate: float, limit: float | None) -> float | None:
    """Return the largest rate that is safe, to three digits, where `limit` is the largest stable one.

    None where that is not known, or where `rate` was not above it: then it is not why the run diverged.
    """
    if limit is None or not (isfinite(limit) and limit > 0):
        return None
    unit = 10.0 ** (floor(log10(SAFE * limit)) - 2)
    safe = float(f"{floor(SAFE * limit / unit) * unit:.3g}")
    return safe if safe < rate else None


def halved_until_it_works(trainer: Trainer, rate: float, n_epochs: int, seconds_an_epoch: float) -> tuple[float, int]:
    """Try half the rate, and half of that, from where the trainer stands; return the first that works.

    Works: over `n_epochs` epochs, or as many as take no time, the cost stays finite and is no higher in the end. The
    trainer then stands where it did.

    Returns
    -------
    tuple
        The rate, and over how many epochs it was tried.
    """
    start, seconds = trainer.snapshot(), trainer.seconds
    n_epochs = max(1, min(n_epochs, int(TRIAL_SECONDS / max(seconds_an_epoch, 1e-9))))
    before, n_tried = trainer.engine.cost_of(trainer.parameters), 0
    for _ in range(MOST_HALVINGS):
        rate /= 2
        trainer.engine.learning_rate = rate
        n_tried = len(trainer.advance(n_epochs))
        has_worked = trainer.status is not Phase.DIVERGED and trainer.engine.cost_of(trainer.parameters) <= before
        trainer.restore(start, seconds)
        if has_worked:
            break
    return rate, n_tried
