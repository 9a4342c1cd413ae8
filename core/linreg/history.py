"""Any number of epochs in bounded memory, none of whose extremes is lost."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from linreg.trace import Trace, Vector

Quantity = Literal["cost", "excess"] | int


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One quantity over epochs, in buckets of consecutive epochs in order.

    Attributes
    ----------
    first, last
        ``(n,)``, the first and the last epoch of each bucket.
    low, high, mean
        ``(n,)``, over the finite values in the bucket; NaN where there are none.
    final
        ``(n,)``, the value of the bucket's last epoch, finite or not.
    broken
        ``(n,)``, whether a value in the bucket was not finite.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    low: Vector
    high: Vector
    mean: Vector
    final: Vector
    broken: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One epoch, exactly: as `Trace` has it."""

    epoch: int
    parameters: Vector
    cost: float
    excess_cost: float | None
    learning_rate: float


class History:
    """The epochs of a run; one thread adds, any thread reads.

    Parameters
    ----------
    n_parameters
        Of each epoch.
    every
        Exact rows are kept of every `every`-th epoch, and of the latest ones.
    """

    def __init__(self, n_parameters: int, every: int = 1) -> None:
        raise NotImplementedError

    @property
    def last_epoch(self) -> int:
        """The last epoch that was added; −1 before the first."""
        raise NotImplementedError

    def add(self, trace: Trace) -> None:
        """Add the epochs that follow `last_epoch`; those already here are skipped."""
        raise NotImplementedError

    def cut(self, epoch: int) -> int:
        """Forget all epochs after `epoch`, and return the first that must now be added (again): at most `epoch` + 1."""
        raise NotImplementedError

    def series(self, quantity: Quantity, n_buckets: int, until: int | None = None) -> Series:
        """Return one quantity from the first epoch to `until` in at most `n_buckets` buckets of equal width.

        "cost", "excess" (the cost above its minimum, NaN where the engine does not know it), or the index of a
        parameter as trained. Where the epochs are no more than the buckets, each has its own.
        """
        raise NotImplementedError

    def rows(self, n_rows: int, until: int | None = None) -> list[Row]:
        """Return at most `n_rows` exact rows, in order: the newest multiples of `every` that are kept, and `until`."""
        raise NotImplementedError

    def row(self, epoch: int) -> Row | None:
        """Return one epoch exactly, if it has been kept."""
        raise NotImplementedError
