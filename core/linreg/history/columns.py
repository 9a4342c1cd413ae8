"""What a history has in a column of numbers for each epoch: its cost, its parameters, and what else is known of it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from linreg.arrays import Matrix
from linreg.history.epochs import Epochs, Row
from linreg.history.rows import Segment
from linreg.trace import Trace

Quantity = Literal["cost", "excess", "held_out"] | int

_FEW = 32
"""Up to so many it is faster to sum up column by column."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns in order: the cost, `n_parameters` of them, the excess cost and the held-out cost where known."""

    n_parameters: int
    has_excess: bool = False
    has_held_out: bool = False

    def __len__(self) -> int:
        return 1 + self.n_parameters + self.has_excess + self.has_held_out

    @classmethod
    def known_to(cls, n_parameters: int, of: Trace | Epochs) -> "Columns":
        """Return those that a trace has, or some epochs have."""
        return cls(n_parameters, of.excess_cost is not None, of.held_out_cost is not None)

    def index(self, quantity: Quantity) -> int:
        """Return a column's number, −1 where nobody knows it.

        Raises
        ------
        IndexError
            There is no such parameter.
        """
        if quantity == "cost":
            return 0
        if quantity == "excess":
            return 1 + self.n_parameters if self.has_excess else -1
        if quantity == "held_out":
            return len(self) - 1 if self.has_held_out else -1
        return 1 + range(self.n_parameters)[quantity]

    def values(self, of: Trace | Epochs) -> Matrix:
        """Put what is known side by side, ``(n_epochs, n_columns)``; NaN where it is known no longer."""
        shape = len(of), len(self)
        values = np.empty(shape[::-1]).T if shape[1] <= _FEW else np.empty(shape)
        values[:, 0], values[:, 1 : 1 + self.n_parameters] = of.cost, of.parameters
        if self.has_excess:
            values[:, 1 + self.n_parameters] = np.nan if of.excess_cost is None else of.excess_cost
        if self.has_held_out:
            values[:, -1] = np.nan if of.held_out_cost is None else of.held_out_cost
        return values

    def row(self, segment: Segment) -> Row:
        """Return the first epoch of a segment."""
        cost, *_ = values = segment.values[0]
        excess, held_out = (
            None if at < 0 else float(values[at]) for at in (self.index("excess"), self.index("held_out"))
        )
        parameters = values[1 : 1 + self.n_parameters]
        return Row(segment.first_epoch, parameters, float(cost), excess, float(segment.rates[0]), held_out)
