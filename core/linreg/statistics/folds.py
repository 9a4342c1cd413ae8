"""Rows in folds, and their moments: what is trained on without a fold is the sum of all others.

Moments are added, never subtracted: the difference of two large sums would have lost the digits of a small fold.
"""

from collections.abc import Sequence
from itertools import accumulate
from operator import add
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Batch, WeightedBatch
from linreg.errors import LinregError
from linreg.numerics.moments import Moments
from linreg.numerics.weighting import WeightedMoments

MOST_FOLDS = 1000
"""So many moments are kept at a time."""

Part = TypeVar("Part", Moments, WeightedMoments)
FoldNumbers = NDArray[np.int64]


class Deal:
    """Deals rows to folds as they go by: of every `n_folds` rows in turn each goes to another, in an order drawn anew.

    So the folds are of one size but for a row, and each has rows from everywhere, whatever the order of the table.

    Raises
    ------
    LinregError
        There are fewer than two folds, or more than are kept.
    """

    def __init__(self, n_folds: int, seed: int) -> None:
        if not 2 <= n_folds <= MOST_FOLDS:
            why = "a fold is held out while the others are trained on" if n_folds < 2 else "of more, name a column"
            raise LinregError(f"--folds takes a whole number from 2 to {MOST_FOLDS:,}, not {n_folds:,}: {why}.")
        self.n_folds, self._generator = n_folds, np.random.default_rng(seed)
        self._waiting: FoldNumbers = np.empty(0, np.int64)

    def next(self, n_rows: int) -> FoldNumbers:
        """Return the folds of the next rows, ``(n_rows,)``; the same however the rows are cut into batches."""
        n_rounds = -(-max(0, n_rows - len(self._waiting)) // self.n_folds)
        rounds = [self._generator.permutation(self.n_folds) for _ in range(n_rounds)]
        dealt = np.concatenate([self._waiting, *rounds])
        self._waiting = dealt[n_rows:]
        return dealt[:n_rows]


class FoldMoments:
    """The moments of each fold, while the rows go by once."""

    def __init__(self, n_folds: int, n_features: int, *, weighted: bool) -> None:
        X, y = np.empty((0, n_features)), np.empty(0)
        self._plain = [] if weighted else [Moments.of(X, y)] * n_folds
        self._weighted = [WeightedMoments.of(X, y, y)] * n_folds if weighted else []

    def add(self, batch: Batch, folds: FoldNumbers) -> None:
        """Add rows, each to its fold, ``(n_rows,)``."""
        X, y = batch
        order = np.argsort(folds, kind="stable")
        numbers, starts = np.unique(folds[order], return_index=True)
        for number, rows in zip(numbers.tolist(), np.split(order, starts[1:]), strict=True):
            if self._plain:
                self._plain[number] += Moments.of(X[rows], y[rows])
            else:
                assert isinstance(batch, WeightedBatch)
                self._weighted[number] += WeightedMoments.of(X[rows], y[rows], batch.weights[rows])

    def held_out(self) -> list[Moments]:
        """Return the moments of each fold."""
        return self._plain or [part.scaled() for part in self._weighted]

    def trained_on(self) -> list[Moments]:
        """Return the moments of all rows but a fold, for each."""
        return sums_of_others(self._plain) or [part.scaled() for part in sums_of_others(self._weighted)]

    def together(self) -> Moments:
        """Return the moments of all rows."""
        if self._plain:
            return [*accumulate(self._plain)][-1]
        return [*accumulate(self._weighted)][-1].scaled()


def sums_of_others(parts: Sequence[Part]) -> list[Part]:
    """Return for each of two parts or more the sum of all others: with what is before it, and what is after it."""
    if not parts:
        return []
    before: list[Part] = list(accumulate(parts, add))
    after: list[Part] = list(accumulate(reversed(parts), add))[::-1]
    return [after[1], *map(add, before[:-2], after[2:]), before[-2]]
