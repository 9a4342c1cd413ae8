"""One epoch of a run, and some with gaps between them: into a store's rows and back, every float64 to its last bit."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Matrix, Vector
from linreg.history.extremes import Extremes, finite, of_each, of_groups
from linreg.trace import Trace

Cell = float | bytes | None
Cells = tuple[int, Cell, Cell, Cell, bytes, Cell, Cell, Cell]
"""The columns epoch, cost, excess_cost, learning_rate, parameters, cost_low, cost_high, held_out_cost."""
_FLOAT64 = struct.Struct("<d")


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One epoch, exactly: as `Trace` has it."""

    epoch: int
    parameters: Vector
    cost: float
    excess_cost: float | None
    learning_rate: float
    held_out_cost: float | None = None


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
    cost_low, cost_high
        ``(n,)``, the extremes of the finite costs from each epoch up to the next that is kept, as far as they have been
        seen; None where they are the costs themselves.
    held_out_cost
        ``(n,)``, the cost of the rows that are held out; None where none are.
    """

    epoch: NDArray[np.int64]
    cost: Vector
    excess_cost: Vector | None
    learning_rate: Vector
    parameters: Matrix
    cost_low: Vector | None = None
    cost_high: Vector | None = None
    held_out_cost: Vector | None = None

    def __len__(self) -> int:
        return len(self.epoch)

    @property
    def extremes(self) -> tuple[Vector, Vector]:
        """The least and the greatest cost from each epoch on, ``(n,)`` each; NaN where none is finite."""
        low, high = (finite(self.cost if each is None else each) for each in (self.cost_low, self.cost_high))
        return low, high

    @classmethod
    def of(cls, trace: Trace, rows: slice = slice(None)) -> "Epochs":
        """Copy rows of a trace, and the extremes of the costs from each to the next."""
        start, stop, every = rows.indices(len(trace))
        epoch = trace.first_epoch + np.arange(start, stop, every)
        excess, held_out = (
            None if each is None else each[rows].copy() for each in (trace.excess_cost, trace.held_out_cost)
        )
        rates = trace.rates[rows].copy()
        low, high = of_each(trace.cost[start:stop], every) if every > 1 else (None, None)
        return cls(epoch, trace.cost[rows].copy(), excess, rates, trace.parameters[rows].copy(), low, high, held_out)

    def where(self, chosen: NDArray[np.bool_]) -> "Epochs":
        """Keep the chosen rows, ``(n,)``."""
        excess, low, high, held_out = (
            None if each is None else each[chosen]
            for each in (self.excess_cost, self.cost_low, self.cost_high, self.held_out_cost)
        )
        rates, parameters = self.learning_rate[chosen], self.parameters[chosen]
        return Epochs(self.epoch[chosen], self.cost[chosen], excess, rates, parameters, low, high, held_out)

    def multiples(self, every: int) -> tuple["Epochs", Extremes | None]:
        """Keep the epochs that are multiples of `every`, each with the extremes of those after it that are not.

        Return with them the extremes of those that come before the first; None where there are none.
        """
        starts = np.flatnonzero(self.epoch % every == 0)
        if len(starts) == len(self):
            return self, None
        low, high = of_groups(*self.extremes, np.append(0, starts))
        before = None if len(starts) and starts[0] == 0 else (float(low[0]), float(high[0]))
        return replace(self.where(self.epoch % every == 0), cost_low=low[1:], cost_high=high[1:]), before

    def reaching(self, extremes: Extremes) -> "Epochs":
        """Let the last epoch stand for more, whose extremes these are."""
        low, high = self.extremes
        low[-1], high[-1] = np.fmin(low[-1], extremes[0]), np.fmax(high[-1], extremes[1])
        return replace(self, cost_low=low, cost_high=high)

    def alone(self) -> "Epochs":
        """Let the last epoch stand for itself."""
        low, high = self.extremes
        low[-1] = high[-1] = self.cost[-1]
        return replace(self, cost_low=low, cost_high=high)

    def before(self, epoch: int) -> "Epochs":
        """Keep the epochs before this one."""
        return self.where(self.epoch < epoch)

    @classmethod
    def joined(cls, parts: Sequence["Epochs"]) -> "Epochs":
        """Put one part or more, in order, after one another."""
        if len(parts) == 1:
            return parts[0]
        excess = [part.excess_cost for part in parts if part.excess_cost is not None]
        held_out = [part.held_out_cost for part in parts if part.held_out_cost is not None]
        low, high = (np.concatenate(each) for each in zip(*(part.extremes for part in parts), strict=True))
        has_more = any(part.cost_low is not None or part.cost_high is not None for part in parts)
        return cls(
            np.concatenate([part.epoch for part in parts]),
            np.concatenate([part.cost for part in parts]),
            np.concatenate(excess) if len(excess) == len(parts) else None,
            np.concatenate([part.learning_rate for part in parts]),
            np.concatenate([part.parameters for part in parts]),
            low if has_more else None,
            high if has_more else None,
            np.concatenate(held_out) if len(held_out) == len(parts) else None,
        )

    def rows(self, run: int) -> list[tuple[int, int, Cell, Cell, Cell, bytes, Cell, Cell, Cell]]:
        """Return the run's number and what goes into the columns of `Cells`, of each epoch: columns at a time."""
        n, width = len(self), 8 * self.parameters.shape[1]
        nothing: list[Cell] = [None] * n
        excess, held_out = (
            nothing if each is None else _cells(each) for each in (self.excess_cost, self.held_out_cost)
        )
        parameters = np.ascontiguousarray(self.parameters, "<f8").tobytes()
        blobs = [parameters[start : start + width] for start in range(0, n * width, width)] if width else [b""] * n
        low, high = (self._ends(each) for each in self.extremes)
        costs, rates = _cells(self.cost), _cells(self.learning_rate)
        epochs = self.epoch.tolist()
        return list(zip(repeat(run, n), epochs, costs, excess, rates, blobs, low, high, held_out, strict=True))

    def _ends(self, extremes: Vector) -> list[Cell]:
        """Return extremes of costs, and None where they are the cost itself or no number."""
        said = np.isfinite(extremes) & (extremes != self.cost)
        return [value if is_said else None for value, is_said in zip(extremes.tolist(), said.tolist(), strict=True)]

    @classmethod
    def of_rows(cls, rows: Sequence[Cells]) -> "Epochs":
        """Return the epochs of rows as `rows` yields them, without the run.

        Raises
        ------
        ValueError
            A row is damaged.
        """
        epochs, costs, excess, rates, parameters, *ends, held_out = zip(*rows, strict=True) if rows else [[]] * 8
        low, high = (_filled(each, costs) if any(end is not None for end in each) else None for each in ends)
        values = np.frombuffer(b"".join(parameters), "<f8").astype(np.float64)
        return cls(
            np.array(epochs, np.int64),
            np.array([number(cost) for cost in costs], np.float64),
            _whole(excess),
            np.array([number(rate) for rate in rates], np.float64),
            values.reshape(len(rows), len(parameters[0]) // 8 if rows else 0),
            low,
            high,
            _whole(held_out),
        )


def _whole(column: Sequence[Cell]) -> Vector | None:
    """Return the numbers of a column; None where one is missing, or there are none."""
    numbers = [value for each in column if (value := number(each)) is not None]
    return np.array(numbers) if numbers and len(numbers) == len(column) else None


def _filled(ends: Sequence[Cell], costs: Sequence[Cell]) -> Vector:
    return np.array([number(cost if end is None else end) for end, cost in zip(ends, costs, strict=True)], np.float64)


def _cells(values: Vector) -> list[Cell]:
    """Return what a column holds for each number."""
    return values.tolist() if np.isfinite(values).all() else [cell(value) for value in values.tolist()]


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
