"""The run store for a screen: opened when it is first asked for, and what was read of it kept.

Everything but `known` waits for the disk, so the screen has it done in threads.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from threading import Lock
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Vector
from linreg.errors import LinregError
from linreg.files.home import home_folder, open_home
from linreg.history.curves import Curve
from linreg.store.run import Run
from linreg.store.store import RunStore
from linreg_tui.runs.words import LEAST

MOST_READ = 64
"""Runs whose epochs are held at once: of the longest ones some 25 MB."""

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True, eq=False)
class RunCosts:
    """The costs that are kept of a run; `problem` is a sentence where they cannot be read.

    Attributes
    ----------
    epoch, cost, excess
        ``(n,)``, with gaps; `excess` is the cost above least squares, None where the engine does not know it.
    low, high
        ``(n,)``, the extremes of the cost from each of these epochs up to the next.
    logged
        What else was measured, in the order in which that began.
    """

    epoch: NDArray[np.int64]
    cost: Vector
    excess: Vector | None
    low: Vector
    high: Vector
    problem: str = ""
    logged: tuple[Curve, ...] = ()

    @property
    def least(self) -> float | None:
        """The cost of least squares, that an excess can be a part of; None where it is nothing, or not known."""
        if self.excess is None or not len(self.excess):
            return None
        with np.errstate(invalid="ignore", over="ignore"):
            share = np.where(self.cost > 0, self.excess / self.cost, np.nan)
        if np.isnan(share).all():
            return None
        nearest = int(np.nanargmin(share))  # where the difference loses least
        least = float(self.cost[nearest] - self.excess[nearest])
        return least if isfinite(least) and least > LEAST * float(self.cost[nearest]) else None

    def extremes_of_excess(self, excess: Vector) -> tuple[Vector, Vector]:
        """Return the extremes of the excess, by those of the cost; where these say less, that of the epoch itself."""
        with np.errstate(invalid="ignore", over="ignore"):
            low, high = (excess + (extreme - self.cost) for extreme in (self.low, self.high))
        return np.where(low > 0, low, excess), np.where(high >= excess, high, excess)


class StoredRuns:
    """The runs of a home.

    Parameters
    ----------
    home
        Its folder; the user's own by default.
    """

    def __init__(self, home: Path | None = None) -> None:
        self.home = home_folder() if home is None else home
        self._store: RunStore | None = None
        self._opening, self._is_closed = Lock(), False
        self._costs: OrderedDict[str, tuple[object, RunCosts]] = OrderedDict()

    @property
    def notice(self) -> str:
        """A sentence about the store itself; empty where all is well."""
        return "" if self._store is None else self._store.notice

    def listed(self) -> tuple[Run, ...]:
        """Return all runs, the newest first.

        Raises
        ------
        LinregError
            The store cannot be opened or read; it is tried again the next time.
        """
        return self.ask(RunStore.runs)

    def ask(self, question: Callable[[RunStore], ResultT]) -> ResultT:
        """Ask the store something, once it is open.

        Raises
        ------
        LinregError
            It cannot be opened, or whatever the question raises.
        """
        with self._opening:
            if self._is_closed:
                raise LinregError("the run store was left.")
            if self._store is None:
                self._store = RunStore(open_home(self.home, to_read=True))
        return question(self._store)

    def read(self, run: Run) -> RunCosts:
        """Read a run's epochs, unless what is known of them is as new as this record of the run."""
        if self.is_fresh(run):
            return self._costs[run.id][1]
        try:
            epochs = self.ask(lambda store: store.epochs(run.id))
            logged = self.ask(lambda store: store.curves(run.id))
            costs = RunCosts(epochs.epoch, epochs.cost, epochs.excess_cost, *epochs.extremes, logged=logged)
        except LinregError as problem:
            nothing = np.empty(0)
            costs = RunCosts(np.empty(0, np.int64), nothing, None, nothing, nothing, str(problem))
        self._costs[run.id] = (_state(run), costs)
        self._costs.move_to_end(run.id)
        while len(self._costs) > MOST_READ:
            self._costs.popitem(last=False)
        return costs

    def known(self, run: Run) -> RunCosts | None:
        """Return what was last read of a run's epochs, without waiting; None where that is nothing."""
        known = self._costs.get(run.id)
        return None if known is None else known[1]

    def is_fresh(self, run: Run) -> bool:
        """Whether that is as new as this record of the run."""
        known = self._costs.get(run.id)
        return known is not None and known[0] == _state(run)

    def close(self) -> None:
        """Let go of the store."""
        with self._opening:
            self._is_closed = True
            if self._store is not None:
                self._store.close()


def _state(run: Run) -> object:
    """Return what is different whenever other epochs are kept."""
    return run.epoch, repr(run.cost), run.every, run.ended
