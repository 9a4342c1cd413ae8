"""Some epochs exactly: every so many of all, what a store had kept of them, and all of the latest that passed by."""

from collections import deque
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Matrix, Vector

MOST_NUMBERS, MOST_ROWS, FEWEST_ROWS = 2**21, 2**16, 128
MOST_LATEST, FEWEST_LATEST = 512, 64


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Consecutive epochs: their learning rates, ``(n_epochs,)``, and values, ``(n_epochs, n_columns)``."""

    first_epoch: int
    rates: Vector
    values: Matrix

    @property
    def end(self) -> int:
        """The epoch after the last."""
        return self.first_epoch + len(self.values)

    def between(self, start: int, end: int) -> "Segment":
        """Return those from epoch `start` until before `end`."""
        start, end = max(start, self.first_epoch), min(end, self.end)
        rows = slice(start - self.first_epoch, max(0, end - self.first_epoch))
        return Segment(start, self.rates[rows], self.values[rows])


class KeptRows:
    """Every multiple of `kept_every`, which grows when they are too many, and the latest epochs that passed by.

    `kept_every` divides `every`, so that the multiples of this one, which are the ones to show, are always among them;
    where even these are too many, both double. Where it was refilled with what a store had kept, that is here too,
    multiples or not: of each `every` epochs the first that is kept is then the one to show.
    """

    def __init__(self, n_columns: int, every: int, kept_every: int | None = None) -> None:
        self._asked = self.every, self.kept_every = every, every if kept_every is None else kept_every
        self._capacity = int(np.clip(MOST_NUMBERS // n_columns, FEWEST_ROWS, MOST_ROWS))
        self._epochs, self._n_kept = np.empty(self._capacity, np.int64), 0
        self._values, self._rates = np.empty((self._capacity, n_columns)), np.empty(self._capacity)
        self._n_latest = int(np.clip(MOST_NUMBERS // n_columns, FEWEST_LATEST, MOST_LATEST))
        self._latest: deque[Segment] = deque()
        self._lock = Lock()

    def add(self, segment: Segment) -> None:
        """Add the epochs that follow all others."""
        if self._n_kept + _n_multiples(segment, self.kept_every) > self._capacity:
            self._thin(segment)
        first = -(-segment.first_epoch // self.kept_every) * self.kept_every
        multiples = slice(first - segment.first_epoch, None, self.kept_every)
        place = slice(self._n_kept, self._n_kept + len(segment.rates[multiples]))
        with self._lock:
            self._epochs[place] = np.arange(first, segment.end, self.kept_every)
            self._values[place], self._rates[place] = segment.values[multiples], segment.rates[multiples]
            self._n_kept = place.stop
        self.pass_by(segment)

    def _thin(self, segment: Segment) -> None:
        """Keep fewer, so that there is room for this one."""
        kept, epochs = _coarser(self.kept_every, self.every), self._epochs[: self._n_kept]
        while len(chosen := np.flatnonzero(_are_first(epochs, kept))) + _n_multiples(segment, kept) > self._capacity:
            kept = _coarser(kept, self.every)
        fewer = self._epochs[chosen], self._values[chosen], self._rates[chosen]
        with self._lock:
            self._write(0, *fewer)
            self.every, self.kept_every = max(kept, self.every), kept

    def refill(self, epochs: NDArray[np.int64], values: Matrix, rates: Vector) -> None:
        """Hold these epochs, ``(n,)`` in order, however many they are: ``(n, n_columns)`` and ``(n,)``."""
        start = len(epochs) - 1
        while start > max(0, len(epochs) - self._n_latest) and epochs[start - 1] == epochs[start] - 1:
            start -= 1
        latest = [Segment(int(epochs[start]), rates[start:], values[start:])] if len(epochs) else []
        with self._lock:
            self._write(0, epochs, values, rates)
            self._latest = deque(latest)

    def _write(self, first: int, epochs: NDArray[np.int64], values: Matrix, rates: Vector) -> None:
        """Write rows from number `first` on, and make room where there is too little."""
        end = first + len(epochs)
        if end > self._capacity:
            self._epochs, self._rates = np.resize(self._epochs, end), np.resize(self._rates, end)
            self._values, self._capacity = np.resize(self._values, (end, self._values.shape[1])), end
        self._epochs[first:end], self._values[first:end], self._rates[first:end] = epochs, values, rates
        self._n_kept = end

    def pass_by(self, segment: Segment) -> None:
        """Keep these among the latest, whether or not they have been here before."""
        latest, most = self._latest, self._n_latest
        with self._lock:
            start, end = (latest[0].first_epoch, latest[-1].end) if latest else (0, 0)
            if segment.end < start or segment.first_epoch > end or (segment.first_epoch < start and segment.end > end):
                latest.clear()
            if not latest:
                latest.append(_own(segment.between(segment.end - most, segment.end)))
            elif segment.end > end:
                latest.append(_own(segment.between(max(end, segment.end - most), segment.end)))
                while latest[-1].end - latest[0].end >= most:
                    latest.popleft()
            elif segment.first_epoch < start:
                latest.appendleft(_own(segment.between(start - most, start)))
                while latest[-1].first_epoch >= max(segment.end, latest[0].first_epoch + most):
                    latest.pop()

    def cut(self, n_epochs: int) -> None:
        """Forget the epochs from `n_epochs` on."""
        with self._lock:
            self._n_kept = self._place(n_epochs)
            while self._latest and self._latest[-1].first_epoch >= n_epochs:
                self._latest.pop()
            if self._latest and self._latest[-1].end > n_epochs:
                self._latest.append(self._latest.pop().between(0, n_epochs))
            if not n_epochs:
                self.every, self.kept_every = self._asked

    def newest(self, n_rows: int, until: int) -> list[Segment]:
        """Return the newest `n_rows` of those to show up to `until`, and `until` where it is known."""
        with self._lock:
            shown = self._shown(self._place(until + 1), n_rows)
            last = None if len(shown) and self._epochs[shown[-1]] == until else self._find(until)
            shown = shown[max(0, len(shown) - n_rows + (last is not None)) :]
            epochs, values, rates = self._epochs[shown].tolist(), self._values[shown], self._rates[shown]
        places = [slice(number, number + 1) for number in range(len(epochs))]
        rows = [Segment(epochs[each.start], rates[each], values[each]) for each in places]
        return rows if last is None else [*rows, last]

    def _shown(self, end: int, n_rows: int) -> NDArray[np.int64]:
        """Return the numbers of the last rows to show before number `end`, `n_rows` of them and perhaps more."""
        n_looked_at = n_rows + 1
        while True:
            start = max(0, end - n_looked_at)
            shown = start + np.flatnonzero(_are_first(self._epochs[start:end], self.every))
            if start == 0 or len(shown) > n_rows:  # whether the first is one to show has not been looked at
                return shown
            n_looked_at *= 4

    def _place(self, epoch: int) -> int:
        """Return how many rows lie before an epoch."""
        return int(np.searchsorted(self._epochs[: self._n_kept], epoch))

    def all(self, until: int) -> list[Segment]:
        """Return every epoch up to `until` that is kept, in order."""
        with self._lock:
            end = self._place(until + 1)
            epochs, values, rates = self._epochs[:end].tolist(), self._values[:end].copy(), self._rates[:end].copy()
            latest = list(self._latest)
        found = {epoch: Segment(epoch, rates[at : at + 1], values[at : at + 1]) for at, epoch in enumerate(epochs)}
        for segment in latest:
            for epoch in range(segment.first_epoch, min(segment.end, until + 1)):
                found.setdefault(epoch, segment.between(epoch, epoch + 1))
        return [found[epoch] for epoch in sorted(found)]

    def rates(self, until: int, most: int) -> tuple[NDArray[np.int64], Vector]:
        """Return at most about `most` of the epochs up to `until` that are kept, evenly spread, and their rates."""
        with self._lock:
            end = self._place(until + 1)
            some = slice(0, end, max(1, end // most))
            return self._epochs[some].copy(), self._rates[some].copy()

    def consecutive(self, first: int, end: int) -> Matrix | None:
        """Return the values of all epochs from `first` until before `end`, if every one is kept."""
        with self._lock:
            rows = slice(self._place(first), self._place(end))
            if rows.stop - rows.start != end - first:
                return None
            return self._values[rows].copy()

    def find(self, epoch: int) -> Segment | None:
        """Return one epoch, if it is kept."""
        with self._lock:
            return self._find(epoch)

    def _find(self, epoch: int) -> Segment | None:
        for segment in self._latest:
            if segment.first_epoch <= epoch < segment.end:
                return segment.between(epoch, epoch + 1)
        number = self._place(epoch)
        if number == self._n_kept or self._epochs[number] != epoch:
            return None
        row = slice(number, number + 1)
        return Segment(epoch, self._rates[row].copy(), self._values[row].copy())

    def find_after(self, epoch: int) -> Segment | None:
        """Return the first epoch after this one that is kept."""
        with self._lock:
            number = self._place(epoch + 1)
            known = [int(self._epochs[number])] if number < self._n_kept else []
            known += [max(epoch + 1, each.first_epoch) for each in self._latest if each.end > epoch + 1]
            return self._find(min(known)) if known else None

    def latest(self, start: int, end: int) -> Matrix | None:
        """Return all epochs from `start` until before `end`, if every one is among the latest."""
        with self._lock:
            parts = [part for part in (segment.between(start, end) for segment in self._latest) if len(part.values)]
        values = np.concatenate([part.values for part in parts]) if parts else None
        return values if values is not None and len(values) == end - start else None

    def part(self, first: int, most: int) -> tuple[NDArray[np.int64], Matrix, Vector, bool]:
        """Copy at most so many rows from number `first` on: epochs, values and rates; tell whether these are all."""
        with self._lock:
            rows = slice(first, min(first + most, self._n_kept))
            copies = self._epochs[rows].copy(), self._values[rows].copy(), self._rates[rows].copy()
            return *copies, rows.stop == self._n_kept

    def passed(
        self, held: tuple[int, int], most: int, until: int | None
    ) -> tuple[tuple[int, int], tuple[Segment, ...], bool]:
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
        parts = [segment.between(*part) for part in ((begin, start), (stop, end)) for segment in blocks]
        return (begin, end), _joined([segment for segment in parts if len(segment.values)]), begin == first

    def follow(
        self,
        every: tuple[int, int],
        first: int,
        rows: tuple[NDArray[np.int64], Matrix, Vector],
        latest: tuple[int, int],
        passed: tuple[Segment, ...],
    ) -> None:
        """Write another's rows: epochs, values and rates from number `first` on, and the latest that are new here.

        `every` are the other's own: those to show, and those that are kept.
        """
        with self._lock:
            self._write(first, *rows)
            self.every, self.kept_every = every
            kept = [part for part in (segment.between(*latest) for segment in self._latest) if len(part.values)]
            self._latest = deque(sorted([*kept, *passed], key=lambda segment: segment.first_epoch))


def _are_first(epochs: NDArray[np.int64], every: int) -> NDArray[np.bool_]:
    """Tell which of these epochs, ``(n,)`` in order, is the first of each `every`."""
    return np.diff(epochs // every, prepend=-1) > 0


def _coarser(kept: int, every: int) -> int:
    """Return the next of what divides `every`, from `kept` on, and beyond it twice as much.

    A factor that is larger than there is room for rows is as good as all that is left.
    """
    if kept >= every:
        return 2 * kept
    rest = every // kept
    return kept * next((factor for factor in range(2, min(rest, MOST_ROWS) + 1) if rest % factor == 0), rest)


def _n_multiples(segment: Segment, every: int) -> int:
    """Count the multiples of `every` among consecutive epochs."""
    return (segment.end - 1) // every - (segment.first_epoch - 1) // every


def _joined(blocks: list[Segment]) -> tuple[Segment, ...]:
    """Join blocks that follow each other."""
    groups: list[list[Segment]] = []
    for segment in blocks:
        if groups and groups[-1][-1].end == segment.first_epoch:
            groups[-1].append(segment)
        else:
            groups.append([segment])
    return tuple(
        Segment(
            group[0].first_epoch,
            np.concatenate([segment.rates for segment in group]),
            np.concatenate([segment.values for segment in group]),
        )
        for group in groups
    )


def _own(segment: Segment) -> Segment:
    """Copy a few epochs out of a large block, so that they don't keep all of it in memory."""
    return Segment(segment.first_epoch, segment.rates.copy(), segment.values.copy())
