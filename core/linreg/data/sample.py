"""A few rows to draw, taken from all that are read: the engines that train on moments forget every row.

Each row draws a number, and those with the smallest are kept: a uniform sample whatever the batches.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Batch, Matrix, Vector

if TYPE_CHECKING:
    from linreg.data.table import Source

    Reading = Callable[[Source], Iterator[Batch]]

MOST_ROWS, MOST_NUMBERS = 1000, 2**18


class Sample:
    """Rows drawn at random from batches that go by: all of them where they are few."""

    def __init__(self, n_features: int, seed: int = 0) -> None:
        self._most = int(np.clip(MOST_NUMBERS // (n_features + 1), 1, MOST_ROWS))
        self._generator = np.random.default_rng(seed)
        self._rows, self._lots = np.empty((0, n_features + 1)), np.empty(0)

    def watch(self, batches: Iterable[tuple[Matrix, Vector]]) -> Iterator[tuple[Matrix, Vector]]:
        """Hand the batches on."""
        for batch in batches:
            self.add(*batch)
            yield batch

    def add(self, X: Matrix, y: Vector) -> None:
        """Let rows go by: ``(n_rows, n_features)`` and ``(n_rows,)``."""
        lots = self._generator.random(len(y))
        limit = self._lots.max() if len(self._lots) == self._most else np.inf
        chosen = self._least(lots, np.flatnonzero(lots < limit))
        if not len(chosen):
            return
        rows = np.concatenate([self._rows, np.column_stack([X[chosen], y[chosen]])])
        lots = np.concatenate([self._lots, lots[chosen]])
        kept = self._least(lots, np.arange(len(lots)))
        self._rows, self._lots = rows[kept], lots[kept]

    def _least(self, lots: Vector, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return those of `chosen` with the least lots, no more than are kept, in order."""
        if len(chosen) <= self._most:
            return chosen
        least: NDArray[np.int64] = np.sort(chosen[np.argpartition(lots[chosen], self._most - 1)[: self._most]])
        return least

    @property
    def X(self) -> Matrix:  # noqa: N802
        """The features of the rows kept, ``(n, n_features)``, in the data's order."""
        return self._rows[:, :-1]

    @property
    def y(self) -> Vector:
        """Their targets, ``(n,)``."""
        return self._rows[:, -1]


class Sampled:
    """Hands on a source's batches, and draws rows to show from what goes by."""

    def __init__(self, reading: "Reading") -> None:
        self.sample, self._reading = Sample(0), reading

    def __call__(self, source: "Source") -> Iterator[Batch]:
        """Be a reading, as `linreg.training.posing.pose` takes it."""
        self.sample = Sample(len(source.features))
        yield from self.sample.watch(self._reading(source))
