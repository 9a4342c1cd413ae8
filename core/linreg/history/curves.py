"""What is measured beside the cost, now and then: curves in bounded memory, of which no spike is lost.

A curve has points at some steps. They are kept in buckets of so many consecutive steps, which double when the buckets
with points in them are too many: of each the first of its points exactly, and what all of them come to. So what is kept
does not depend on how the points came in, and where a curve has a point at every step, the steps that are kept are
multiples of a power of two, as they are of the epochs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import nan
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linreg.arrays import Matrix
from linreg.history.series import Series

MOST_POINTS, MOST_CURVES, LONGEST_NAME = 2048, 64, 200
STEP, VALUE, LOW, HIGH, MEAN, N_FINITE, N, VERSION = range(8)
"""The columns of what is kept: a point and the step it belongs to; of all points from there up to the next one's bucket
the extremes and the mean of those that are finite, how many these are, and how many all are; when it last changed."""


class CurvePiece(NamedTuple):
    """What a copy lacks of a curve: its points from number `first` on, and whatever else it is then."""

    number: int
    name: str
    width: int
    n: int
    last_step: int
    last: float
    first: int
    points: Matrix


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A curve as it is now.

    Attributes
    ----------
    name
        A stranger's text.
    width
        Steps in a bucket, a power of two.
    n, last_step, last
        How many points it has had, and the newest of them.
    points
        ``(n_kept, 8)``, in order of their steps; the columns are those above.
    """

    name: str
    width: int = 1
    n: int = 0
    last_step: int = -1
    last: float = nan
    points: Matrix = field(default_factory=lambda: np.empty((0, 8)))

    @property
    def steps(self) -> NDArray[np.int64]:
        """The steps of the points that are kept, the newest among them, ``(n_exact,)``."""
        steps = self.points[:, STEP].astype(np.int64)
        return steps if self._ends_exactly else np.append(steps, self.last_step)

    @property
    def values(self) -> NDArray[np.float64]:
        """The values at `steps`, ``(n_exact,)``."""
        values = self.points[:, VALUE].copy()
        return values if self._ends_exactly else np.append(values, self.last)

    @property
    def _ends_exactly(self) -> bool:
        return not self.n or int(self.points[-1, STEP]) == self.last_step

    def with_points(self, steps: ArrayLike, values: ArrayLike, version: int = 0) -> "Curve":
        """Return it with points behind those that it has: ``(n,)`` each, steps from 0 in order, one at least.

        Of several points at one step the last is the one that is kept exactly.
        """
        at, values = np.asarray(steps, np.float64), np.asarray(values, np.float64)
        at = np.maximum.accumulate(np.maximum(at, self.last_step))  # threads may hand them over a little out of order
        head = self.points[:-1]
        rows = np.concatenate([self.points[-1:], _single(at, values)])
        rows[:, VERSION] = version
        starts = _starts(rows[:, STEP])
        final = rows[np.append(starts[1:], len(rows)) - 1, VALUE]
        rows = _merged(rows, starts)
        rows[:, VALUE] = final
        width, rows = self.width, _merged(rows, _starts(rows[:, STEP] // self.width))
        points = np.concatenate([head, rows])
        if len(points) > MOST_POINTS:
            while len(starts := _starts(points[:, STEP] // width)) > MOST_POINTS:
                width *= 2
            points = _merged(points, starts)
            points[:, VERSION] = version
        return Curve(self.name, width, self.n + len(at), int(at[-1]), float(values[-1]), points)

    def series(self, n_buckets: int, until: int | None = None) -> Series:
        """Return it up to a step in at most `n_buckets` buckets of equal width; those without a point are left out.

        What `until` cuts a bucket of is counted in all the same.
        """
        points, width = self.points, self.width
        end = self.last_step if until is None else min(until, self.last_step)
        points = points[: np.searchsorted(points[:, STEP], end, "right")]
        while len(starts := _starts(points[:, STEP] // width)) > max(1, n_buckets):
            width *= 2
        first, n = points[:, STEP].astype(np.int64), points[:, N]
        last = np.where(n > 1, np.minimum((first // self.width + 1) * self.width - 1, end), first)
        ends = np.append(starts, len(points))[1:] - 1
        merged = _merged(points, starts)
        low, high, mean = merged[:, LOW], merged[:, HIGH], merged[:, MEAN]
        broken = merged[:, N_FINITE] < merged[:, N]
        return Series(first[starts], last[ends], low, high, mean, points[ends, VALUE], broken)

    def newest(self, until: int) -> tuple[int, float]:
        """Return the step of the newest point up to one that is kept exactly, and its value; −1 and NaN without any."""
        steps = self.steps
        place = int(np.searchsorted(steps, until, "right")) - 1
        return (int(steps[place]), float(self.values[place])) if place >= 0 else (-1, nan)

    def since(self, version: int, number: int) -> CurvePiece | None:
        """Return what has changed since a version; None where nothing has."""
        first = int(np.searchsorted(self.points[:, VERSION], version, "right"))
        if first == len(self.points):
            return None
        return CurvePiece(
            number, self.name, self.width, self.n, self.last_step, self.last, first, self.points[first:].copy()
        )

    def following(self, piece: CurvePiece) -> "Curve":
        """Return it as another has become."""
        points = np.concatenate([self.points[: piece.first], piece.points])
        return Curve(piece.name, piece.width, piece.n, piece.last_step, piece.last, points)


class Curves:
    """The curves of a run in the order in which they began; any thread adds, any thread reads."""

    def __init__(self, curves: Iterable[Curve] = ()) -> None:
        self._now: tuple[int, tuple[Curve, ...]] = 0, tuple(curves)
        self._places = {curve.name: place for place, curve in enumerate(self._now[1])}
        self._left_out: set[str] = set()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._now[1])

    def __iter__(self) -> Iterator[Curve]:
        return iter(self._now[1])

    @property
    def version(self) -> int:
        """Another whenever anything has changed; 0 as long as nothing has."""
        return self._now[0]

    @property
    def n_left_out(self) -> int:
        """How many names there was no room for, at least."""
        return len(self._left_out)

    def add(self, name: str, steps: ArrayLike, values: ArrayLike) -> None:
        """Add points to a curve as `Curve.with_points` does; the first ones begin it, as long as there is room."""
        name = name[:LONGEST_NAME].encode(errors="replace").decode()  # a lone surrogate has no place in any file
        with self._lock:
            version, curves = self._now[0] + 1, list(self._now[1])
            place = self._places.get(name)
            if place is None:
                if len(curves) == MOST_CURVES:
                    if len(self._left_out) < MOST_CURVES:
                        self._left_out.add(name)
                    return
                place = len(curves)
                curves.append(Curve(name))
            curves[place] = curves[place].with_points(steps, values, version)
            self._now, self._places[name] = (version, tuple(curves)), place

    def since(self, version: int) -> tuple[tuple[CurvePiece, ...], int]:
        """Return what a copy of an earlier version lacks, and the version that it then has; the first is 0."""
        now, curves = self._now
        if now == version:
            return (), now
        pieces = (curve.since(version, number) for number, curve in enumerate(curves))
        return tuple(piece for piece in pieces if piece is not None), now

    def follow(self, pieces: Iterable[CurvePiece]) -> None:
        """Become as others are, by what `since` has returned of them."""
        with self._lock:
            version, curves = self._now[0], list(self._now[1])
            for piece in pieces:
                if piece.number == len(curves):
                    curves.append(Curve(piece.name))
                curves[piece.number] = curves[piece.number].following(piece)
                self._places[piece.name] = piece.number
            self._now = version + 1, tuple(curves)


def _single(steps: NDArray[np.float64], values: NDArray[np.float64]) -> Matrix:
    """Return a row for each point."""
    is_finite = np.isfinite(values)
    known = np.where(is_finite, values, np.nan)
    return np.column_stack([steps, values, known, known, known, is_finite, np.ones_like(steps), np.zeros_like(steps)])


def _starts(of: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return where numbers, ``(n,)`` in order and none below 0, are others than the one before."""
    return np.flatnonzero(np.diff(of, prepend=-1.0))


def _merged(rows: Matrix, starts: NDArray[np.int64]) -> Matrix:
    """Join rows from each of `starts` to the next; the point that is kept is the first's."""
    if len(starts) == len(rows):
        return rows
    merged = rows[starts]
    with np.errstate(over="ignore", invalid="ignore"):
        n_finite = np.add.reduceat(rows[:, N_FINITE], starts)
        share = rows[:, N_FINITE] / np.repeat(np.maximum(n_finite, 1), np.diff(starts, append=len(rows)))
        mean = np.add.reduceat(np.where(rows[:, N_FINITE] > 0, rows[:, MEAN], 0.0) * share, starts)
    merged[:, LOW] = np.fmin.reduceat(rows[:, LOW], starts)
    merged[:, HIGH] = np.fmax.reduceat(rows[:, HIGH], starts)
    merged[:, MEAN] = np.clip(mean, merged[:, LOW], merged[:, HIGH])
    merged[:, N_FINITE], merged[:, N] = n_finite, np.add.reduceat(rows[:, N], starts)
    merged[:, VERSION] = np.maximum.reduceat(rows[:, VERSION], starts)
    return merged
