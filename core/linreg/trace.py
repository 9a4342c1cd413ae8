"""What an engine hands back: an immutable block of consecutive epochs, as columns.

Row ``e`` says what the lecture's program prints at epoch ``e``: the cost of the parameters that the epoch *started*
from, and the parameters *after* its step.
"""

from dataclasses import dataclass, replace

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
        The rate that every step of the block used; NaN where the optimizer has none.
    excess_cost
        ``(n_epochs,)``, the cost less its minimum, where the engine knows it without subtracting; else None.
    """

    first_epoch: int
    cost: Vector
    parameters: Matrix
    learning_rate: float
    excess_cost: Vector | None = None

    def __len__(self) -> int:
        return len(self.cost)

    @property
    def last_epoch(self) -> int:
        """The epoch of the last row; `first_epoch` − 1 for an empty block."""
        return self.first_epoch + len(self) - 1

    def head(self, n_epochs: int) -> "Trace":
        """Keep the first `n_epochs` rows."""
        excess_cost = None if self.excess_cost is None else self.excess_cost[:n_epochs]
        return replace(self, cost=self.cost[:n_epochs], parameters=self.parameters[:n_epochs], excess_cost=excess_cost)

    def since(self, epoch: int) -> "Trace":
        """Keep the rows from `epoch` on: all of them, some or none."""
        n_before = min(max(0, epoch - self.first_epoch), len(self))
        if not n_before:
            return self
        excess_cost = None if self.excess_cost is None else self.excess_cost[n_before:]
        return replace(
            self,
            first_epoch=self.first_epoch + n_before,
            cost=self.cost[n_before:],
            parameters=self.parameters[n_before:],
            excess_cost=excess_cost,
        )
