"""Any number of epochs in a bounded number of buckets, each with its extremes, its mean and its final value.

A bucket holds `width` consecutive epochs and begins at a multiple of that. When the buckets are full, neighbours are
merged and the width doubles. A value that is not finite is counted, so that it can neither hide nor be hidden.
"""

from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Matrix

_FEW = 100
"""Of so many gaps between epochs that are kept, one may be wider than a bucket."""


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What is kept of buckets: each ``(n_buckets, n_columns)``, over the finite values; NaN where there are none."""

    low: Matrix
    high: Matrix
    mean: Matrix
    final: Matrix
    count: NDArray[np.int64]
    """How many of the bucket's values are finite; what is not known counts as finite."""

    @classmethod
    def empty(cls, n_buckets: int, n_columns: int) -> "Summary":
        """Make room for buckets."""
        shape = n_buckets, n_columns
        return cls(np.empty(shape), np.empty(shape), np.empty(shape), np.empty(shape), np.empty(shape, np.int64))

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> "Summary":
        """Sum up ``(n_buckets, width, n_columns)``."""
        n_buckets, width, n_columns = values.shape
        if width == 1:
            low = high = mean = values[:, 0]
        else:
            with np.errstate(over="ignore", invalid="ignore"):
                low, high, mean = values.min(axis=1), values.max(axis=1), values.mean(axis=1)
        if not (np.isfinite(low).all() and np.isfinite(high).all() and np.isfinite(mean).all()):
            return cls._of_finite(values)
        count = np.full((n_buckets, n_columns), width, np.int64)
        return cls(low, high, np.clip(mean, low, high), values[:, -1], count)

    @classmethod
    def _of_finite(cls, values: NDArray[np.float64]) -> "Summary":
        """Sum up where not all values, or not all sums, are finite."""
        finite = np.isfinite(values)
        count = finite.sum(axis=1)
        low, high = np.where(finite, values, np.inf).min(axis=1), np.where(finite, values, -np.inf).max(axis=1)
        mean = (np.where(finite, values, 0.0) / np.maximum(count, 1)[:, np.newaxis]).sum(axis=1)
        low[count == 0] = high[count == 0] = np.nan
        return cls(low, high, np.clip(mean, low, high), values[:, -1], count)

    def __len__(self) -> int:
        return len(self.count)

    def part(self, rows: slice, columns: slice = slice(None)) -> "Summary":
        """Take some buckets, and some columns of them."""
        arrays = self.low, self.high, self.mean, self.final, self.count
        return Summary(*(each[rows, columns] for each in arrays))  # type: ignore[arg-type]

    def copy(self) -> "Summary":
        """Copy, so that what follows can be done without the lock."""
        return Summary(self.low.copy(), self.high.copy(), self.mean.copy(), self.final.copy(), self.count.copy())

    def put(self, start: int, other: "Summary") -> None:
        """Write `other` over the buckets from `start` on."""
        rows = slice(start, start + len(other))
        self.low[rows], self.high[rows], self.mean[rows] = other.low, other.high, other.mean
        self.final[rows], self.count[rows] = other.final, other.count

    def joined(self, other: "Summary") -> "Summary":
        """Return these buckets and those of `other` behind them."""
        if not len(self) or not len(other):
            return other if len(other) else self
        return Summary(
            np.concatenate([self.low, other.low]),
            np.concatenate([self.high, other.high]),
            np.concatenate([self.mean, other.mean]),
            np.concatenate([self.final, other.final]),
            np.concatenate([self.count, other.count]),
        )

    def merged(self, starts: NDArray[np.int64]) -> "Summary":
        """Merge consecutive buckets into one from each of `starts` to the next."""
        count = np.add.reduceat(self.count, starts, axis=0)
        sizes = np.diff(starts, append=len(self))
        is_known = ~np.isnan(self.mean)
        known = np.where(is_known, self.count, 0)
        share = known / np.maximum(np.repeat(np.add.reduceat(known, starts, axis=0), sizes, axis=0), 1)
        mean = np.add.reduceat(np.where(is_known, self.mean, 0.0) * share, starts, axis=0)
        low, high = np.fmin.reduceat(self.low, starts, axis=0), np.fmax.reduceat(self.high, starts, axis=0)
        return Summary(low, high, np.clip(mean, low, high), self.final[starts + sizes - 1], count)


