"""Where a run that diverged was at its best, and at which learning rate it can go on from there.

Its best epoch is looked for in the history's coarse buckets first, then epoch by epoch. The rate is the largest that is
safe, where theory knows it; else one that has been tried.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import floor, inf, isfinite, isnan, log10
from time import perf_counter

import numpy as np

from linreg.history.history import History
from linreg.live.pacing import Pacing
from linreg.live.rewinding import Rewinding
from linreg.phase import Phase
from linreg.trace import Trace
from linreg.training.trainer import Trainer

_MANY = 2**30
SAFE = 0.9
"""Of the largest stable rate: nearer to it the steepest direction swings for long."""
TRIAL_SECONDS, SECONDS_OF_ALL, MOST_HALVINGS = 0.2, 2.0, 20
"""How long each rate is tried, but for an epoch that takes longer; all of them together; and how many at most."""


@dataclass(frozen=True, slots=True)
class WayOn:
    """How a run that diverged goes on.

    Attributes
    ----------
    epoch
        The last epoch that stands; −1 for none.
    learning_rate
        Of those after it; None where no other rate would help.
    words
        A sentence that says so.
    """

    epoch: int
    learning_rate: float | None
    words: str


class Recovery:
    """The search for the way on, in which epochs are run again.

    Parameters
    ----------
    rewinding
        The trainer that diverged.
    history
        All epochs that it has run.
    pacing
        How many epochs to run at once, and how long one takes.
    advance
        Runs at most so many epochs, and adds them to the history.
    """

    def __init__(self, rewinding: Rewinding, history: History, pacing: Pacing, advance: Callable[[int], Trace]) -> None:
        self._rewinding, self._history, self._pacing, self._advance = rewinding, history, pacing, advance
        self._trainer = rewinding.trainer

    def found(self, limit: float | None) -> WayOn:
        """Stand where the parameters have cost least, and find a rate that is safe or that works from there.

        Parameters
        ----------
        limit
            The largest stable learning rate; 0 where none is, None where that is not known.
        """
        diverged, rate = self._trainer.epoch, self._rewinding.learning_rate_of(self._trainer.epoch)
        best = self._cheapest_epoch() - 1  # the row of an epoch has the cost that it started from
        for _ in self._run_again(best, best):
            pass
        where = f"to epoch {best:,}, where the cost was least of all" if best >= 0 else "to the start"
        if isnan(rate) or limit == 0:
            never = "" if isnan(rate) else ": with a momentum of 1 or more no learning rate is stable"
            return WayOn(best, None, f"back {where}{never}.")
        if self._trainer.is_scheduled:
            return WayOn(best, None, f"back {where}; the schedule goes on as it is: train again with a lower rate.")
        rate, why = self._better_rate(rate, limit, diverged - best)
        return WayOn(best, rate, f"back {where}; the learning rate is now {rate:.6g}, {why}.")

    def _better_rate(self, rate: float, limit: float | None, n_epochs: int) -> tuple[float, str]:
        """Return a rate to go on at from here, as `rate` led astray within so many epochs, and why this one."""
        safe = safe_rate(rate, limit)
        if safe is not None:
            return safe, f"safely below the largest stable one, {limit:.4g}"
        tried = halved_until_it_works(self._trainer, rate, n_epochs, self._pacing.seconds_an_epoch)
        over = f"over {tried.n_epochs:,} epoch{'s' * (tried.n_epochs != 1)}"
        if tried.has_worked:
            return tried.learning_rate, f"halved until the cost no longer rose {over}"
        return tried.learning_rate, f"halved, and not seen to work yet: the cost still rose {over}"

    def _cheapest_epoch(self) -> int:
        """Return the epoch of the least cost of all that have run on these rows; the first of them if none has."""
        first = self._rewinding.first + 1
        where = cheapest_bucket(self._history, first)
        return first if where is None else cheapest_epoch(self._run_again(*where), max(first, where[0]))

    def _run_again(self, first: int, last: int) -> Iterator[Trace]:
        """Go back to before an epoch, and run on to another."""
        self._rewinding.approach(first)
        while self._trainer.epoch < last and self._trainer.status is Phase.RUNNING:
            yield self._advance(min(self._pacing.block, last - self._trainer.epoch))


def cheapest_bucket(history: History, first: int) -> tuple[int, int] | None:
    """Return the first and the last epoch of those among which the least cost is, of those from `first` on.

    None where none is known.
    """
    series = history.series("cost", _MANY)
    low = np.where(np.asarray(series.last) >= first, series.low, np.nan)
    if not np.isfinite(low).any():
        return None
    bucket = int(np.nanargmin(low))
    return int(series.first[bucket]), int(series.last[bucket])


def cheapest_epoch(traces: Iterable[Trace], first: int) -> int:
    """Return the epoch of the least cost in traces that may begin before `first`, from that one on."""
    best, least = first, inf
    for trace in traces:
        is_known = (np.arange(trace.first_epoch, trace.last_epoch + 1) >= first) & ~np.isnan(trace.cost)
        costs = np.where(is_known, trace.cost, np.inf)
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


@dataclass(frozen=True, slots=True)
class Trial:
    """A learning rate, over how many epochs it was tried, and whether it worked over them."""

    learning_rate: float
    n_epochs: int
    has_worked: bool


def halved_until_it_works(trainer: Trainer, rate: float, n_epochs: int, seconds_an_epoch: float) -> Trial:
    """Try half the rate, and half of that, from where the trainer stands; return the first that works.

    Works: over `n_epochs` epochs, or as many as take no time, the cost stays finite and is no higher in the end. The
    trainer then stands where it did. Where the time is over before one has worked, the last that was tried is returned.
    """
    start, seconds = trainer.snapshot(), trainer.seconds
    n_epochs = max(1, min(n_epochs, int(TRIAL_SECONDS / max(seconds_an_epoch, 1e-9))))
    before, n_tried, has_worked, began = trainer.engine.cost_of(trainer.parameters), 0, False, perf_counter()
    for _ in range(MOST_HALVINGS):
        rate /= 2
        trainer.engine.learning_rate = rate
        n_tried = len(trainer.advance(n_epochs))
        has_worked = trainer.status is not Phase.DIVERGED and trainer.engine.cost_of(trainer.parameters) <= before
        trainer.restore(start, seconds)
        if has_worked or perf_counter() - began > SECONDS_OF_ALL:
            break
    return Trial(rate, n_tried, has_worked)
