"""One pass over rows in memory: means, centred cross-products and extremes of their columns.

Rows are centred block by block, about the mean of the rows before, while they are in the cache; what that mean was off
is taken out afterwards. The difference is itself part of the total, so this never cancels more than a rounding error of
what has been added up, wherever the data drift to. No centred copy of the table is made.

Many rows are shared among threads, each with its own sums and BLAS to itself: numpy's products and loops let go of
Python's lock, and a product of a few columns gains nothing from the threads that BLAS has, which wait for each other by
spinning. There, blocks whose means are small beside their spread are not centred at all: that costs a digit at most.
"""

import os
from collections import deque
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Array, Batch

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

_BLOCK_CELLS = 2**18
"""Cells centred at a time, 2 MiB, so that a block is still in the cache when it is multiplied …"""
_BLOCK_ROWS, _MOST_BLOCK_CELLS = 4096, 2**21
"""… but so many rows where columns are many: a product of few rows is slower than reading them again."""
_RAW_CELLS = 2**18
"""Cells of a block that is not centred: it is read again for the sums and the extremes, and best from the cache."""
_SHARED_CELLS, _MOST_SHARED, _MOST_THREADS = 2**21, 1024, 16
"""Cells that are worth several threads; features whose sums each thread may have its own of; and threads."""
_LEVEL = 16 / 17
"""The part of the squares of a column up to which that of its mean is small beside its spread: a fourth of that."""
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
        n_threads = _n_threads() if X.size >= _SHARED_CELLS and self.n_features <= _MOST_SHARED else 1
        if n_threads > 1:
            self._share(X, y, n_threads)
        else:
            self._add_in_blocks(X, y)
        self._settle_constant_columns()

    def _share(self, X: NDArray[Any], y: NDArray[Any], n_threads: int) -> None:
        """Add rows, as many on each thread."""
        from concurrent.futures import ThreadPoolExecutor

        n_rows = -(-len(y) // n_threads)

        def added_up(start: int) -> Accumulation:
            part, rows = Accumulation(self.n_features), slice(start, start + n_rows)
            with np.errstate(over="ignore", invalid="ignore"):  # each thread has its own
                part._add_raw(X[rows], y[rows])
            return part

        with blas().limit(limits=1), ThreadPoolExecutor(n_threads) as pool:
            for part in pool.map(added_up, range(0, len(y), n_rows)):
                self._absorb(part)

    def _add_raw(self, X: NDArray[Any], y: NDArray[Any]) -> None:
        """Add rows as they are, but for blocks that have to be centred, and the target, which is moved a bit."""
        n_rows, raw, middle = _block_rows(self.n_features, _RAW_CELLS), Accumulation(self.n_features), float(y[0])
        total, sides = np.zeros(self.n_features + 1), np.ones((2, min(n_rows, len(y))))
        for start in range(0, len(y), n_rows):
            rows, targets = np.asarray(X[start : start + n_rows], np.float64), y[start : start + n_rows]
            beside = sides[:, : len(targets)]
            np.subtract(targets, middle, out=beside[1])
            products, (sums, with_target) = rows.T @ rows, beside @ rows
            among = beside @ beside[1]
            sums, squares = np.append(sums, among[0]), np.append(np.diagonal(products), among[1])
            if not (np.square(sums) <= _LEVEL * len(targets) * squares).all():
                self._add_in_blocks(rows, targets)
                continue
            raw.n_samples += len(targets)
            total += sums
            raw.cross[:-1, :-1] += products
            raw.cross[-1] += np.append(with_target, among[1])
            raw._widen(rows, targets, *_extremes(rows))
        if raw.n_samples:
            raw.cross[:-1, -1] = raw.cross[-1, :-1]
            raw.mean = total / raw.n_samples
            raw.cross -= np.outer(total, raw.mean)
            moved = raw.mean[-1]
            raw.mean[-1] += middle
            raw.rest[-1] = moved - (raw.mean[-1] - middle)
            self._absorb(raw)

    def _absorb(self, other: "Accumulation") -> None:
        """Add what has been added up elsewhere, as `linreg.numerics.moments.Moments.merged` does."""
        n_samples = self.n_samples + other.n_samples
        share = other.n_samples / n_samples
        apart = (other.mean - self.mean) + (other.rest - self.rest) if self.n_samples else other.mean
        between, before = apart * np.sqrt(self.n_samples * share), self.mean
        self.cross += other.cross
        self.cross += np.outer(between, between)
        shift = apart * share if self.n_samples else other.mean
        self.mean = before + shift
        self.rest = (other.rest if not self.n_samples else self.rest) + (shift - (self.mean - before))
        self.n_samples = n_samples
        self.fractional |= other.fractional
        np.minimum(self.minimum, other.minimum, out=self.minimum)
        np.maximum(self.maximum, other.maximum, out=self.maximum)

    def _add_in_blocks(self, X: NDArray[Any], y: NDArray[Any]) -> None:
        n_rows = _block_rows(self.n_features)
        scratch = np.empty(self.n_features * min(n_rows, len(y)))
        for start in range(0, len(y), n_rows):
            self._add_block(X[start : start + n_rows], y[start : start + n_rows], scratch)

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
        self._widen(X, y, minimum, maximum)

    def _widen(self, X: NDArray[Any], y: NDArray[Any], minimum: Array, maximum: Array) -> None:
        """Take note of the extremes of rows, and of columns whose rounding could matter."""
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


def _n_threads() -> int:
    """Return how many of the machine's processors are this process's own."""
    n_processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(_MOST_THREADS, n_processors // int(os.environ.get("LOCAL_WORLD_SIZE", 1)))


@cache
def blas() -> "ThreadpoolController":
    """Return what says how many threads of its own BLAS may have."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


def _block_rows(n_features: int, cells: int = _BLOCK_CELLS) -> int:
    rows = max(cells // max(1, n_features), min(_BLOCK_ROWS, _MOST_BLOCK_CELLS // max(1, n_features)))
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
    return rows.reshape(X.shape), *_extremes(X)


def _extremes(X: NDArray[Any]) -> tuple[Array, Array]:
    """Return the least and the greatest of each column, ``(n_features,)`` each."""
    n_samples, n_features = X.shape
    tile = _tile(n_features)
    if not X.flags.c_contiguous or n_features < 2 or n_samples % tile:
        return X.min(axis=0), X.max(axis=0)
    wide = X.reshape(-1, tile * n_features)
    minimum, maximum = (each.reshape(tile, n_features) for each in (wide.min(axis=0), wide.max(axis=0)))
    return minimum.min(axis=0), maximum.max(axis=0)
