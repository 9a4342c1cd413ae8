"""One pass over rows in memory: means, centred cross-products and extremes of their columns.

Rows are centred block by block, about the mean of the rows before, while they are in the cache; what that mean was off
is taken out afterwards. The difference is itself part of the total, so this never cancels more than a rounding error of
what has been added up, wherever the data drift to. No centred copy of the table is made.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Array, Batch

_BLOCK_CELLS = 2**18
"""Cells centred at a time, 2 MiB, so that a block is still in the cache when it is multiplied …"""
_BLOCK_ROWS, _MOST_BLOCK_CELLS = 4096, 2**21
"""… but so many rows where columns are many: a product of few rows is slower than reading them again."""
_WIDE = 512
"""Narrow rows are centred this many cells at a time: numpy's loops have a price a row."""

_FINE = 1e-12
"""A column whose cells are rounded by less than this part of its differences is not looked at more closely."""
_MOST_WHOLE = 2.0**53
"""Integers below it are exact."""


class Accumulation:
    """The features' and the target's moments on their way, from rows ``(n, n_features)`` and targets ``(n,)``.

    Attributes
    ----------
    n_samples, mean, rest, cross, minimum, maximum, fractional
        As in `linreg.numerics.moments.Moments`, of the rows added so far.
    """

    def __init__(self, n_features: int) -> None:
        self.n_samples, self.n_features = 0, n_features
        self.mean = np.zeros(n_features + 1)
        self.cross = np.zeros((n_features + 1, n_features + 1))
        self.minimum = np.full(n_features + 1, np.inf)
        self.maximum = np.full(n_features + 1, -np.inf)
        self.rest = np.zeros(n_features + 1)
        self.fractional = np.zeros(n_features + 1, bool)

    def add(self, X: NDArray[Any], y: NDArray[Any]) -> None:
        """Add rows, block by block."""
        n_rows = _block_rows(self.n_features)
        scratch = np.empty(self.n_features * min(n_rows, len(y)))
        for start in range(0, len(y), n_rows):
            self._add_block(X[start : start + n_rows], y[start : start + n_rows], scratch)
        self._settle_constant_columns()

    def _add_block(self, X: NDArray[Any], y: NDArray[Any], scratch: Array) -> None:
        if not self.n_samples:
            self.mean = np.append(X.mean(axis=0, dtype=np.float64), y.mean(dtype=np.float64))
        Z, minimum, maximum = _centred(X, self.mean[:-1], scratch[: X.size])
        sides = np.empty((2, len(y)))
        sides[0] = 1.0
        np.subtract(y, self.mean[-1], out=sides[1])
        with_features, among_sides = sides @ Z, sides @ sides[1]
        total = np.append(with_features[0], among_sides[0]) + self.n_samples * self.rest
        self.n_samples += len(y)
        self.cross[:-1, :-1] += Z.T @ Z
        self.cross[-1, :-1] += with_features[1]
        self.cross[:-1, -1] += with_features[1]
        self.cross[-1, -1] += among_sides[1]
        self.cross -= np.outer(total, total / self.n_samples)
        shift, before = total / self.n_samples, self.mean
        self.mean = before + shift
        self.rest = shift - (self.mean - before)
        minimum, maximum = np.append(minimum, y.min()), np.append(maximum, y.max())
        self.fractional |= fractional_columns(X, y, minimum, maximum, ~self.fractional)
        np.minimum(self.minimum, minimum, out=self.minimum)
        np.maximum(self.maximum, maximum, out=self.maximum)

    def _settle_constant_columns(self) -> None:
        """Give a column that never changes exactly its value as mean, and no spread."""
        constant = self.minimum == self.maximum
        self.mean[constant], self.rest[constant] = self.minimum[constant], 0.0
        self.cross[constant] = self.cross[:, constant] = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class FewRows:
    """Rows that are kept, centred, ``(n, n_features + 1)``; the others as in `linreg.numerics.moments.Moments`."""

    factor: Array
    mean: Array
    rest: Array
    minimum: Array
    maximum: Array
    fractional: NDArray[np.bool_]


def few_rows(parts: deque[Batch], n_features: int) -> FewRows:
    """Put rows together, and centre them; each part is freed once it is copied."""
    rows, end = np.empty((sum(len(y) for _, y in parts), n_features + 1)), 0
    while parts:
        X, y = parts.popleft()
        start, end = end, end + len(y)
        rows[start:end, :-1], rows[start:end, -1] = X, y
    minimum, maximum = rows.min(axis=0, initial=np.inf), rows.max(axis=0, initial=-np.inf)
    fractional = fractional_columns(rows[:, :-1], rows[:, -1], minimum, maximum)
    n_rows, is_constant = max(1, len(rows)), minimum == maximum
    mean = np.where(is_constant, minimum, rows.sum(axis=0) / n_rows)
    rows -= mean
    rest = np.where(is_constant, 0.0, rows.sum(axis=0) / n_rows)
    rows -= rest
    total = mean + rest
    return FewRows(rows, total, rest - (total - mean), minimum, maximum, fractional)


def fractional_columns(
    X: NDArray[Any], y: NDArray[Any], minimum: Array, maximum: Array, among: NDArray[np.bool_] | bool = True
) -> NDArray[np.bool_]:
    """Return which columns of [X y] have other cells than integers below 2⁵³, where their rounding could matter.

    Only those `among` which one is sought are looked at.
    """
    fractional = np.zeros(len(minimum), bool)
    for column in np.flatnonzero(_is_coarse(minimum, maximum) & among).tolist():
        fractional[column] = _has_fractions(y if column == X.shape[1] else X[:, column])
    return fractional


def _is_coarse(minimum: Array, maximum: Array) -> NDArray[np.bool_]:
    """Return which columns are so large beside their differences that the rounding of their cells could matter."""
    largest = np.maximum(np.abs(minimum), np.abs(maximum))
    finite = np.isfinite(largest)
    coarse: NDArray[np.bool_] = finite & (np.spacing(np.where(finite, largest, 0.0)) > _FINE * (maximum - minimum))
    return coarse


def _has_fractions(cells: NDArray[Any]) -> bool:
    return bool((np.abs(cells) >= _MOST_WHOLE).any() or (cells != np.rint(cells)).any())


def _block_rows(n_features: int) -> int:
    rows = max(_BLOCK_CELLS // max(1, n_features), min(_BLOCK_ROWS, _MOST_BLOCK_CELLS // max(1, n_features)))
    return rows - rows % _tile(n_features)


def _tile(n_features: int) -> int:
    """Return how many narrow rows are handled as one wide row."""
    return max(1, _WIDE // max(1, n_features))


def _centred(X: NDArray[Any], mean: Array, scratch: Array) -> tuple[Array, Array, Array]:
    """Write X − mean into `scratch` in X's own memory order; return it, ``(n, n_features)``, and the extremes."""
    n_samples, n_features = X.shape
    if not X.flags.c_contiguous or n_features < 2:
        columns, rows = X.T, scratch.reshape(n_features, n_samples)
        np.subtract(columns, mean[:, np.newaxis], out=rows)
        return rows.T, columns.min(axis=1), columns.max(axis=1)
    tile = _tile(n_features) if n_samples % _tile(n_features) == 0 else 1
    wide, rows = X.reshape(-1, tile * n_features), scratch.reshape(-1, tile * n_features)
    np.subtract(wide, np.tile(mean, tile), out=rows)
    minimum, maximum = (each.reshape(tile, n_features) for each in (wide.min(axis=0), wide.max(axis=0)))
    return rows.reshape(X.shape), minimum.min(axis=0), maximum.max(axis=0)