class Buckets:
    """All epochs from 0 on; one thread adds, any thread reads. The lock is held for copies only, never for sums.

    Attributes
    ----------
    width
        Epochs in a bucket, a power of two.
    n_epochs
        How many have been added.
    """

    def __init__(self, n_columns: int, capacity: int) -> None:
        self.width, self.n_epochs = 1, 0
        self._capacity, self._n_columns = capacity, n_columns
        self._kept = Summary.empty(capacity, n_columns)
        self._lock = Lock()

    def add(self, values: Matrix) -> None:
        """Add the next epochs, ``(n_epochs, n_columns)``."""
        n_epochs = self.n_epochs + len(values)
        if n_epochs > self._capacity * self.width:
            self._widen(n_epochs)
        start = self.n_epochs // self.width
        fresh = self._summed_up(values)
        if self.n_epochs % self.width:
            both = self._kept.part(slice(start, start + 1)).joined(fresh)
            fresh = both.merged(np.concatenate([[0], np.arange(2, len(both))]))
        with self._lock:
            self._kept.put(start, fresh)
            self.n_epochs = n_epochs

    def _summed_up(self, values: Matrix) -> Summary:
        """Sum up the rest of the bucket that is begun, whole buckets, and the one that they leave begun."""
        width, n_columns = self.width, values.shape[1]
        head = min(-self.n_epochs % width, len(values))
        n_whole = (len(values) - head) // width
        tail = head + n_whole * width
        parts = [(values[:head], 1), (values[head:tail], n_whole), (values[tail:], 1)]
        summaries = [Summary.of(part.reshape(n, -1, n_columns)) for part, n in parts if len(part)]
        result = summaries[0]
        for summary in summaries[1:]:
            result = result.joined(summary)
        return result

    def _widen(self, n_epochs: int) -> None:
        """Merge buckets until there is room for so many epochs."""
        width = self.width
        while n_epochs > self._capacity * width:
            width *= 2
        kept, n_kept = Summary.empty(self._capacity, self._n_columns), self._n_kept
        if n_kept:
            kept.put(0, self._kept.part(slice(n_kept)).merged(np.arange(0, n_kept, width // self.width)))
        with self._lock:
            self._kept, self.width = kept, width

    @property
    def _n_kept(self) -> int:
        return -(-self.n_epochs // self.width)

    def refill(self, epochs: NDArray[np.int64], rows: Summary, n_epochs: int) -> None:
        """Hold the first `n_epochs`, of which only some are known: ``(n,)`` in order, and each one's summary.

        A bucket is made so wide that it has one of them, but for the rarest gaps, and takes it for all of its epochs.
        Of a bucket without any nothing is known, and its numbers are NaN.
        """
        # A store keeps every so many epochs of a run, and the newest besides. In buckets as wide as the gaps between
        # them a curve has no holes. The widest gap of all would be too much: where many are kept, one hole among them
        # is to be seen as a hole, and must not blur everything else.
        width = _width_of_gaps(np.diff(epochs))
        while n_epochs > self._capacity * width:
            width *= 2
        starts = np.flatnonzero(np.diff(epochs // width, prepend=-1))  # the first that is known of each bucket
        places, known = epochs[starts] // width, rows.merged(starts)
        first = np.arange(0, n_epochs, width)
        # What is not known counts as finite, so that a bucket is broken only where a value was seen that is not. One of
        # which nothing finite was seen has nothing to show, and counts as broken from end to end.
        count = np.repeat(np.minimum(width, n_epochs - first)[:, np.newaxis], self._n_columns, axis=1)
        n_broken = np.diff(starts, append=len(epochs))[:, np.newaxis] - known.count
        count[places] = np.where(known.count > 0, count[places] - n_broken, 0)
        kept = Summary.empty(self._capacity, self._n_columns)
        for all_of_them, those in ((kept.low, known.low), (kept.high, known.high), (kept.mean, known.mean)):
            all_of_them[: len(first)] = np.nan
            all_of_them[places] = those
        kept.final[: len(first)] = np.nan
        kept.final[places], kept.count[: len(first)] = known.final, count
        with self._lock:
            self._kept, self.width, self.n_epochs = kept, width, n_epochs

    def cut(self, n_epochs: int) -> int:
        """Keep at most the first `n_epochs`, in whole buckets, and return how many those are."""
        with self._lock:
            if n_epochs < self.n_epochs:
                self.n_epochs = n_epochs - n_epochs % self.width
            if not self.n_epochs:
                self.width = 1
        return self.n_epochs

    def column(self, index: int, n_epochs: int) -> tuple[Summary, int, int]:
        """Copy one column of the buckets that begin before epoch `n_epochs`: these, their width, the epochs in them."""
        with self._lock:
            n_epochs = min(n_epochs, self.n_epochs)
            rows = slice(-(-n_epochs // self.width))
            return self._kept.part(rows, slice(index, index + 1)).copy(), self.width, n_epochs

    def part(self, first: int, most: int) -> tuple[Summary, int, bool]:
        """Copy at most so many buckets from number `first` on: these, the epochs until their end, whether all are."""
        with self._lock:
            buckets = self._kept.part(slice(first, min(first + most, self._n_kept))).copy()
            n_epochs = min(self.n_epochs, (first + len(buckets)) * self.width)
            return buckets, n_epochs, n_epochs == self.n_epochs

    def follow(self, first: int, buckets: Summary, width: int, n_epochs: int) -> None:
        """Write buckets of another's from number `first` on, so that they hold `n_epochs`."""
        with self._lock:
            self._kept.put(first, buckets)
            self.width, self.n_epochs = width, n_epochs


def _width_of_gaps(gaps: NDArray[np.int64]) -> int:
    """Return the power of two that all gaps but the rarest are not wider than."""
    wide = int(np.sort(gaps)[-1 - len(gaps) // _FEW]) if len(gaps) else 1
    return 1 << (wide - 1).bit_length()
