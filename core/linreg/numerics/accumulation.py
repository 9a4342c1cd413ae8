"""One pass over rows in memory: means, centred cross-products and extremes of their columns.

Rows are added up block by block, while they are in the cache, less an origin near their means. What it was off is taken
out in the end, and costs a digit at most: rows that are too far from it, because the data drift, get an origin of their
own. No centred copy of the table is made; where rows are many and 0 is near enough, not even one of a block.

Many rows are shared among threads, each with its own sums and BLAS to itself: numpy's products and loops let go of
Python's lock, and a product of a few columns gains nothing from the threads that BLAS has, which wait for each other by
spinning.
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

_BLOCK_CELLS = 2**17
"""Cells added up at a time, 1 MiB, so that a block is still in the cache when it is read again …"""
_BLOCK_ROWS, _MOST_BLOCK_CELLS = 4096, 2**21
"""… but so many rows where columns are many: a product of few rows is slower than reading them again."""
_MANY_CELLS, _MOST_SHARED, _MOST_THREADS = 2**21, 1024, 16
"""Cells that are worth several threads; features whose sums each thread may have its own of; and threads."""
_NEAR = 16 / 17
"""The part of a column's squares up to which that of its mean is near 0: its spread is then at least a fourth of it."""
_ORIGINS = 2
"""Of cells much larger than their spread the mean is rounded by more than that; the mean of what is left is not."""
_WIDE = 1024
"""Narrow rows are handled this many cells at a time: numpy's loops have a price a row."""

_FINE = 1e-12
"""A column whose cells are rounded by less than this part of its differences is not looked at more closely."""
MOST_WHOLE = 2.0**53
"""Integers below it are exact."""


