"""Epochs as they go into the run store's rows and come back: every float64 to its last bit, finite or not."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linreg.trace import Matrix, Trace, Vector

Cell = float | bytes | None
_FLOAT64 = struct.Struct("<d")


@dataclass(frozen=True, slots=True, eq=False)
class Epochs:
    """Some epochs in ascending order, with gaps between them; each row is what `Trace` has for that epoch.

    Attributes
    ----------
    epoch
        ``(n,)``
    cost, excess_cost, learning_rate
        ``(n,)``; `excess_cost` is None where the engine does not know it.
    parameters
        ``(n, n_parameters)``, as trained.
    """

    epoch: NDArray[np.int64]
    cost: Vector
    excess_cost: Vector | None
    learning_rate: Vector
    parameters: Matrix

    def __len__(self) -> int:
        return len(self.epoch)

    @classmethod
    def of(cls, trace: Trace, rows: slice = slice(None)) -> "Epochs":
        """Copy rows of a trace."""
        epoch = trace.first_epoch + np.arange(*rows.indices(len(trace)))
        excess = None if trace.excess_cost is None else trace.excess_cost[rows].copy()
        rates = np.full(len(epoch), trace.learning_rate)
        return cls(epoch, trace.cost[rows].copy(), excess, rates, trace.parameters[rows].copy())

    def where(self, chosen: NDArray[np.bool_]) -> "Epochs":
        """Keep the chosen rows, ``(n,)``."""
        excess = None if self.excess_cost is None else self.excess_cost[chosen]
        return Epochs(
            self.epoch[chosen], self.cost[chosen], excess, self.learning_rate[chosen], self.parameters[chosen]
        )

    def multiples(self, every: int) -> "Epochs":
        """Keep the epochs that are multiples of `every`."""
        return self.where(self.epoch % every == 0)

    def before(self, epoch: int) -> "Epochs":
        """Keep the epochs before this one."""
        return self.where(self.epoch < epoch)

    @classmethod
    def joined(cls, parts: Sequence["Epochs"]) -> "Epochs":
        """Put one part or more, in order, after one another."""
        if len(parts) == 1:
            return parts[0]
        excess = [part.excess_cost for part in parts if part.excess_cost is not None]
        return cls(
            np.concatenate([part.epoch for part in parts]),
            np.concatenate([part.cost for part in parts]),
            np.concatenate(excess) if len(excess) == len(parts) else None,
            np.concatenate([part.learning_rate for part in parts]),
            np.concatenate([part.parameters for part in parts]),
        )

    def rows(self, run: int) -> Iterator[tuple[int, int, Cell, Cell, Cell, bytes]]:
        """Yield what goes into the columns run, epoch, cost, excess_cost, learning_rate, parameters."""
        excess = [None] * len(self) if self.excess_cost is None else self.excess_cost.tolist()
        parameters = np.ascontiguousarray(self.parameters, "<f8")
        columns = (self.epoch.tolist(), self.cost.tolist(), excess, self.learning_rate.tolist(), parameters)
        for epoch, cost, above, rate, row in zip(*columns, strict=True):
            yield run, epoch, cell(cost), cell(above), cell(rate), row.tobytes()

    @classmethod
    def of_rows(cls, rows: Sequence[tuple[int, Cell, Cell, Cell, bytes]]) -> "Epochs":
        """Return the epochs of rows as `rows` yields them, without the run.

        Raises
        ------
        ValueError
            A row is damaged.
        """
        epochs, costs, excess, rates, parameters = zip(*rows, strict=True) if rows else ([], [], [], [], [])
        above = [value for each in excess if (value := number(each)) is not None]
        values = np.frombuffer(b"".join(parameters), "<f8").astype(np.float64)
        return cls(
            np.array(epochs, np.int64),
            np.array([number(cost) for cost in costs], np.float64),
            np.array(above) if above and len(above) == len(rows) else None,
            np.array([number(rate) for rate in rates], np.float64),
            values.reshape(len(rows), len(parameters[0]) // 8 if rows else 0),
        )


def cell(value: float | None) -> Cell:
    """Return what a column holds for a number: itself, or its bytes where it is not finite."""
    return value if value is None or isfinite(value) else _FLOAT64.pack(value)


def number(value: Any) -> float | None:
    """Return the number that `cell` made this of.

    Raises
    ------
    ValueError
        It was not made by `cell`.
    """
    try:
        return value if value is None or isinstance(value, float) else float(_FLOAT64.unpack(value)[0])
    except (struct.error, TypeError):
        raise ValueError(f"{value!r} is no number") from None
