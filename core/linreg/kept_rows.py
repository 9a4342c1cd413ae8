"""Some epochs exactly: every so many of all, and every one of the latest that passed by."""

from collections import deque
from dataclasses import dataclass
from math import isnan
from threading import Lock

import numpy as np

from linreg.trace import Matrix, Vector

MOST_NUMBERS, MOST_ROWS, FEWEST_ROWS = 2**21, 2**16, 128
MOST_LATEST, FEWEST_LATEST = 512, 64


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Consecutive epochs at one learning rate: ``(n_epochs, n_columns)``."""

    first_epoch: int
    learning_rate: float
    values: Matrix

    @property
    def end(self) -> int:
        """The epoch after the last."""
        return self.first_epoch + len(self.values)

    def between(self, start: int, end: int) -> "Rows":
        """Return those from epoch `start` until before `end`."""
        start, end = max(start, self.first_epoch), min(end, self.end)
        values = self.values[start - self.first_epoch : max(0, end - self.first_epoch)]
        return Rows(start, self.learning_rate, values)


class KeptRows:
    """Every multiple of `every`, which doubles when they are too many, and the latest epochs that passed by."""

    def __init__(self, n_columns: int, every: int) -> None:
        self._asked_every = self.every = every
        self._capacity = int(np.clip(MOST_NUMBERS // n_columns, FEWEST_ROWS, MOST_ROWS))
        self._values, self._rates = np.empty((self._capacity, n_columns)), np.empty(self._capacity)
        self._n_multiples = 0
        self._n_latest = int(np.clip(MOST_NUMBERS // n_columns, FEWEST_LATEST, MOST_LATEST))
        self._latest: deque[Rows] = deque()
        self._lock = Lock()

    def add(self, rows: Rows) -> None:
        """Add the epochs that follow all others."""
        if (rows.end - 1) // self.every >= self._capacity:
            self._thin(rows.end - 1)
        first = -(-rows.first_epoch // self.every)
        multiples = rows.values[first * self.every - rows.first_epoch :: self.every]
        with self._lock:
            self._values[first : first + len(multiples)] = multiples
            self._rates[first : first + len(multiples)] = rows.learning_rate
            self._n_multiples = first + len(multiples)
        self.pass_by(rows)

    def _thin(self, last_epoch: int) -> None:
        factor = 1
        while last_epoch // (self.every * factor) >= self._capacity:
            factor *= 2
        values, rates = np.empty_like(self._values), np.empty_like(self._rates)
        n_multiples = -(-self._n_multiples // factor)
        values[:n_multiples] = self._values[: self._n_multiples : factor]
        rates[:n_multiples] = self._rates[: self._n_multiples : factor]
        with self._lock:
            self._values, self._rates, self._n_multiples = values, rates, n_multiples
            self.every *= factor

    def pass_by(self, rows: Rows) -> None:
        """Keep these among the latest, whether or not they have been here before."""
        latest, most = self._latest, self._n_latest
        with self._lock:
            start, end = (latest[0].first_epoch, latest[-1].end) if latest else (0, 0)
            if rows.end < start or rows.first_epoch > end or (rows.first_epoch < start and rows.end > end):
                latest.clear()
            if not latest:
                latest.append(_own(rows.between(rows.end - most, rows.end)))
            elif rows.end > end:
                latest.append(_own(rows.between(max(end, rows.end - most), rows.end)))
                while latest[-1].end - latest[0].end >= most:
                    latest.popleft()
            elif rows.first_epoch < start:
                latest.appendleft(_own(rows.between(start - most, start)))
                while latest[-1].first_epoch >= max(rows.end, latest[0].first_epoch + most):
                    latest.pop()

    def cut(self, n_epochs: int) -> None:
        """Forget the epochs from `n_epochs` on."""
        with self._lock:
            self._n_multiples = min(self._n_multiples, -(-n_epochs // self.every))
            while self._latest and self._latest[-1].first_epoch >= n_epochs:
                self._latest.pop()
            if self._latest and self._latest[-1].end > n_epochs:
                self._latest.append(self._latest.pop().between(0, n_epochs))
            if not n_epochs:
                self.every = self._asked_every

    def newest(self, n_rows: int, until: int) -> list[Rows]:
        """Return the newest `n_rows` of the multiples up to `until`, and `until` where it is known."""
        with self._lock:
            last = self._find(until) if until % self.every else None
            end = min(self._n_multiples, until // self.every + 1)
            start = max(0, end - n_rows + (last is not None))
            values, rates, every = self._values[start:end].copy(), self._rates[start:end].tolist(), self.every
        rows = [Rows((start + row) * every, rate, values[row : row + 1]) for row, rate in enumerate(rates)]
        return rows if last is None else [*rows, last]

    def find(self, epoch: int) -> Rows | None:
        """Return one epoch, if it is kept."""
        with self._lock:
            return self._find(epoch)

    def _find(self, epoch: int) -> Rows | None:
        for rows in self._latest:
            if rows.first_epoch <= epoch < rows.end:
                return rows.between(epoch, epoch + 1)
        number, rest = divmod(epoch, self.every)
        if rest or not 0 <= number < self._n_multiples:
            return None
        return Rows(epoch, float(self._rates[number]), self._values[number : number + 1].copy())

    def latest(self, start: int, end: int) -> Matrix | None:
        """Return all epochs from `start` until before `end`, if every one is among the latest."""
        with self._lock:
            parts = [part for part in (rows.between(start, end) for rows in self._latest) if len(part.values)]
        values = np.concatenate([part.values for part in parts]) if parts else None
        return values if values is not None and len(values) == end - start else None

    def multiples(self, first: int, most: int) -> tuple[Matrix, Vector, bool]:
        """Copy at most so many multiples from number `first` on, and their rates; tell whether these are all."""
        with self._lock:
            end = min(first + most, self._n_multiples)
            return self._values[first:end].copy(), self._rates[first:end].copy(), end == self._n_multiples

    def passed(
        self, held: tuple[int, int], most: int, until: int | None
    ) -> tuple[tuple[int, int], tuple[Rows, ...], bool]:
        """Return from where to where the latest epochs go, those not `held`, and whether these are all.

        If there are more than `most`, the newest come first.

        Parameters
        ----------
        held
            From which epoch until before which a copy has them.
        until
            Go no further than this epoch, where it is among the latest.
        """
        with self._lock:
            blocks = list(self._latest)
        first, end = (blocks[0].first_epoch, blocks[-1].end) if blocks else (0, 0)
        if until is not None and first <= until < end:
            end = until + 1
        start, stop = max(held[0], first), min(held[1], end)
        if start >= stop or end - stop > most:
            start = stop = end
        begin = max(first, start - (most - (end - stop)))
        parts = [rows.between(*part) for part in ((begin, start), (stop, end)) for rows in blocks]
        return (begin, end), _joined([rows for rows in parts if len(rows.values)]), begin == first

    def follow(
        self, every: int, first: int, values: Matrix, rates: Vector, latest: tuple[int, int], passed: tuple[Rows, ...]
    ) -> None:
        """Write another's rows: multiples of `every` from number `first` on, and the latest that are new here."""
        n_multiples = first + len(values)
        with self._lock:
            self._values[first:n_multiples], self._rates[first:n_multiples] = values, rates
            self.every, self._n_multiples = every, n_multiples
            kept = [part for part in (rows.between(*latest) for rows in self._latest) if len(part.values)]
            self._latest = deque(sorted([*kept, *passed], key=lambda rows: rows.first_epoch))


def _joined(blocks: list[Rows]) -> tuple[Rows, ...]:
    """Join blocks that follow each other at one rate."""
    groups: list[list[Rows]] = []
    for rows in blocks:
        last = groups[-1][-1] if groups else None
        if last is not None and last.end == rows.first_epoch and _same(last.learning_rate, rows.learning_rate):
            groups[-1].append(rows)
        else:
            groups.append([rows])
    return tuple(
        Rows(group[0].first_epoch, group[0].learning_rate, np.concatenate([rows.values for rows in group]))
        for group in groups
    )


def _same(rate: float, other: float) -> bool:
    return rate == other or (isnan(rate) and isnan(other))


def _own(rows: Rows) -> Rows:
    """Copy a few rows out of a large block, so that they don't keep all of it in memory."""
    return Rows(rows.first_epoch, rows.learning_rate, rows.values.copy())