@dataclass(slots=True, eq=False)
class _Sums:
    """Of rows whose features are taken less an origin: how many, their sums, and their products with each other.

    `origin` is ``(n_features,)``, `total` ``(n_features + 1,)``, `cross` ``(n_features + 1, n_features + 1)``, without
    what mirrors its last row.
    """

    n_samples: int
    origin: Array
    total: Array
    cross: Array

    @classmethod
    def of(cls, X: Array, t: Array, origin: Array, scratch: Array) -> "_Sums":
        """Add up a block; it is subtracted from in `scratch`, unless the origin is 0."""
        Z = _less(X, origin, scratch) if origin.any() else X
        cross = np.empty((len(origin) + 1, len(origin) + 1))
        np.matmul(Z.T, Z, out=cross[:-1, :-1])  # first: while BLAS sorts the block, the memory is heard from in time
        cross[-1] = np.append(t @ Z, t @ t)
        return cls(len(t), origin, np.append(np.ones(len(t)) @ Z, t.sum()), cross)

    @property
    def is_near(self) -> bool:
        """Whether every feature's mean is near the origin, beside its spread."""
        return bool((np.square(self.total) <= _NEAR * self.n_samples * np.diagonal(self.cross))[:-1].all())

    def add(self, other: "_Sums") -> None:
        """Add those of other rows, less the same origin."""
        self.n_samples += other.n_samples
        self.total += other.total
        self.cross += other.cross

    def centre(self) -> None:
        """Make of the products those about the mean."""
        self.cross[:-1, -1] = self.cross[-1, :-1]
        _add_product(self.cross, -self.total, self.total / self.n_samples)


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
        if not len(y):
            return
        is_many = X.size >= _MANY_CELLS
        if is_many and self.n_features <= _MOST_SHARED and (n_threads := _n_threads()) > 1:
            self._share(X, y, n_threads)
        else:
            self._add_in_blocks(X, y, is_many)
        constant = self.minimum == self.maximum  # its value is its mean, and it has no spread
        self.mean[constant], self.rest[constant] = self.minimum[constant], 0.0
        self.cross[constant] = self.cross[:, constant] = 0.0

    def _share(self, X: NDArray[Any], y: NDArray[Any], n_threads: int) -> None:
        """Add rows, as many on each thread."""
        from concurrent.futures import ThreadPoolExecutor

        n_rows = -(-len(y) // n_threads)

        def added_up(start: int) -> Accumulation:
            part, rows = Accumulation(self.n_features), slice(start, start + n_rows)
            with np.errstate(over="ignore", invalid="ignore"):  # each thread has its own
                part._add_in_blocks(X[rows], y[rows], is_many=True)
            return part

        with blas().limit(limits=1), ThreadPoolExecutor(n_threads) as pool:
            for part in pool.map(added_up, range(0, len(y), n_rows)):
                self._absorb(part.n_samples, part.mean, part.rest, part.cross)
                self._widen(part.minimum, part.maximum, part.fractional)

    def _add_in_blocks(self, X: NDArray[Any], y: NDArray[Any], is_many: bool) -> None:
        """Add rows: of many the first are tried without subtracting anything, of few their own means are taken off."""
        n_rows, sums, middle = _block_rows(self.n_features), None, y.mean(dtype=np.float64)
        t, scratch = y - middle, np.empty(self.n_features * min(n_rows, len(y)))
        minimum, maximum = (np.full(self.n_features, end) for end in (np.inf, -np.inf))
        for start in range(0, len(y), n_rows):
            rows, beside = np.asarray(X[start : start + n_rows], np.float64), t[start : start + n_rows]
            if sums is None:
                origin = np.zeros(self.n_features) if is_many else rows.mean(axis=0)
            block, (least, most) = _Sums.of(rows, beside, origin, scratch), _extremes(rows)
            np.minimum(minimum, least, out=minimum)
            np.maximum(maximum, most, out=maximum)
            for _ in range(_ORIGINS):
                if not block.is_near:
                    origin = np.where(least == most, least, origin + block.total[:-1] / len(beside))
                    block = _Sums.of(rows, beside, origin, scratch)
            if sums is not None and sums.origin is origin:
                sums.add(block)
            else:
                self._take(sums, middle)
                sums = block
        self._take(sums, middle)
        minimum, maximum = np.append(minimum, y.min()), np.append(maximum, y.max())
        self._widen(minimum, maximum, fractional_columns(X, y, minimum, maximum, ~self.fractional))

    def _take(self, sums: _Sums | None, middle: float) -> None:
        """Add rows whose targets are less `middle`, and after which none are to come about the same origin."""
        if sums is not None:
            sums.centre()
            origin, shift = np.append(sums.origin, middle), sums.total / sums.n_samples
            mean = origin + shift
            self._absorb(sums.n_samples, mean, left_out(origin, shift, mean), sums.cross)

    def _absorb(self, n_samples: int, mean: Array, rest: Array, cross: Array) -> None:
        """Add what has been added up elsewhere, about its own mean."""
        self.cross += cross
        if self.n_samples:
            share = n_samples / (self.n_samples + n_samples)
            apart = (mean - self.mean) + (rest - self.rest)
            between = apart * np.sqrt(self.n_samples * share)
            _add_product(self.cross, between, between)
            mean = self.mean + apart * share
            rest = left_out(self.mean, apart * share, mean) + self.rest
        self.n_samples, self.mean = self.n_samples + n_samples, mean + rest
        self.rest = left_out(mean, rest, self.mean)

    def _widen(self, minimum: Array, maximum: Array, fractional: NDArray[np.bool_]) -> None:
        """Take note of the extremes of rows, and of columns whose rounding could matter."""
        self.fractional |= fractional
        np.minimum(self.minimum, minimum, out=self.minimum)
        np.maximum(self.maximum, maximum, out=self.maximum)


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
    return bool((np.abs(cells) >= MOST_WHOLE).any() or (cells != np.rint(cells)).any())


def _n_threads() -> int:
    """Return how many of the machine's processors are this process's own."""
    n_processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(_MOST_THREADS, n_processors // int(os.environ.get("LOCAL_WORLD_SIZE", 1)))


@cache
def blas() -> "ThreadpoolController":
    """Return what says how many threads of its own BLAS may have."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


def left_out(first: Array, second: Array, total: Array) -> Array:
    """Return what rounding left out of the sum of two (Knuth)."""
    of_second = total - first
    return (first - (total - of_second)) + (second - of_second)


def _add_product(matrix: Array, column: Array, row: Array) -> None:
    """Add column · row to a matrix, without another one of its size."""
    for start in range(0, len(matrix), _WIDE):
        matrix[start : start + _WIDE] += np.outer(column[start : start + _WIDE], row)


def _block_rows(n_features: int) -> int:
    cells = max(1, n_features)
    rows = max(_BLOCK_CELLS // cells, min(_BLOCK_ROWS, _MOST_BLOCK_CELLS // cells))
    return max(1, rows - rows % _tile(n_features))


def _tile(n_features: int) -> int:
    """Return how many narrow rows are handled as one wide row."""
    return max(1, _WIDE // max(1, n_features))


def _wide(X: Array) -> Array:
    """Return the rows with as many as can be in one: ``(n_samples / tile, tile · n_features)``."""
    tile = _tile(X.shape[1])
    return X.reshape(-1, tile * X.shape[1]) if X.flags.c_contiguous and X.shape[1] > 1 and len(X) % tile == 0 else X


def _less(X: Array, origin: Array, scratch: Array) -> Array:
    """Return X − origin in X's own memory order, written into `scratch`."""
    if not X.flags.c_contiguous or X.shape[1] < 2:
        return np.subtract(X.T, origin[:, np.newaxis], out=scratch[: X.size].reshape(X.T.shape)).T
    rows, out = _wide(X), scratch[: X.size]
    np.subtract(rows, np.tile(origin, rows.shape[1] // len(origin)), out=out.reshape(rows.shape))
    return out.reshape(X.shape)


def _extremes(X: Array) -> tuple[Array, Array]:
    """Return the least and the greatest of each column, ``(n_features,)`` each."""
    rows = _wide(X)
    shape = rows.shape[1] // max(1, X.shape[1]), X.shape[1]
    least, most = rows.min(axis=0).reshape(shape), rows.max(axis=0).reshape(shape)
    return least.min(axis=0, initial=np.inf), most.max(axis=0, initial=-np.inf)
