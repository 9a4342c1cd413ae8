"""The newest state of a run, as its worker thread publishes it: immutable, replaced whole between two traces."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import nan
from typing import Self

from linreg.arrays import Vector
from linreg.phase import Phase
from linreg.training.result import Result


@dataclass(frozen=True, slots=True)
class Intervention:
    """What somebody changed: from `epoch` on, the learning rate is `learning_rate`."""

    epoch: int
    learning_rate: float


def learning_rate_at(epoch: int, changes: Iterable[Intervention], first: float) -> float:
    """Return the rate of an epoch's step: that of the latest of the changes, which are in order, or else the first."""
    rates = [change.learning_rate for change in changes if change.epoch <= epoch]
    return rates[-1] if rates else first


def scaled_rate(rate: float, factor: float) -> float:
    """Multiply a rate to 15 digits, so that one of few digits is by 1.25 and by 0.8 again what it was."""
    return float(f"{rate * factor:.15g}")


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for whoever watches; a higher `number` is a later one."""

    number: int
    text: str
    is_error: bool = False

    @classmethod
    def after(cls, previous: Self | None, text: str, is_error: bool = False) -> Self:
        """Return the notice that comes after another, or is the first."""
        return cls(1 if previous is None else previous.number + 1, text, is_error)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class State:
    """How a run stands between two traces.

    Attributes
    ----------
    version
        Grows whenever anything here or in the history has changed, and at no other time.
    phase, reason
        What the run is doing, and a phrase that says why; while it loads, how far reading has come.
    epoch
        The last epoch that has run; −1 before the first.
    last_epoch
        The recipe's last; −1 where a script does not tell.
    goal
        The epoch that is sought, while the phase is SEEKING.
    parameters
        ``(n_parameters,)``, as trained, after that epoch; empty while the run loads.
    before
        ``(n_parameters,)``, the parameters that it started from; None before the first.
    cost
        The cost that it started from; NaN before the first.
    gradient
        ``(n_parameters,)``, at `before`, where it needs the rows and the run stands still, and where a script's
        optimizer has just used it; else None.
    predicted
        ``(n_rows,)``, what a module of the user's own that is no linear model answers to the rows that are drawn; else
        None: it follows from the parameters.
    learning_rate
        The rate of the next step.
    speed
        Epochs a second asked for; infinite: as fast as they come.
    pace
        Epochs a second over the last second or so; 0 while the run stands still.
    seconds
        Spent in the engine.
    interventions
        Every change of the learning rate on the way to this epoch, and of those beyond it that are still ahead.
    notice
        The latest sentence for whoever watches.
    answered
        How many requests have been heard so far.
    result
        What the run came to, once it has ended.
    unit
        What its epochs are called: those of a script are its steps.
    best_epoch, best_cost
        The epoch of the least held-out cost, of all that have run on this way, and that cost; None and NaN where no
        rows are held out.
    """

    version: int
    phase: Phase
    epoch: int
    last_epoch: int
    parameters: Vector
    cost: float
    learning_rate: float
    speed: float
    reason: str = ""
    goal: int | None = None
    before: Vector | None = None
    gradient: Vector | None = None
    predicted: Vector | None = None
    pace: float = 0.0
    seconds: float = 0.0
    interventions: tuple[Intervention, ...] = ()
    notice: Notice | None = None
    answered: int = 0
    result: Result | None = None
    unit: str = "epoch"
    best_epoch: int | None = None
    best_cost: float = nan
