"""What an engine hands back: an immutable block of consecutive epochs, as columns.

Row ``e`` says what the lecture's program prints at epoch ``e``: the cost of the parameters that the epoch *started*
from, and the parameters *after* its step.
"""

from dataclasses import dataclass, replace

import numpy as np

from linreg.arrays import Matrix, Vector


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A block of `n_epochs` consecutive epochs.

    Attributes
    ----------
    first_epoch
        The epoch of row 0.
    cost
        ``(n_epochs,)``, the cost that each epoch started from.
    parameters
        ``(n_epochs, n_parameters)``, the parameters after each step, as trained (standardised where the recipe says
        so): the weights in the order of the features, then the bias where there is one.
    learning_rate
        The rate that every step of the block used, the last one's where they differ; NaN where there is none.
    excess_cost
        ``(n_epochs,)``, the cost less its minimum, where the engine knows it without subtracting; else None.
    learning_rates
        ``(n_epochs,)``, the rate of each step, where a schedule of the script's own has changed it; else None.
    held_out_cost
        ``(n_epochs,)``, the cost of the rows that are held out, of the parameters after each step; None where none are.
    """

    first_epoch: int
    cost: Vector
    parameters: Matrix
    learning_rate: float
    excess_cost: Vector | None = None
    learning_rates: Vector | None = None
    held_out_cost: Vector | None = None

    def __len__(self) -> int:
        return len(self.cost)

    @property
    def last_epoch(self) -> int:
        """The epoch of the last row; `first_epoch` − 1 for an empty block."""
        return self.first_epoch + len(self) - 1

    @property
    def rates(self) -> Vector:
        """``(n_epochs,)``, the learning rate of each step."""
        return np.broadcast_to(self.learning_rate, len(self)) if self.learning_rates is None else self.learning_rates

    def head(self, n_epochs: int) -> "Trace":
        """Keep the first `n_epochs` rows."""
        return self._part(slice(n_epochs), self.first_epoch)

    def since(self, epoch: int) -> "Trace":
        """Keep the rows from `epoch` on: all of them, some or none."""
        n_before = min(max(0, epoch - self.first_epoch), len(self))
        return self._part(slice(n_before, None), self.first_epoch + n_before) if n_before else self

    def _part(self, rows: slice, first_epoch: int) -> "Trace":
        excess_cost, rates, held_out = (
            None if each is None else each[rows] for each in (self.excess_cost, self.learning_rates, self.held_out_cost)
        )
        return replace(
            self,
            first_epoch=first_epoch,
            cost=self.cost[rows],
            parameters=self.parameters[rows],
            excess_cost=excess_cost,
            learning_rates=rates,
            held_out_cost=held_out,
        )
